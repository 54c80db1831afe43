/** Reserve, release and steal between two hosts. */

import { DeviceStatus, takeIrb, type CaseDefinition } from 'ccwspec/plugin';
import { readDeviceCharacteristics, release, reserve, senseId, unconditionalReserve } from '../programs/index.js';
import { twoHostsCase } from '../support/define.js';
import { type Disk, NORMAL_END, SILENCE } from '../support/disk.js';
import { establish, groupId, Reserved, reservedTo, unsolicitedStatus, withPathGroup } from '../support/hosts.js';

/** Unsolicited status that comes, in order; ends when nothing more does. */
async function unsolicited(disk: Disk): Promise<number[]> {
  const irbs = await disk.drain();
  return irbs.map(
    (irb) => unsolicitedStatus(irb) ?? disk.expect.fail('expected unsolicited status only; a program ended'),
  );
}

const { deviceEnd, unitCheck } = DeviceStatus;
const read = readDeviceCharacteristics;
const wasRead = 'characteristics';

const cases: readonly CaseDefinition[] = [
  twoHostsCase({
    id: 'eckd/reserve/other-host-waits',
    decides:
      'While one host has the device reserved a command of another is not executed: it gives no interruption, and stores nothing.',
    requirements: ['RS-006'],
    run: async ({ one, other }) => {
      await one.succeeds('reserve', reserve);
      const program = await other.start('a read of the other host', read);
      await other.silent('a command for a device that is reserved elsewhere');
      const bytes = await other.stored(program.labels.get(wasRead) ?? 0, 64);
      other.expect.bytes(bytes, new Uint8Array(64).fill(0xa5), 'the area of the read');
    },
  }),
  twoHostsCase({
    id: 'eckd/reserve/waiting-command-runs-after-the-release',
    decides:
      'When the owner releases the device the waiting command of another host is executed and ends normally, once.',
    requirements: ['RS-007'],
    run: async ({ one, other }) => {
      await one.succeeds('reserve', reserve);
      const program = await other.start('a read of the other host', read);
      await other.silent('a command for a device that is reserved elsewhere');
      await one.succeeds('release', release);
      const outcome = await other.end(program);
      other.expect.irb(outcome.irb, { ...NORMAL_END, count: 0 }, 'the IRB of the read', program);
      other.expect.bytes(await outcome.bytes(wasRead, 1, 10), '20', 'byte 10 of the characteristics');
      await other.silent('the end of the read');
    },
  }),
  twoHostsCase({
    id: 'eckd/reserve/owner-works-while-another-waits',
    decides: 'Commands of the owner are executed while a command of another host waits, and do not let it in.',
    requirements: ['RS-006', 'RS-027'],
    run: async ({ one, other }) => {
      await one.succeeds('reserve', reserve);
      await other.start('a read of the other host', read);
      await one.succeeds('a read of the owner', read);
      await one.succeeds('reserve again', reserve);
      await other.silent('programs of the owner');
    },
  }),
  twoHostsCase({
    id: 'eckd/reserve/cleared-while-it-waits',
    decides:
      'CLEAR SUBCHANNEL takes away a command that waits for a reserved device: it is not executed after the release, and at most one device end follows.',
    requirements: ['RS-008'],
    run: async ({ one, other }) => {
      await one.succeeds('reserve', reserve);
      const program = await other.start('a read of the other host', read);
      await other.silent('a command for a device that is reserved elsewhere');
      await other.clear();
      await one.succeeds('release', release);
      const statuses = await unsolicited(other);
      other.expect.isTrue(
        statuses.length <= 1 && statuses.every((status) => status === deviceEnd),
        `the status after the release (${statuses.join(', ')}) is at most one device end`,
      );
      const bytes = await other.stored(program.labels.get(wasRead) ?? 0, 64);
      other.expect.bytes(bytes, new Uint8Array(64).fill(0xa5), 'the area of the read that was cleared');
      await other.succeeds('the next read of the other host', read);
    },
  }),
  twoHostsCase({
    id: 'eckd/reserve/device-end-when-it-is-free',
    decides:
      'A host that saw the device busy and has nothing pending any more gets exactly one unsolicited device end when the device is released.',
    requirements: ['RS-009'],
    run: async ({ one, other }) => {
      await one.succeeds('reserve', reserve);
      await other.start('a read of the other host', read);
      await other.silent('a command for a device that is reserved elsewhere');
      await other.halt();
      other.expect.equal(await unsolicited(other), [], 'status before the release');
      await one.succeeds('release', release);
      other.expect.equal(await unsolicited(other), [deviceEnd], 'status after the release');
    },
  }),
  twoHostsCase({
    id: 'eckd/reserve/no-device-end-for-who-never-asked',
    decides: 'A host that did not try to use the device while it was reserved gets no status when it is released.',
    requirements: ['RS-009'],
    run: async ({ one, other }) => {
      await one.succeeds('reserve', reserve);
      await one.succeeds('release', release);
      await other.silent('a release by another host');
      await one.silent('its own release');
    },
  }),
  twoHostsCase({
    id: 'eckd/reserve/release-by-another-host',
    decides: "Device Release by a host that does not have the device reserved does not end the owner's reservation.",
    requirements: ['RS-005'],
    run: async ({ one, other }) => {
      await one.succeeds('reserve', reserve);
      const program = await other.start('release by the other host', release);
      const irb = await takeIrb(other.vfio, SILENCE);
      // It may wait like any other command, or be executed without effect.
      if (irb !== undefined) other.expect.irb(irb, NORMAL_END, 'the IRB of the release', program);
      one.expect.equal(await reservedTo(one), Reserved.toThis, 'bits 2-3 of Sense Path Group ID for the owner');
    },
  }),
  twoHostsCase({
    id: 'eckd/reserve/unconditional-takes-the-device',
    decides:
      'Unconditional Reserve by another host succeeds at once while the device is reserved, and makes that host the owner.',
    requirements: ['RS-010'],
    run: async ({ one, other }) => {
      await one.succeeds('reserve', reserve);
      await other.ends('unconditional reserve', unconditionalReserve, { ...NORMAL_END, count: 0 });
      other.expect.equal(await reservedTo(other), Reserved.toThis, 'bits 2-3 of Sense Path Group ID for the new owner');
      await other.succeeds('a read of the new owner', read);
    },
  }),
  twoHostsCase({
    id: 'eckd/reserve/loser-is-told',
    decides:
      'The next command of a host whose reservation was taken ends with unit check, allegiance terminated or reset notification, and moves no data.',
    requirements: ['RS-011'],
    run: async ({ one, other }) => {
      await one.succeeds('reserve', reserve);
      await other.succeeds('unconditional reserve', unconditionalReserve);
      await other.succeeds('release by the new owner', release);
      const outcome = await one.ends('a read of the loser', read, { deviceStatusIncludes: unitCheck });
      const message = outcome.sense[7] ?? 0;
      one.expect.isTrue(message === 0x3f || message === 0x08, `sense byte 7 (${message.toString(16)}) is 3F or 08`);
      await outcome.untouched(wasRead, 64);
    },
  }),
  twoHostsCase({
    id: 'eckd/reserve/loser-is-told-once',
    decides:
      'A host that was told of its lost reservation works normally from its second command on, when the device is free.',
    requirements: ['RS-011'],
    run: async ({ one, other }) => {
      await one.succeeds('reserve', reserve);
      await other.succeeds('unconditional reserve', unconditionalReserve);
      await other.succeeds('release by the new owner', release);
      await one.ends('the first command of the loser', read, { deviceStatusIncludes: unitCheck });
      await one.succeeds('the second command of the loser', read);
    },
  }),
  twoHostsCase({
    id: 'eckd/linux/lost-reservation-is-recognised',
    decides: 'The sense of a lost reservation is what Linux recognises as one: byte 7 is 3F, in the 24-byte form.',
    requirements: ['RS-012'],
    run: async ({ one, other }) => {
      await one.succeeds('reserve', reserve);
      await other.succeeds('unconditional reserve', unconditionalReserve);
      await other.succeeds('release by the new owner', release);
      const { sense } = await one.run('a read of the loser', read);
      one.expect.equal([sense[7], (sense[27] ?? 0) & 0x80], [0x3f, 0x80], 'sense byte 7, and bit 0 of byte 27');
    },
  }),
  twoHostsCase({
    id: 'eckd/reserve/seen-by-owner-and-others',
    decides:
      'Bits 2-3 of Sense Path Group ID are 11 for the owner, 10 for another host, and 00 for both when the device is released.',
    requirements: ['RS-019'],
    run: async ({ one, other }) => {
      const both = async (): Promise<number[]> => [await reservedTo(one), await reservedTo(other)];
      one.expect.equal(await both(), [Reserved.not, Reserved.not], 'bits 2-3 before, for both hosts');
      await one.succeeds('reserve', reserve);
      one.expect.equal(await both(), [Reserved.toThis, Reserved.toOther], 'bits 2-3 while it is reserved');
      await one.succeeds('release', release);
      one.expect.equal(await both(), [Reserved.not, Reserved.not], 'bits 2-3 after the release');
    },
  }),
  twoHostsCase({
    id: 'eckd/reserve/path-groups-are-answered',
    decides: 'Set and Sense Path Group ID of another host are executed while the device is reserved.',
    requirements: ['RS-020'],
    run: async ({ one, other }, context) => {
      await one.succeeds('reserve', reserve);
      await withPathGroup(context, other, groupId(0x71), [0xff], async () => {
        await establish(other, groupId(0x71));
      });
      other.expect.equal(await reservedTo(other), Reserved.toOther, 'bits 2-3 of Sense Path Group ID');
    },
  }),
  twoHostsCase({
    id: 'eckd/reserve/sense-id-is-answered',
    decides: 'Sense ID of another host is executed while the device is reserved, so that it can be recognised.',
    requirements: ['RS-021'],
    run: async ({ one, other }) => {
      await one.succeeds('reserve', reserve);
      const outcome = await other.succeeds('sense ID', senseId);
      other.expect.bytes(await outcome.bytes('sense-id', 1), 'ff', 'byte 0 of Sense ID');
    },
  }),
  twoHostsCase({
    id: 'eckd/linux/reserve-of-a-device-that-is-held',
    decides:
      "Linux's reserve of a device that another host holds waits, is ended by one CLEAR SUBCHANNEL, and leaves the owner what it has.",
    requirements: ['RS-024', 'RS-008'],
    run: async ({ one, other }) => {
      await one.succeeds('reserve', reserve);
      await other.start('reserve by the other host', reserve);
      // Linux waits for two seconds.
      other.expect.equal(await takeIrb(other.vfio, 2000), undefined, 'the interruption within two seconds');
      const irb = await other.clear();
      other.expect.irb(
        irb,
        { deviceStatus: 0, subchannelStatus: 0, statusControl: 0x01 },
        'the IRB of CLEAR SUBCHANNEL',
      );
      one.expect.equal(await reservedTo(one), Reserved.toThis, 'bits 2-3 of Sense Path Group ID for the owner');
    },
  }),
];

export default cases;
