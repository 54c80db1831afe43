/** What a program asks for, in words: ORB, CCW and IDAW (SA22-7832 chapter 15). */

import { bitNames, hex } from '../bytes.js';
import { ccwFlagNames, commandClass, type Ccw } from '../ccw.js';
import { idawKind, type IdawKind } from '../idaw.js';
import { commandTitle, mnemonicOf } from '../mnemonics.js';
import { ccwFormat, logicalPathMask, OrbBit, storageKey, type Orb } from '../orb.js';
import { listOf, type ExplainedRow } from './rows.js';

/** Control bits of ORB word 1 that stand alone; format and IDAW bits have rows of their own. */
const controlNames: readonly (readonly [mask: number, name: string])[] = [
  [OrbBit.suspendControl, 'suspend control'],
  [OrbBit.streamingMode, 'streaming mode'],
  [OrbBit.modificationControl, 'modification control'],
  [OrbBit.synchronizationControl, 'synchronization control'],
  [OrbBit.prefetch, 'prefetch'],
  [OrbBit.initialStatusInterruption, 'initial-status interruption'],
  [OrbBit.addressLimitChecking, 'address-limit checking'],
  [OrbBit.suppressSuspendedInterruption, 'suppress suspended interruption'],
  [OrbBit.incorrectLengthSuppression, 'incorrect-length suppression'],
  [OrbBit.midawControl, 'MIDAW control'],
  [OrbBit.extension, 'ORB extension'],
];

/** Words 0-2 of an ORB, field by field; always the same rows in the same order. */
export function explainOrb(orb: Orb): ExplainedRow[] {
  const { control } = orb;
  const reserved = control & OrbBit.reserved;
  const controls = bitNames(control, controlNames);
  if (reserved !== 0) controls.push(`reserved bits ${hex(reserved, 2)}`);
  return [
    ['ORB', `${hex(orb.interruptionParameter)} ${hex(control)} ${hex(orb.channelProgramAddress)}`],
    ['interruption parameter', hex(orb.interruptionParameter)],
    ['key', storageKey(control).toString()],
    [
      'channel program',
      (control & OrbBit.channelProgramType) === 0 ? `CCWs of format ${ccwFormat(control)}` : 'transport mode',
    ],
    ['IDAWs', idawKindText(idawKind(control))],
    ['controls', listOf(controls)],
    ['logical path mask', hex(logicalPathMask(control), 2)],
    ['channel-program address', hex(orb.channelProgramAddress)],
  ];
}

/** `format 2, blocks of 4096 bytes` */
export function idawKindText(kind: IdawKind): string {
  return `format ${kind.format}, blocks of ${kind.block} bytes`;
}

/** A command's name and code, `Sense ID (e4)`; its class where it has no name, `control command (c3)`. */
export function commandText(command: number): string {
  const title = commandTitle(command);
  if (title !== undefined) return `${title} (${hex(command, 2)})`;
  const kind = commandClass(command);
  return kind === 'invalid' ? `invalid command (${hex(command, 2)})` : `${kind} command (${hex(command, 2)})`;
}

/** A CCW's fields; always the same rows in the same order. */
export function explainCcw(ccw: Ccw): ExplainedRow[] {
  return [
    ['command', commandText(ccw.command)],
    ['flags', listOf(bitNames(ccw.flags, ccwFlagNames))],
    ['count', ccw.count.toString()],
    ['data address', hex(ccw.address)],
  ];
}

/**
 * A CCW on one line, in columns: `sense-id                       count    12  at 00020018  SLI`.
 * A command without mnemonic shows as `ccw 0xc3`, the way the assembler takes it.
 */
export function ccwLine(ccw: Ccw): string {
  const command = (mnemonicOf(ccw.command) ?? `ccw 0x${hex(ccw.command, 2)}`).padEnd(30);
  const flags = bitNames(ccw.flags, ccwFlagNames).join(' ');
  return `${command} count ${ccw.count.toString().padStart(5)}  at ${hex(ccw.address)}  ${flags}`.trimEnd();
}

/** One IDAW: `address` as found in the list, `first` for the first of its list, which may designate any byte. */
export function explainIdaw(address: bigint, kind: IdawKind, first: boolean): ExplainedRow[] {
  const offset = Number(address % BigInt(kind.block));
  const problems: string[] = [];
  if (kind.format === 1 && address > 0x7fff_ffffn) problems.push('bit 0 must be zero');
  if (!first && offset !== 0) problems.push(`not on a boundary of ${kind.block} bytes`);
  const covered = kind.block - offset;
  return [
    ['IDAW', address.toString(16).padStart(kind.length * 2, '0')],
    ['kind', idawKindText(kind)],
    ['covers', `${covered} bytes at most`],
    ['problems', listOf(problems)],
  ];
}
