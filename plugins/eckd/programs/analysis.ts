/** How Linux finds out what layout a volume has: the counts of the first records. */

import { defineExtent, LocateOperation, locateRecord } from './parameters.js';
import { give, type Step, take } from './steps.js';

/** Define extent byte 7 on a 2105 or 2107: regular data format. */
const REGULAR_FORMAT = 0x40;

/**
 * The analysis program: counts of records 1 to 4 of track 0 in buffers `count-1` to `count-4`, and of record 1 of track 1 in
 * `count-5`.
 * @param regularFormat on a 2105 or 2107
 */
export function analysis(regularFormat = false): readonly Step[] {
  const extended = regularFormat ? REGULAR_FORMAT : 0;
  return [
    give('define-extent', defineExtent({ attributes: 0xc4, extended, first: 0, last: 1 })),
    give('locate-record', locateRecord({ operation: LocateOperation.readData, count: 4, track: 0, sector: 0 })),
    take('read-count', 8, 'count-1'),
    take('read-count', 8, 'count-2'),
    take('read-count', 8, 'count-3'),
    take('read-count', 8, 'count-4'),
    give('locate-record', locateRecord({ operation: LocateOperation.readData, count: 1, track: 1, sector: 0 })),
    take('read-count', 8, 'count-5'),
  ];
}

/** What the analysis says of a volume. */
export interface Analysis {
  readonly layout: 'compatible' | 'linux' | 'unsupported';
  /** bytes, if the layout is one of the two */
  readonly blockSize?: number;
}

const LABEL_RECORDS = [24, 144, 80];

/** Judges the five counts, in the order in which the program reads them. */
export function judge(counts: readonly Uint8Array[]): Analysis {
  const fields = counts.map((bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return { id: view.getUint32(0), record: bytes[4] ?? 0, keyLength: bytes[5] ?? 0, dataLength: view.getUint16(6) };
  });
  const [, , , fourth] = fields;
  const isLabelled = LABEL_RECORDS.every((length, n) => {
    const field = fields[n];
    return field?.id === 0 && field.record === n + 1 && field.keyLength === 4 && field.dataLength === length;
  });
  if (isLabelled && fourth?.keyLength === 0 && [512, 1024, 2048, 4096].includes(fourth.dataLength)) {
    return { layout: 'compatible', blockSize: fourth.dataLength };
  }
  const isPlain = fields.every(({ id, record, keyLength, dataLength }, n) => {
    const isInPlace = n < 4 ? id === 0 && record === n + 1 : id === 1 && record === 1;
    return isInPlace && keyLength === 0 && dataLength === fourth?.dataLength;
  });
  if (isPlain && fields.length === 5 && fourth !== undefined) return { layout: 'linux', blockSize: fourth.dataLength };
  return { layout: 'unsupported' };
}
