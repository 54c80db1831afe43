/** What stands on a track, and reading and writing all of it with the device's own commands. */

import { toHex } from 'ccwspec/plugin';
import {
  countField,
  defineExtent,
  FileMask,
  give,
  LocateOperation,
  LocateOrientation,
  locateRecord,
  take,
} from '../programs/index.js';
import type { Disk } from './disk.js';
import { concat, type Part } from './parts.js';

/** Longest count that one Read Track is given: Linux's own. */
export const READ_TRACK_COUNT = 57326;
const COUNT = 8;

/** One record, bytes as they are on the track. */
export interface DiskRecord {
  readonly count: Uint8Array;
  readonly key: Uint8Array;
  readonly data: Uint8Array;
}

/** A record with its number, key and data, whose count field names `track`. */
export function newRecord(
  track: number,
  record: number,
  data: Uint8Array,
  key: Uint8Array = new Uint8Array(0),
): DiskRecord {
  return { count: countField(track, record, key.length, data.length), key, data };
}

/** Count field, key and data of a record, one behind the other. */
export function wholeRecord({ count, key, data }: DiskRecord): Uint8Array {
  return concat(count, key, data);
}

/** Records as lines of hexadecimal digits: how failures show them. */
export function listing(records: readonly DiskRecord[]): string[] {
  return records.map(({ count, key, data }) => `${toHex(count)} ${toHex(key)} ${toHex(data)}`);
}

/** Splits what Read Track gave into records; undefined if it does not end in eight bytes of ones. */
export function splitTrack(bytes: Uint8Array): DiskRecord[] | undefined {
  const records: DiskRecord[] = [];
  for (let at = 0; at + COUNT <= bytes.length;) {
    const count = bytes.slice(at, at + COUNT);
    if (count.every((byte) => byte === 0xff)) return records;
    const keyEnd = at + COUNT + (count[5] ?? 0);
    const end = keyEnd + (((count[6] ?? 0) << 8) | (count[7] ?? 0));
    records.push({ count, key: bytes.slice(at + COUNT, keyEnd), data: bytes.slice(keyEnd, end) });
    at = end;
  }
  return undefined;
}

/** Define Extent for one or more tracks. */
export function extent(mask: number, first: number, last = first): Part {
  return give('define-extent', defineExtent({ mask, first, last }));
}

/** Reads everything on `track`, record 0 first. */
export async function readWholeTrack(disk: Disk, track: number): Promise<DiskRecord[]> {
  const operation = LocateOperation.readTracks | LocateOrientation.homeAddress;
  const outcome = await disk.succeeds(`the read of track ${track}`, [
    extent(FileMask.read, track),
    give('locate-record', locateRecord({ operation, count: 1, track })),
    take('read-track', READ_TRACK_COUNT, 'track', ['sli']),
  ]);
  const bytes = await outcome.bytes('track', READ_TRACK_COUNT - outcome.residual);
  const records = splitTrack(bytes);
  return records ?? disk.expect.fail(`expected the data of Read Track to end in eight bytes of ones; they did not`);
}

/** The program that leaves `records` behind record 0 of `track`, and nothing else. */
export function writeTrack(track: number, records: readonly DiskRecord[]): Part[] {
  if (records.length === 0) {
    return [
      extent(FileMask.format, track),
      give('locate-record', locateRecord({ operation: LocateOperation.writeTrack, count: 1, track })),
      give('erase', countField(track, 1, 0, 0), ['sli']),
    ];
  }
  return [
    extent(FileMask.format, track),
    give('locate-record', locateRecord({ operation: LocateOperation.formatWrite, count: records.length, track })),
    ...records.map((record) => give('write-ckd', wholeRecord(record))),
  ];
}

/** The program that writes record 0 of `track`, which erases the rest. */
export function writeRecordZero(track: number, record: DiskRecord): Part[] {
  const operation = LocateOperation.formatWrite | LocateOrientation.homeAddress;
  return [
    extent(FileMask.all, track),
    give('locate-record', locateRecord({ operation, count: 1, track })),
    give('write-r0', wholeRecord(record)),
  ];
}
