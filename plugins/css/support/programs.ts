/** Channel programs with commands that every device knows. */

import { CommonCommand, OrbBit, ProgramBuilder, type AssembledProgram, type OrbRequest } from 'ccwspec/plugin';

type OrbFields = Partial<Omit<OrbRequest, 'format'>>;

/** Where the data of these programs go: a page of its own. */
export const DATA = 0x8000;

/** `count` chained no-operations. */
export function noOperations(count = 1, orb: OrbFields = {}): AssembledProgram {
  const builder = new ProgramBuilder({ name: `${count} no-operations`, chain: true, orb });
  for (let ccw = 0; ccw < count; ccw++)
    builder.ccw(CommonCommand.noOperation, { flags: ['sli'], count: 1, address: DATA });
  return builder.build();
}

/** Sense ID into a buffer of `length` bytes at DATA. */
export function senseId(length = 64, orb: OrbFields = {}): AssembledProgram {
  return new ProgramBuilder({ name: 'sense id', orb })
    .ccw('sense-id', { flags: ['sli'], buffer: { length, name: 'id' }, place: DATA })
    .build();
}

/**
 * A no-operation that suspends the program before it. Without `interrupts` the subchannel stays suspended silently, which
 * keeps it busy on every platform.
 */
export function suspended(interrupts = false, orb: OrbFields = {}): AssembledProgram {
  const suppress = interrupts ? 0 : OrbBit.suppressSuspendedInterruption;
  const control = OrbBit.format2Idaw | OrbBit.suspendControl | suppress;
  return new ProgramBuilder({ name: 'suspended no-operation', orb: { ...orb, control } })
    .ccw(CommonCommand.noOperation, { flags: ['sli', 's'], count: 1, address: DATA })
    .build();
}

/** A command that no device has: it ends with unit check and command reject. */
export function unknownCommand(): AssembledProgram {
  return new ProgramBuilder({ name: 'unknown command' }).ccw(0x6f, { flags: ['sli'], count: 1, address: DATA }).build();
}

/** A command code that the channel refuses: program check. */
export function invalidCommand(): AssembledProgram {
  return new ProgramBuilder({ name: 'invalid command' }).ccw(0x00, { flags: ['sli'], count: 1, address: DATA }).build();
}

/** A program that the driver refuses with EINVAL: it goes on at an address where there is no storage. */
export function unreachable(): AssembledProgram {
  return new ProgramBuilder({ name: 'TIC to nowhere', chain: true })
    .ccw(CommonCommand.noOperation, { flags: ['sli', 'cc'], count: 1, address: DATA })
    .tic(0x7000_0000)
    .build();
}
