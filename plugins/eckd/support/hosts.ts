/** Reservations, path groups and a second host: programs, what they show, and putting things back. */

import { viewOf, type CaseContext, type TargetSession } from 'ccwspec/plugin';
import { PathGroupFunction, release, sensePathGroup, setPathGroup } from '../programs/index.js';
import { always } from './always.js';
import { Disk } from './disk.js';
import type { PartsOptions } from './parts.js';

/** Sense Path Group ID byte 0. */
export const GroupState = { mask: 0xc0, reset: 0x00, ungrouped: 0x80, grouped: 0xc0, multipath: 0x08 } as const;
/** Bits 2-3 of it. */
export const Reserved = { mask: 0x30, not: 0x00, toOther: 0x20, toThis: 0x30 } as const;

/** An identifier of eleven bytes, as Linux makes them: CPU address and identifier, machine type, time. */
export function groupId(seed: number): Uint8Array {
  return Uint8Array.of(0x80, seed, 0x01, 0x23, 0x45, 0x39, 0x31, 0xd0, 0x11, 0x22, seed);
}

/** What Sense Path Group ID gives, on one path or any. */
export async function senseGroup(disk: Disk, paths = 0xff): Promise<{ state: number; id: Uint8Array }> {
  const outcome = await disk.succeeds('sense path group ID', sensePathGroup, { orb: { paths } });
  const bytes = await outcome.bytes('group', 12);
  return { state: bytes[0] ?? 0, id: bytes.slice(1) };
}

/** Who has the device, seen from this host: a value of Reserved. */
export async function reservedTo(disk: Disk): Promise<number> {
  return (await senseGroup(disk)).state & Reserved.mask;
}

/** Establishes a path group on one path or any. */
export async function establish(disk: Disk, id: Uint8Array, paths = 0xff, multipath = true): Promise<void> {
  const how = multipath ? PathGroupFunction.establishMultipath : PathGroupFunction.establishSinglePath;
  const options: PartsOptions = { orb: { paths } };
  await disk.succeeds('set path group ID (establish)', setPathGroup(how, id), options);
}

/** Ends what is still in progress, and a reservation of this host. */
async function letGo(disk: Disk): Promise<void> {
  await disk.drain();
  await disk.clear();
  if ((await reservedTo(disk)) === Reserved.toThis) await disk.succeeds('release', release);
}

/** Takes what the device still has to say to this host: a lost reservation is told at the next command, once. */
async function hearOut(disk: Disk): Promise<void> {
  await disk.run('no-operation', [{ command: 'no-operation', flags: ['sli'] }]);
  await disk.drain();
}

/** Runs `body` with the disk open; what it reserved is released. */
export async function withReservation(context: CaseContext, body: (disk: Disk) => Promise<void>): Promise<void> {
  const disk = await Disk.open(context);
  await always(
    () => body(disk),
    async () => {
      await letGo(disk);
      await hearOut(disk);
    },
  );
}

/** Runs `body` with paths that are in no group before; the groups that it establishes with `id` are disbanded. */
export async function withPathGroup(
  context: CaseContext,
  disk: Disk,
  id: Uint8Array,
  paths: readonly number[],
  body: () => Promise<void>,
): Promise<void> {
  for (const path of paths) await needsNoGroup(context, disk, path);
  await always(body, async () => {
    for (const path of paths) {
      const { state } = await senseGroup(disk, path);
      if ((state & GroupState.mask) === GroupState.reset) continue;
      await disk.succeeds('disband', setPathGroup(PathGroupFunction.disband, id), { orb: { paths: path } });
    }
  });
}

/** Skips the case if the path has an identifier already: somebody's group is not the case's to change. */
export async function needsNoGroup(context: CaseContext, disk: Disk, paths = 0xff): Promise<void> {
  const { state } = await senseGroup(disk, paths);
  if ((state & GroupState.mask) !== GroupState.reset)
    context.skip(`path mask ${paths.toString(16)} is in a path group already`);
}

/** Two hosts with the same disk open. */
export interface TwoHosts {
  readonly one: Disk;
  readonly other: Disk;
  readonly otherSession: TargetSession;
}

/** Runs `body` with two hosts; reservations are released, and what waits is ended. */
export async function withTwoHosts(context: CaseContext, body: (hosts: TwoHosts) => Promise<void>): Promise<void> {
  const one = await Disk.open(context);
  const otherSession = await context.secondHost();
  const other = new Disk(context.expect, await otherSession.openVfio());
  await always(
    () =>
      always(
        () => body({ one, other, otherSession }),
        async () => {
          for (const disk of [one, other]) await letGo(disk);
          for (const disk of [one, other]) await hearOut(disk);
        },
      ),
    () => other.vfio.close(),
  );
}

/** Whether an IRB is unsolicited, and its device status. */
export function unsolicitedStatus(irb: Uint8Array): number | undefined {
  const view = viewOf(irb);
  return (view.getUint32(0) & 0x7000) === 0 ? view.getUint8(8) : undefined;
}
