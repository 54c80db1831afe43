/** CHANNEL SUBSYSTEM CALL: request blocks, and the parts of an answer. */

import { viewOf, type InstructionOutcome } from 'ccwspec/plugin';
import type { Guest } from './guest.js';

/** A page for the block, which must be on a page boundary. */
export const BLOCK = 0x5000;

export const ChscRequest = {
  storePathDescription: 0x0002,
  storeCharacteristics: 0x0010,
  setDomainAttributes: 0x0031,
} as const;

/** Operation codes of set-domain-attributes. */
export const Facility = { channelSubsystems: 0, subchannelSets: 2 } as const;

export interface ChscAnswer {
  readonly outcome: InstructionOutcome;
  /** length of the response block, its header included */
  readonly length: number;
  readonly code: number;
  /** the response behind its 8-byte header */
  readonly data: Uint8Array;
}

/** Issues a request of `length` bytes with `words` behind its header. */
export async function chsc(
  guest: Guest,
  length: number,
  code: number,
  words: readonly number[] = [],
): Promise<ChscAnswer> {
  const request = new Uint8Array(Math.max(16, length));
  const view = viewOf(request);
  view.setUint16(0, length);
  view.setUint16(2, code);
  words.forEach((word, index) => {
    view.setUint32(4 + index * 4, word);
  });
  await guest.channel.storage.write(BLOCK, request);
  const outcome = await guest.channel.chsc(BLOCK);
  const header = viewOf(await guest.stored(BLOCK + length, 8));
  const answered = header.getUint16(0);
  const data = await guest.stored(BLOCK + length + 8, Math.max(0, answered - 8));
  return { outcome, length: answered, code: header.getUint16(2), data };
}

/** Enables a facility for the guest. */
export async function enableFacility(guest: Guest, operation: number): Promise<void> {
  const { outcome, code } = await chsc(guest, 0x400, ChscRequest.setDomainAttributes, [operation]);
  guest.expect.outcome(outcome, 0, `CHANNEL SUBSYSTEM CALL, set domain attributes ${operation}`);
  guest.expect.equal(code, 1, 'its response code');
}
