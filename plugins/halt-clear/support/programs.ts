/** Channel programs to halt and clear, with commands that every device knows. */

import { CommonCommand, OrbBit, ProgramBuilder, type AssembledProgram } from 'ccwspec/plugin';

/** Address of the first CCW of every program here. */
export const FIRST = 0x1000;
/** Where data go: a page of its own. */
export const DATA = 0x8000;
/** Bytes that Sense ID asks for. */
export const ID_LENGTH = 64;

/** `count` chained no-operations. */
export function noOperations(count = 1): AssembledProgram {
  const builder = new ProgramBuilder({ name: `${count} no-operations`, at: FIRST, chain: true });
  for (let ccw = 0; ccw < count; ccw++)
    builder.ccw(CommonCommand.noOperation, { flags: ['sli'], count: 1, address: DATA });
  return builder.build();
}

/** Two chained no-operations, the first with PCI. */
export function programControlled(): AssembledProgram {
  return new ProgramBuilder({ name: 'no-operation with PCI', at: FIRST, chain: true })
    .ccw(CommonCommand.noOperation, { flags: ['sli', 'pci'], count: 1, address: DATA })
    .ccw(CommonCommand.noOperation, { flags: ['sli'], count: 1, address: DATA })
    .build();
}

/** Sense ID into ID_LENGTH bytes at DATA. */
export function senseId(): AssembledProgram {
  return new ProgramBuilder({ name: 'sense id', at: FIRST })
    .ccw('sense-id', { flags: ['sli'], buffer: { length: ID_LENGTH, name: 'id' }, place: DATA })
    .build();
}

/**
 * Sense ID that is suspended before it begins; the page at DATA is pinned meanwhile. Without `interrupts` nothing tells of
 * the suspension, and the subchannel stays busy on every platform.
 */
export function suspended(interrupts = false): AssembledProgram {
  const suppress = interrupts ? 0 : OrbBit.suppressSuspendedInterruption;
  const control = OrbBit.format2Idaw | OrbBit.suspendControl | suppress;
  return new ProgramBuilder({ name: 'suspended sense id', at: FIRST, orb: { control } })
    .ccw('sense-id', { flags: ['sli', 's'], buffer: { length: ID_LENGTH, name: 'id' }, place: DATA })
    .build();
}

/** A command that no device has: it ends with unit check. */
export function unknownCommand(): AssembledProgram {
  return new ProgramBuilder({ name: 'unknown command', at: FIRST })
    .ccw(0x6f, { flags: ['sli'], count: 1, address: DATA })
    .build();
}
