/** Sense data: how they come, how long they stay, and what they name. */

import {
  concurrentSenseCount,
  decodeIrb,
  DeviceStatus,
  ScswBit,
  SubchannelStatus,
  type CaseDefinition,
} from 'ccwspec/plugin';
import {
  defineExtent,
  give,
  LocateOperation,
  locateRecord,
  readDeviceCharacteristics,
  seekAddress,
  take,
} from '../programs/index.js';
import { Ended, Rejected } from '../support/conditions.js';
import { diskCase } from '../support/define.js';
import { code, NORMAL_END } from '../support/disk.js';
import { HEADS } from '../support/geometry.js';
import { back, ccwAt, control, type Part } from '../support/parts.js';
import { pickTracks } from '../support/scratch.js';

/** Reserved by the architecture or unassigned on every control unit of a 3390, one of each class. */
const UNASSIGNED = [0xc3, 0x41, 0x42, 0x74, 0x2c];
const rejected: readonly Part[] = [control(0xc3)];
const basicSense = take('basic-sense', 32, 'sense', ['sli']);
/** Byte 27: the 24-byte form, and the track address in bytes 28-31 with its high bits. */
const Form = { of24: 0x80, extendedAddress: 0x10 } as const;

const cases: readonly CaseDefinition[] = [
  diskCase({
    id: 'eckd/sense/concurrent',
    decides:
      'An IRB with unit check has extended control, the concurrent-sense bit and count 32 in the extended-report word, and the sense bytes in the extended-control word.',
    requirements: ['CH-040'],
    run: async (disk) => {
      const outcome = await disk.fails('an invalid command', rejected, 0, Rejected.invalidCommand);
      const { scsw, erw } = decodeIrb(outcome.irb);
      disk.expect.equal((scsw.control & ScswBit.extendedControl) !== 0, true, 'extended control, SCSW bit 14');
      disk.expect.equal(concurrentSenseCount(erw), 32, 'the count of concurrent sense in the extended-report word');
    },
  }),
  diskCase({
    id: 'eckd/sense/gone-once-delivered',
    decides: 'Sense data that came with the IRB are gone: Sense that follows has no error in bytes 0-2.',
    requirements: ['CH-042'],
    run: async (disk) => {
      await disk.fails('an invalid command', rejected, 0, Rejected.invalidCommand);
      const outcome = await disk.succeeds('sense', [basicSense]);
      disk.expect.bytes(await outcome.bytes('sense', 3), '000000', 'sense bytes 0-2');
    },
  }),
  diskCase({
    id: 'eckd/sense/nothing-wrong',
    decides: 'Sense of a device that has nothing to report transfers 32 bytes with no error in bytes 0-2.',
    requirements: ['EC-051'],
    run: async (disk) => {
      await disk.succeeds('read device characteristics', readDeviceCharacteristics);
      const outcome = await disk.ends('sense', [basicSense], { ...NORMAL_END, count: 0 });
      disk.expect.bytes(await outcome.bytes('sense', 3), '000000', 'sense bytes 0-2');
    },
  }),
  diskCase({
    id: 'eckd/sense/length-and-form',
    decides:
      'Sense has 32 bytes and no more; a command reject has bit 0 of byte 27, the 24-byte form, in which byte 7 is format and message, and byte 25 no program action.',
    requirements: ['SN-001'],
    run: async (disk) => {
      const longer = await disk.run('sense, 40 bytes', [take('basic-sense', 40, 'sense', ['sli'])]);
      disk.expect.irb(longer.irb, { ...NORMAL_END, count: 8 }, 'its IRB', longer.program);
      await longer.untouched('sense', 8, 32);
      const { sense } = await disk.fails('an invalid command', rejected, 0, Rejected.invalidCommand);
      disk.expect.equal((sense[27] ?? 0) & Form.of24, Form.of24, 'bit 0 of sense byte 27');
      disk.expect.equal(sense[25], 0, 'sense byte 25');
    },
  }),
  diskCase({
    id: 'eckd/sense/command-reject',
    decides:
      'Command rejects of messages 1 to 4 have the message in sense byte 7 and nothing but command reject in bytes 0-2, environmental data apart.',
    requirements: ['SN-002', 'SN-010'],
    run: async (disk) => {
      const extent = defineExtent({ first: 0, last: 0 });
      const reserved = defineExtent({ first: 0, last: 0, mask: 0x60 });
      const programs: readonly (readonly [Part[], number])[] = [
        [[control(0xc3)], 0],
        [[take('read-subsystem-data', 8, 'data', ['sli'])], 0],
        [[give('define-extent', extent.slice(0, 15))], 0],
        [[give('define-extent', reserved)], 0],
      ];
      for (const [n, [parts, at]] of programs.entries()) {
        const { sense } = await disk.run(`a command reject of message ${n + 1}`, parts);
        const environmental = 0x10;
        const found = [sense[0], sense[1], (sense[2] ?? 0) & ~environmental, sense[7]];
        disk.expect.equal(found, [0x80, 0, 0, n + 1], `sense bytes 0-2 and 7 of message ${n + 1}, at CCW ${at}`);
      }
    },
  }),
  diskCase({
    id: 'eckd/sense/next-program-starts-normally',
    decides:
      'The program behind one that was rejected starts as if nothing had been: nothing of it is left in the device.',
    requirements: ['SN-011'],
    run: async (disk) => {
      const located = [
        give('define-extent', defineExtent({ first: 0, last: 0 })),
        give('locate-record', locateRecord({ operation: LocateOperation.readData, count: 1, track: 0 })),
      ];
      // Rejected within a domain, whose extent and count must not be there any more.
      await disk.fails(
        'a no-operation in a domain',
        [...located, control('no-operation')],
        2,
        Rejected.invalidSequence,
      );
      await disk.succeeds('a seek and a mask', [
        give('seek', seekAddress(HEADS)),
        give('set-file-mask', Uint8Array.of(0)),
      ]);
    },
  }),
  diskCase({
    id: 'eckd/sense/failing-track',
    decides: 'Sense bytes 29-31 name the cylinder and head of the track on which the program failed.',
    requirements: ['SN-008'],
    run: async (disk, context) => {
      const [track = 0] = await pickTracks(context, disk, { endOfCylinder: true });
      const parts = [
        give('seek', seekAddress(track)),
        give('search-id-equal', new Uint8Array(5).fill(0xff)),
        back(),
        control('no-operation'),
      ];
      const { sense } = await disk.fails('a search for what is not there', parts, 1, Ended.noRecordFound);
      if (((sense[27] ?? 0) & Form.extendedAddress) !== 0)
        context.skip('the address of this track has the extended form');
      const cylinder = Math.floor(track / HEADS);
      const head = (sense[31] ?? 0) & 0x0f;
      disk.expect.equal(
        [sense[29], sense[30], head],
        [cylinder >>> 8, cylinder & 0xff, track % HEADS],
        'cylinder (29-30) and head (31)',
      );
    },
  }),
  diskCase({
    id: 'eckd/sense/unknown-command',
    decides:
      'A command code of a valid class that the disk does not have is rejected as an invalid command; one whose low-order four bits are zero is a program check and never reaches the device.',
    requirements: ['EC-042'],
    run: async (disk) => {
      for (const command of UNASSIGNED) {
        await disk.fails(`command ${code(command)}`, [control(command)], 0, Rejected.invalidCommand);
      }
      const parts = [control('no-operation'), control(0xc0)];
      const outcome = await disk.run('a no-operation and command C0', parts);
      const { scsw } = decodeIrb(outcome.irb);
      disk.expect.equal(scsw.subchannelStatus, SubchannelStatus.programCheck, 'subchannel status of command C0');
      disk.expect.equal(scsw.deviceStatus & DeviceStatus.unitCheck, 0, 'unit check, which the device would give');
      disk.expect.equal(scsw.ccwAddress, ccwAt(2), 'the CCW address');
    },
  }),
];

export default cases;
