/** Seeks, sectors, and the seeks that a 3390 does not have. */

import type { CaseDefinition, Mnemonic } from 'ccwspec/plugin';
import { defineExtent, FileMask, give, LocateOperation, locateRecord, seekAddress, take } from '../programs/index.js';
import { Characteristics } from '../support/characteristics.js';
import { Ended, Rejected, type Reason } from '../support/conditions.js';
import { diskCase } from '../support/define.js';
import { code, type Disk } from '../support/disk.js';
import { HEADS, trackName } from '../support/geometry.js';
import { control, type Part } from '../support/parts.js';
import { pickTracks } from '../support/scratch.js';

type Seek = Extract<Mnemonic, 'seek' | 'seek-cylinder' | 'seek-head'>;
const seeks: readonly Seek[] = ['seek', 'seek-cylinder', 'seek-head'];

/** What must stand before it: Seek Head needs a track to start from. */
function before(command: Seek): Part[] {
  return command === 'seek-head' ? [give('seek', seekAddress(0))] : [];
}

/** A seek of `command` with these bytes, which must fail. */
async function fails(disk: Disk, what: string, command: Seek, bytes: Uint8Array, reason: Reason): Promise<void> {
  const first = before(command);
  await disk.fails(`${command} ${what}`, [...first, give(command, bytes)], first.length, reason);
}

/** The six bytes of a seek to cylinder and head as they are, valid or not. */
const address = (cylinder: number, head: number): Uint8Array =>
  Uint8Array.of(0, 0, cylinder >>> 8, cylinder, head >>> 8, head);

/** Seek control, bits 3-4 of a file mask, and the seeks that it permits. */
const seekControls: readonly (readonly [mask: number, permitted: readonly Seek[]])[] = [
  [0x00, seeks],
  [0x08, ['seek-cylinder', 'seek-head']],
  [0x10, ['seek-head']],
  [0x18, []],
];

const cases: readonly CaseDefinition[] = [
  diskCase({
    id: 'eckd/seek/five-bytes',
    decides: 'Seek, Seek Cylinder and Seek Head with count 5 are rejected: CCW count less than required.',
    requirements: ['EC-031'],
    run: async (disk) => {
      for (const command of seeks) await fails(disk, 'of 5 bytes', command, new Uint8Array(5), Rejected.shortCount);
    },
  }),
  diskCase({
    id: 'eckd/seek/address-outside-the-volume',
    decides:
      'A seek to the last cylinder and to head 14 is accepted; one to the cylinder behind it, to head 15, or with bytes 0-1 that are not zero is rejected for an invalid parameter.',
    requirements: ['EC-031'],
    run: async (disk, context) => {
      const { cylindersInAll: cylinders } = await Characteristics.of(disk);
      if (cylinders > 0xffff) context.skip('the addresses of this case have 16 bits for the cylinder');
      for (const command of ['seek', 'seek-cylinder'] as const) {
        await disk.succeeds(`${command} to the last track`, [give(command, address(cylinders - 1, HEADS - 1))]);
        await fails(
          disk,
          'to the cylinder behind the volume',
          command,
          address(cylinders, 0),
          Rejected.invalidParameter,
        );
      }
      for (const command of seeks) {
        await fails(disk, 'to head 15', command, address(0, HEADS), Rejected.invalidParameter);
        await fails(disk, 'with 01 in byte 1', command, Uint8Array.of(0, 1, 0, 0, 0, 0), Rejected.invalidParameter);
      }
    },
  }),
  diskCase({
    id: 'eckd/seek/head-keeps-the-cylinder',
    decides:
      'Seek Head goes to the head of its parameters on the cylinder where the device stands, whatever cylinder they name.',
    requirements: ['EC-063'],
    run: async (disk, context) => {
      const [track = 0] = await pickTracks(context, disk);
      const cylinder = Math.floor(track / HEADS);
      const outcome = await disk.succeeds('seek, seek head, read home address', [
        give('seek', seekAddress(cylinder * HEADS)),
        give('seek-head', address(0, 7)),
        take('read-home-address', 5, 'address'),
      ]);
      const found = await outcome.bytes('address', 4, 1);
      disk.expect.bytes(found, Uint8Array.of(cylinder >>> 8, cylinder, 0, 7), 'CCHH of the track that was reached');
    },
  }),
  diskCase({
    id: 'eckd/seek/outside-the-extent',
    decides:
      'A Seek to the track before the extent, or behind it, is file protected; to its first and last track it is accepted.',
    requirements: ['EC-032', 'SN-004'],
    run: async (disk, context) => {
      const [below = 0, first = 0, last = 0, above = 0] = await pickTracks(context, disk, { tracks: 4 });
      const seek = (track: number): Part[] => [
        give('define-extent', defineExtent({ first, last })),
        give('seek', seekAddress(track)),
      ];
      for (const track of [first, last]) await disk.succeeds(`seek to ${trackName(track)}`, seek(track));
      for (const track of [below, above])
        await disk.fails(`seek to ${trackName(track)}`, seek(track), 1, Ended.fileProtected);
    },
  }),
  diskCase({
    id: 'eckd/seek/permitted-by-the-mask',
    decides:
      'The seek control of the file mask permits all seeks (00), Seek Cylinder and Seek Head (01), Seek Head (10), or none (11); a seek that it does not permit is file protected.',
    requirements: ['EC-032'],
    run: async (disk) => {
      for (const [mask, permitted] of seekControls) {
        for (const command of seeks) {
          // The mask comes behind the seek from which Seek Head starts.
          const first = [...before(command), give('set-file-mask', Uint8Array.of(mask))];
          const parts = [...first, give(command, seekAddress(0))];
          const what = `${command} under mask ${code(mask)}`;
          if (permitted.includes(command)) await disk.succeeds(what, parts);
          else await disk.fails(what, parts, first.length, Ended.fileProtected);
        }
      }
    },
  }),
  diskCase({
    id: 'eckd/seek/in-a-domain',
    decides:
      'Seek, Seek Cylinder, Seek Head and Set Sector inside the domain of a Locate Record are rejected as invalid sequences.',
    requirements: ['EC-033'],
    run: async (disk) => {
      for (const command of [...seeks, 'set-sector'] as const) {
        const parts = [
          give('define-extent', defineExtent({ mask: FileMask.read, first: 0, last: 0 })),
          give('locate-record', locateRecord({ operation: LocateOperation.readData, count: 1, track: 0 })),
          give(command, new Uint8Array(command === 'set-sector' ? 1 : 6)),
        ];
        await disk.fails(`${command} in a domain`, parts, 2, Rejected.invalidSequence);
      }
    },
  }),
  diskCase({
    id: 'eckd/seek/sector',
    decides: 'Set Sector is accepted behind a Seek, and Read Sector then transfers one byte, a sector of the track.',
    requirements: ['EC-044'],
    run: async (disk) => {
      const outcome = await disk.succeeds('set sector, read sector', [
        give('seek', seekAddress(0)),
        give('set-sector', Uint8Array.of(0)),
        take('read-sector', 1, 'sector'),
      ]);
      const [sector = 0xff] = await outcome.bytes('sector', 1);
      disk.expect.isTrue(sector < 224 && outcome.residual === 0, `sector ${sector}, of one byte, is one of 0 to 223`);
    },
  }),
  diskCase({
    id: 'eckd/seek/recalibrate-and-restore',
    decides: 'A 3390 has neither Recalibrate (13) nor Restore (17): both are rejected as invalid commands.',
    requirements: ['EC-050'],
    run: async (disk) => {
      for (const command of ['recalibrate', 'restore'] as const) {
        await disk.fails(command, [control(command)], 0, Rejected.invalidCommand);
      }
    },
  }),
];

export default cases;
