/** The 3270 data stream (GA23-0059), as far as a terminal needs it that only carries bytes. */

import { decodeEbcdic } from '../../../arch/index.js';

/** Commands of the host, the first byte of a record: as sent to a remote terminal, and as a local channel command. */
const commands: ReadonlyMap<number, HostCommand> = new Map([
  [0xf1, 'write'],
  [0x01, 'write'],
  [0xf5, 'erase/write'],
  [0x05, 'erase/write'],
  [0x7e, 'erase/write alternate'],
  [0x0d, 'erase/write alternate'],
  [0xf3, 'write structured field'],
  [0x11, 'write structured field'],
  [0xf2, 'read buffer'],
  [0x02, 'read buffer'],
  [0xf6, 'read modified'],
  [0x06, 'read modified'],
  [0x6e, 'read modified all'],
  [0x0e, 'read modified all'],
  [0x6f, 'erase all unprotected'],
  [0x0f, 'erase all unprotected'],
]);

/** What the host asks of the terminal. */
export type HostCommand =
  | 'write'
  | 'erase/write'
  | 'erase/write alternate'
  | 'write structured field'
  | 'read buffer'
  | 'read modified'
  | 'read modified all'
  | 'erase all unprotected';

/** Attention identifiers. */
const Aid = { enter: 0x7d, structuredField: 0x88 } as const;

/** The write control character of the agent's records: reset modified-data tags, restore the keyboard. */
export const AGENT_WCC = 0xc3;

/** Cursor at row 1, column 1. */
const HOME = 0x40;

/** Bytes of a record to the host in front of the payload: attention identifier and cursor address. */
const INBOUND_HEADER = 3;

const ROWS = 24;
const COLUMNS = 80;

/** Most payload bytes of one record. */
export const LONGEST_PAYLOAD = 0x4000;

/** The command that a record of the host begins with; undefined if it is none. */
export function commandOf(record: Uint8Array): HostCommand | undefined {
  return commands.get(record[0] ?? 0);
}

/** The payload of a record of the agent, or undefined for a record of somebody else. */
export function agentPayload(record: Buffer): Buffer | undefined {
  return commandOf(record) === 'write' && record[1] === AGENT_WCC ? record.subarray(2) : undefined;
}

/** A record to the host: Enter, the cursor's address, and `payload`. */
export function enterRecord(payload: Uint8Array): Buffer {
  const record = Buffer.allocUnsafe(INBOUND_HEADER + payload.length);
  record[0] = Aid.enter;
  record[1] = HOME;
  record[2] = HOME;
  record.set(payload, INBOUND_HEADER);
  return record;
}

/** Orders in what the host writes, and how many bytes belong to each. */
const orders: ReadonlyMap<number, number> = new Map([
  [0x05, 0], // program tab
  [0x08, 1], // graphic escape
  [0x11, 2], // set buffer address
  [0x12, 2], // erase unprotected to address
  [0x13, 0], // insert cursor
  [0x1d, 1], // start field
  [0x28, 2], // set attribute
  [0x3c, 3], // repeat to address
]);

/** The words that a write puts on the screen, without pictures: what orders or several blanks separate is on lines of its own. */
export function screenText(record: Uint8Array): string {
  const shown: number[] = [];
  for (let at = 2; at < record.length; at++) {
    const byte = record[at] ?? 0;
    shown.push(orders.has(byte) ? 0 : byte);
    at += orders.get(byte) ?? 0;
  }
  return decodeEbcdic(Uint8Array.from(shown))
    .split(/\ufffd+| {2,}/)
    .map((text) => text.trim())
    .filter((text) => /[a-z]{3}/.test(text))
    .join('\n');
}

/** Structured fields: Read Partition, its partition "all", and its two kinds of query. */
const ReadPartition = { id: 0x01, everything: 0xff, query: 0x02, queryList: 0x03 } as const;

/** True for a write structured field that holds a query (Read Partition, partition FF). */
export function isQuery(record: Buffer): boolean {
  if (commandOf(record) !== 'write structured field') return false;
  for (let at = 1; at + 5 <= record.length;) {
    const type = record[at + 4];
    const isQueryType = type === ReadPartition.query || type === ReadPartition.queryList;
    if (record[at + 2] === ReadPartition.id && record[at + 3] === ReadPartition.everything && isQueryType) return true;
    const length = record.readUInt16BE(at);
    if (length < 3) return false;
    at += length;
  }
  return false;
}

/** The answer to a query: one Query Reply (Usable Area) of a model 2 screen, 24 by 80, with 12- and 14-bit addresses. */
export function queryReply(): Buffer {
  const length = 23;
  const record = Buffer.alloc(1 + length);
  record[0] = Aid.structuredField;
  let at = record.writeUInt16BE(length, 1);
  at = record.writeUInt16BE(0x8181, at); // query reply, usable area
  at = record.writeUInt16BE(0x0100, at); // 12- and 14-bit addresses; no variable cells
  at = record.writeUInt16BE(COLUMNS, at);
  at = record.writeUInt16BE(ROWS, at);
  at = record.writeUInt8(0x01, at); // millimetres
  at = record.writeUInt32BE(0x000a_02e5, at); // distance of points: 741/10 and 111/2 of a unit's 65,536th
  at = record.writeUInt32BE(0x0002_006f, at);
  at = record.writeUInt8(9, at); // points of a character cell
  at = record.writeUInt8(16, at);
  record.writeUInt16BE(ROWS * COLUMNS, at);
  return record;
}
