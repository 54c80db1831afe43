/** Read Configuration Data: node descriptors and qualifiers. */

import { defineCase, viewOf, type CaseDefinition } from 'ccwspec/plugin';
import { readConfigurationData } from '../programs/index.js';
import { diskCase } from '../support/define.js';
import { Disk } from '../support/disk.js';
import { hostPaths } from '../support/paths.js';

const RECORD = 32;
const RECORDS = 8;

/** The 256 bytes, on one path or any. */
async function configuration(disk: Disk, paths = 0xff): Promise<Uint8Array> {
  const outcome = await disk.succeeds('read configuration data', readConfigurationData, { orb: { paths } });
  return outcome.bytes('configuration', RECORD * RECORDS);
}

function record(bytes: Uint8Array, accepts: (record: Uint8Array) => boolean): Uint8Array | undefined {
  for (let at = 0; at < bytes.length; at += RECORD) {
    const found = bytes.slice(at, at + RECORD);
    if (accepts(found)) return found;
  }
  return undefined;
}

/** The node-element descriptor of the I/O device: bits 0-1 are 11, and byte 1 is 01. */
const deviceDescriptor = (bytes: Uint8Array): Uint8Array | undefined =>
  record(bytes, ([flags = 0, kind]) => flags >>> 6 === 3 && kind === 1);

/** The general node-element qualifier: bits 0-1 are 10. */
const generalQualifier = (bytes: Uint8Array): Uint8Array | undefined =>
  record(bytes, ([flags = 0]) => flags >>> 6 === 2);

const cases: readonly CaseDefinition[] = [
  diskCase({
    id: 'eckd/configuration/device-descriptor-and-general-qualifier',
    decides:
      'Read Configuration Data with count 256 and without SLI gives a node-element descriptor of an I/O device and a general node-element qualifier.',
    requirements: ['ID-009', 'DEV-013'],
    run: async (disk) => {
      const bytes = await configuration(disk);
      disk.expect.isTrue(deviceDescriptor(bytes) !== undefined, 'there is a node-element descriptor of an I/O device');
      disk.expect.isTrue(generalQualifier(bytes) !== undefined, 'there is a general node-element qualifier');
    },
  }),
  diskCase({
    id: 'eckd/configuration/missing-interrupt-time',
    decides: 'The missing-interrupt time in byte 6 of the general node-element qualifier is not zero.',
    requirements: ['ID-011'],
    run: async (disk) => {
      const time = generalQualifier(await configuration(disk))?.[6] ?? 0;
      const seconds = (time & 0x3f) * 10 ** (time >>> 6);
      disk.expect.isTrue(seconds > 0, `byte 6 (${time}) is a time of more than 0 seconds`);
    },
  }),
  defineCase({
    id: 'eckd/configuration/same-device-on-every-path',
    decides: 'Read Configuration Data names the same serial number, subsystem and unit address on every path.',
    requirements: ['ID-010', 'PA-010'],
    needs: ['vfio', 'eckd', 'many-paths'],
    touches: 'nothing',
    run: async (context) => {
      const disk = await Disk.open(context);
      const [first = 0x80, ...others] = await hostPaths(disk);
      const identityOn = async (paths: number): Promise<readonly [Uint8Array | undefined, number]> => {
        const bytes = await configuration(disk, paths);
        const qualifier = generalQualifier(bytes) ?? new Uint8Array(RECORD);
        return [deviceDescriptor(bytes)?.slice(13), viewOf(qualifier).getUint16(8)];
      };
      const expected = await identityOn(first);
      disk.expect.isTrue(expected[0] !== undefined, 'the first path gives a descriptor of the device');
      for (const path of others) {
        const name = path.toString(16).padStart(2, '0');
        disk.expect.equal(
          await identityOn(path),
          expected,
          `descriptor from byte 13 on and subsystem id, on path ${name}`,
        );
      }
    },
  }),
];

export default cases;
