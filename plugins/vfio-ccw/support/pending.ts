/** A request that stays pending, and the pages that it keeps: what cases about everything that may happen meanwhile need. */

import { hex, OrbBit, ProgramBuilder, type AssembledProgram, type SystemPort } from 'ccwspec/plugin';
import { noOperations, SILENCE, suspended, type Started } from './started.js';

/** Where the data of a pending program go unless the case says otherwise: a page of its own. */
export const PENDING_DATA = 0x5000;
const SENSE_ID = 0xe4;

/** Sense ID of `count` bytes into storage at `data`, which is left as it is, with its CCW at 1000; or another command. */
export function senseIdInto(data: number, { command = SENSE_ID, count = 4 } = {}): AssembledProgram {
  return new ProgramBuilder({ name: `command ${hex(command, 2)} with data at ${hex(data)}` })
    .ccw(command, { flags: ['sli'], count, address: data })
    .build();
}

/** Storage that a CCW designates. */
export interface Area {
  readonly address: number;
  readonly count: number;
}

/** A program that suspends silently before its first CCW, with a CCW for each of `areas`: all of them are pinned meanwhile. */
export function suspendedWith(areas: readonly Area[]): AssembledProgram {
  const control = OrbBit.format2Idaw | OrbBit.suspendControl | OrbBit.suppressSuspendedInterruption;
  const builder = new ProgramBuilder({
    name: `suspended program with ${areas.length} CCWs`,
    chain: true,
    orb: { control },
  });
  areas.forEach(({ address, count }, ccw) =>
    builder.ccw(SENSE_ID, { flags: ccw === 0 ? ['sli', 's'] : ['sli'], count, address }),
  );
  return builder.build();
}

/** Starts a program that stays suspended with the page of `data` pinned, and lets the channel come as far as the suspension. */
export async function keepPending(device: Started, data = PENDING_DATA): Promise<void> {
  await device.accepts(suspended(data, SENSE_ID));
  device.expect.equal(await device.vfio.waitIrq(0, SILENCE), 0, 'signals for a suspension that ORB.U keeps silent');
}

/** A START that is refused because the last one is still pending; the region keeps its bytes. */
export async function isPending(device: Started): Promise<void> {
  await device.refuses(noOperations(1), 'EBUSY');
}

/** KiB locked for the process of `system`: pins through a type1 container count as VmLck, those through an iommufd as VmPin. */
export async function lockedMemory(system: SystemPort): Promise<{ readonly VmLck: number; readonly VmPin: number }> {
  const status = String(await system.readAttribute('/proc/self/status'));
  const kibibytes = (name: string): number => {
    const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status);
    if (found === null) throw new Error(`/proc/self/status does not show ${name}`);
    return Number(found[1]);
  };
  return { VmLck: kibibytes('VmLck'), VmPin: kibibytes('VmPin') };
}
