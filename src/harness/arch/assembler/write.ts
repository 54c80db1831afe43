/** A program in storage as a program file in text form. */

import { toHex, hex } from '../bytes.js';
import { CCW_LENGTH, encodeCcw } from '../ccw.js';
import { disassemble, type ListedCcw } from '../disassembler.js';
import { ccwFlagMasks, commandOf, mnemonicOf } from '../mnemonics.js';
import type { AssembledProgram, StoragePiece } from '../program.js';
import { readerOf } from '../storage-image.js';

/** Bytes of one `hex` line. */
const HEX_LINE = 32;

/**
 * `program` as text that `assemble` turns back into the same storage, ORB, SCSW and watched areas; labels are lost. The CCWs
 * that the channel would walk are written as CCWs, everything else in storage as hex digits.
 */
export function writeAssembly(program: AssembledProgram): string {
  const { orb, memory } = program;
  const name = program.name.replace(/["\r\n]/g, "'");
  const lines = [`program "${name}"`];
  lines.push(
    `orb control=0x${hex(orb.control)} parameter=0x${hex(orb.interruptionParameter)} program=0x${hex(orb.channelProgramAddress)}`,
  );
  if (program.scsw !== undefined) lines.push(`scsw ${toHex(program.scsw)}`);

  const listing = disassemble(readerOf(memory), orb, 4096);
  const ccws = new Map<number, ListedCcw>();
  for (const entry of listing.entries) ccws.set(entry.address, entry);
  for (const piece of [...memory].sort((a, b) => a.at - b.at)) {
    lines.push('', `        at      0x${hex(piece.at)}`, ...pieceLines(piece, ccws, listing.format));
  }
  if (program.dump.length > 0) lines.push('');
  for (const { at, length } of program.dump) lines.push(`dump 0x${hex(at)} length=${length}`);
  return `${lines.join('\n')}\n`;
}

function pieceLines(piece: StoragePiece, ccws: ReadonlyMap<number, ListedCcw>, format: 0 | 1): string[] {
  const lines: string[] = [];
  let offset = 0;
  while (offset < piece.bytes.length) {
    const entry = ccws.get(piece.at + offset);
    if (entry !== undefined && rewrites(entry, piece.bytes.subarray(offset, offset + CCW_LENGTH), format)) {
      lines.push(`        ${ccwText(entry)}`);
      offset += CCW_LENGTH;
      continue;
    }
    let end = Math.min(offset + HEX_LINE, piece.bytes.length);
    for (let next = offset + 1; next < end; next++) if (ccws.has(piece.at + next)) end = next;
    lines.push(`        hex     ${toHex(piece.bytes.subarray(offset, end))}`);
    offset = end;
  }
  return lines;
}

/** False where the CCW's fields do not give the same bytes back: byte 5 of a format-0 CCW may hold anything. */
function rewrites({ ccw }: ListedCcw, bytes: Uint8Array, format: 0 | 1): boolean {
  if (bytes.length < CCW_LENGTH) return false;
  const again = new Uint8Array(CCW_LENGTH);
  encodeCcw(new DataView(again.buffer), 0, ccw, format);
  return toHex(again) === toHex(bytes);
}

function ccwText({ address, ccw }: ListedCcw): string {
  const mnemonic = mnemonicOf(ccw.command);
  const named = mnemonic !== undefined && commandOf(mnemonic) === ccw.command;
  const command = named ? mnemonic : `ccw 0x${hex(ccw.command, 2)}`;
  const flags = Object.entries(ccwFlagMasks)
    .filter(([, mask]) => (ccw.flags & mask) !== 0)
    .map(([flag]) => flag);
  const words = [...flags, `0x${hex(ccw.address)}`, `count=${ccw.count}`];
  if (address % CCW_LENGTH !== 0) words.push('unaligned');
  return `${command.padEnd(30)} ${words.join(' ')}`;
}
