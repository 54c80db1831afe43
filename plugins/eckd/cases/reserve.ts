/** Reserve, release and steal, as one host sees them. */

import type { CaseDefinition, Mnemonic } from 'ccwspec/plugin';
import {
  defineExtent,
  give,
  release,
  reserve,
  stealAndRelease,
  take,
  unconditionalReserve,
} from '../programs/index.js';
import { Rejected } from '../support/conditions.js';
import { diskCase, reserveCase } from '../support/define.js';
import { type Disk, NORMAL_END } from '../support/disk.js';
import { Reserved, reservedTo } from '../support/hosts.js';
import { ccwAt, control, type Part } from '../support/parts.js';

const suspendReconnection: Part = { command: 'suspend-multipath-reconnection', flags: ['sli'] };
const senseCommand = (command: Mnemonic): Part => take(command, 32, 'sense', ['sli']);

async function isReservedTo(disk: Disk, owner: number, when: string): Promise<void> {
  disk.expect.equal(await reservedTo(disk), owner, `bits 2-3 of Sense Path Group ID ${when}`);
}

const cases: readonly CaseDefinition[] = [
  reserveCase({
    id: 'eckd/reserve/gives-sense-data',
    decides:
      'Device Reserve ends with channel end and device end, and transfers 32 sense bytes without an error in bytes 0-2.',
    requirements: ['RS-001'],
    run: async (disk) => {
      const outcome = await disk.ends('reserve', reserve, { ...NORMAL_END, ccwAddress: ccwAt(1), count: 0 });
      disk.expect.bytes(await outcome.bytes('sense', 3), '000000', 'sense bytes 0-2');
    },
  }),
  reserveCase({
    id: 'eckd/reserve/again-by-its-owner',
    decides:
      'Device Reserve by the host that has the device reserved already succeeds, and one Device Release then ends the reservation.',
    requirements: ['RS-002'],
    run: async (disk) => {
      await disk.succeeds('reserve', reserve);
      await disk.succeeds('reserve again', reserve);
      await disk.succeeds('release', release);
      await isReservedTo(disk, Reserved.not, 'after two reserves and one release');
    },
  }),
  reserveCase({
    id: 'eckd/reserve/released-by-its-owner',
    decides: 'Device Release by the owner ends the reservation, which Sense Path Group ID showed as its own before.',
    requirements: ['RS-003'],
    run: async (disk) => {
      await disk.succeeds('reserve', reserve);
      await isReservedTo(disk, Reserved.toThis, 'after the reserve');
      await disk.succeeds('release', release);
      await isReservedTo(disk, Reserved.not, 'after the release');
    },
  }),
  reserveCase({
    id: 'eckd/reserve/release-without-reservation',
    decides: 'Device Release of a device that nobody has reserved succeeds, and transfers 32 sense bytes.',
    requirements: ['RS-004'],
    run: async (disk) => {
      await isReservedTo(disk, Reserved.not, 'before');
      await disk.ends('release', release, { ...NORMAL_END, count: 0 });
    },
  }),
  reserveCase({
    id: 'eckd/reserve/unconditional-of-a-free-device',
    decides: 'Unconditional Reserve of a device that nobody has reserved reserves it.',
    requirements: ['RS-013'],
    run: async (disk) => {
      await disk.succeeds('unconditional reserve', unconditionalReserve);
      await isReservedTo(disk, Reserved.toThis, 'after the unconditional reserve');
    },
  }),
  reserveCase({
    id: 'eckd/reserve/not-behind-another-command',
    decides:
      'Device Reserve and Unconditional Reserve behind another command are rejected as invalid sequences, and reserve nothing.',
    requirements: ['RS-014'],
    run: async (disk) => {
      for (const command of ['reserve', 'unconditional-reserve'] as const) {
        for (const before of ['no-operation', 'read-device-characteristics'] as const) {
          const first = before === 'no-operation' ? control(before) : take(before, 64, 'characteristics');
          await disk.fails(`${command} behind ${before}`, [first, senseCommand(command)], 1, Rejected.invalidSequence);
        }
        await isReservedTo(disk, Reserved.not, `after ${command}`);
      }
    },
  }),
  reserveCase({
    id: 'eckd/reserve/behind-suspend-multipath-reconnection',
    decides:
      'Device Reserve directly behind Suspend Multipath Reconnection is accepted; behind two of them it is rejected as an invalid sequence.',
    requirements: ['RS-015'],
    run: async (disk) => {
      const twice = [suspendReconnection, suspendReconnection, senseCommand('reserve')];
      await disk.fails('reserve behind two suspensions', twice, 2, Rejected.invalidSequence);
      await disk.succeeds('reserve behind one suspension', [suspendReconnection, senseCommand('reserve')]);
      await isReservedTo(disk, Reserved.toThis, 'after the accepted reserve');
    },
  }),
  reserveCase({
    id: 'eckd/reserve/release-behind-an-extent-or-mask',
    decides:
      'Device Release behind Define Extent, and behind Set File Mask, is rejected as an invalid sequence, and the reservation stays.',
    requirements: ['RS-016'],
    run: async (disk) => {
      await disk.succeeds('reserve', reserve);
      const extent = give('define-extent', defineExtent({ first: 0, last: 0 }));
      const mask = give('set-file-mask', Uint8Array.of(0));
      for (const [what, part] of [
        ['an extent', extent],
        ['a file mask', mask],
      ] as const) {
        await disk.fails(`release behind ${what}`, [part, senseCommand('release')], 1, Rejected.invalidSequence);
        await isReservedTo(disk, Reserved.toThis, `after a release behind ${what}`);
      }
    },
  }),
  reserveCase({
    id: 'eckd/reserve/survives-halt-and-clear',
    decides: 'A reservation survives HALT SUBCHANNEL and CLEAR SUBCHANNEL.',
    requirements: ['RS-017'],
    run: async (disk) => {
      await disk.succeeds('reserve', reserve);
      await disk.halt();
      await isReservedTo(disk, Reserved.toThis, 'after HALT SUBCHANNEL');
      await disk.clear();
      await isReservedTo(disk, Reserved.toThis, 'after CLEAR SUBCHANNEL');
    },
  }),
  reserveCase({
    id: 'eckd/reserve/survives-a-reset-of-the-file',
    decides: 'A reservation survives VFIO_DEVICE_RESET, which disables the subchannel and enables it again.',
    requirements: ['RS-017'],
    run: async (disk) => {
      await disk.succeeds('reserve', reserve);
      disk.expect.result(await disk.vfio.reset(), 0, 'VFIO_DEVICE_RESET');
      await isReservedTo(disk, Reserved.toThis, 'after the reset');
    },
  }),
  reserveCase({
    id: 'eckd/reserve/steal-and-release-in-one-program',
    decides:
      'Unconditional Reserve chained to Device Release, with counts of 32 and no SLI as Linux frees a boxed device, leaves no reservation.',
    requirements: ['RS-022'],
    run: async (disk) => {
      await disk.ends('steal and release', stealAndRelease, { ...NORMAL_END, ccwAddress: ccwAt(2), count: 0 });
      await isReservedTo(disk, Reserved.not, 'after it');
    },
  }),
  diskCase({
    id: 'eckd/reserve/reset-allegiance-not-first',
    decides: 'Reset Allegiance behind another command is rejected as an invalid sequence.',
    requirements: ['RS-023'],
    run: async (disk) => {
      const parts = [control('no-operation'), senseCommand('reset-allegiance')];
      const outcome = await disk.fails('reset allegiance behind a no-operation', parts, 1, Rejected.invalidSequence);
      await outcome.untouched('sense', 32);
    },
  }),
];

export default cases;
