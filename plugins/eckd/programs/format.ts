/** Formatting and whole tracks. */

import { recordsPerTrack } from '../devices/geometry.js';
import {
  countField,
  defineExtent,
  type ExtentFields,
  FileMask,
  LocateOperation,
  LocateOrientation,
  locateRecord,
  locateRecordExtended,
} from './parameters.js';
import { give, type Step, take } from './steps.js';

/** Define extent byte 7 when formatting: record 0 may be written. */
const PERMIT_RECORD_ZERO = 0x04;
const LABEL_DATA: readonly number[] = [24, 144, 80];
const RECORD_COMMANDS = 255;
const LONGEST_TRACK = 57326;

/** Which tracks to format, and how. */
export interface FormatRange {
  readonly first: number;
  readonly last: number;
  /** default 4096 */
  readonly blockSize?: number;
  /** label records on track 0 and DSCBs on track 1; default true */
  readonly compatible?: boolean;
}

/** Key and data length of record `record` of `track` in the compatible layout. */
function lengthsOf(track: number, record: number, blockSize: number, compatible: boolean): [key: number, data: number] {
  if (compatible && track === 0 && record <= LABEL_DATA.length) return [4, LABEL_DATA[record - 1] ?? 0];
  return compatible && track === 1 ? [44, 96] : [0, blockSize];
}

/**
 * Formats tracks as `dasdfmt` has it done: only count fields are sent, the control unit fills the rest with zeros.
 * @throws RangeError for more tracks than one program of 255 records has room for.
 */
export function formatTracks({ first, last, blockSize = 4096, compatible = true }: FormatRange): readonly Step[] {
  const perTrack = recordsPerTrack(0, blockSize);
  const records = (last - first + 1) * perTrack;
  if (records > RECORD_COMMANDS) {
    throw new RangeError(`${last - first + 1} tracks of ${perTrack} records are more than ${RECORD_COMMANDS} commands`);
  }
  const extent: ExtentFields = { mask: FileMask.format, attributes: 0xc4, extended: PERMIT_RECORD_ZERO, first, last };
  const locate = {
    operation: LocateOperation.formatWrite,
    count: records,
    track: first,
    sector: 0,
    lengthFactor: blockSize,
  };
  const steps: Step[] = [give('define-extent', defineExtent(extent)), give('locate-record', locateRecord(locate))];
  for (let track = first; track <= last; track++) {
    for (let record = 1; record <= perTrack; record++) {
      const [keyLength, dataLength] = lengthsOf(track, record, blockSize, compatible);
      const command = track > first && record === 1 ? 'write-ckd-next-track' : 'write-ckd';
      steps.push(give(command, countField(track, record, keyLength, dataLength), ['sli']));
    }
  }
  return steps;
}

/** Leaves a track with an end-of-file record only, as `dasdfmt` begins. */
export function invalidateTrack(track: number): readonly Step[] {
  const extent: ExtentFields = {
    mask: FileMask.format,
    attributes: 0xc4,
    extended: PERMIT_RECORD_ZERO,
    first: track,
    last: track,
  };
  const locate = { operation: LocateOperation.formatWrite, count: 1, track, sector: 0, lengthFactor: 8 };
  return [
    give('define-extent', defineExtent(extent)),
    give('locate-record', locateRecord(locate)),
    give('write-ckd', countField(track, 1, 0, 0), ['sli']),
  ];
}

/** A record to be written: its number, key and data. */
export interface NewRecord {
  readonly record: number;
  readonly key?: Uint8Array;
  readonly data: Uint8Array;
}

/** Writes the records of a track, from record 1 on, with their keys and data. */
export function writeRecords(track: number, records: readonly NewRecord[]): readonly Step[] {
  const locate = { operation: LocateOperation.formatWrite, count: records.length, track };
  return [
    give('define-extent', defineExtent({ mask: FileMask.format, first: track, last: track })),
    give('locate-record', locateRecord(locate)),
    ...records.map(({ record, key = new Uint8Array(0), data }) => {
      const count = countField(track, record, key.length, data.length);
      return give('write-ckd', Uint8Array.of(...count, ...key, ...data));
    }),
  ];
}

/** Reads whole tracks with locate record, into buffers named `track-` and their number. */
export function readTracks(first: number, last: number): readonly Step[] {
  const operation = LocateOperation.readTracks | LocateOrientation.homeAddress;
  return [
    give('define-extent', defineExtent({ first, last })),
    give('locate-record', locateRecord({ operation, count: last - first + 1, track: first })),
    ...trackReads(first, last),
  ];
}

/** Reads whole tracks as Linux does for raw access: locate record extended. */
export function readRawTracks(first: number, last: number): readonly Step[] {
  const operation = LocateOperation.readTracks | LocateOrientation.homeAddress;
  return [
    give('define-extent', defineExtent({ first, last })),
    give('locate-record-extended', locateRecordExtended({ operation, count: last - first + 1, track: first })),
    ...trackReads(first, last),
  ];
}

function trackReads(first: number, last: number): Step[] {
  const reads: Step[] = [];
  for (let track = first; track <= last; track++)
    reads.push(take('read-track', LONGEST_TRACK, `track-${track}`, ['sli']));
  return reads;
}

/** Checks the format of a track: reads one count more than records of 512 bytes would have. */
export function checkFormat(track: number): readonly Step[] {
  const counts = recordsPerTrack(0, 512) + 1;
  const steps: Step[] = [
    give('define-extent', defineExtent({ attributes: 0xc4, first: track, last: track })),
    give('locate-record', locateRecord({ operation: LocateOperation.readData, count: counts, track })),
  ];
  for (let n = 1; n <= counts; n++) steps.push(take('read-count', 8, `count-${n}`, ['sli']));
  return steps;
}
