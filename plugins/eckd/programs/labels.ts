/** Label and VTOC of a volume in the compatible disk layout, as `dasdfmt` and `fdasd` write them. */

import {
  type DataSet,
  format1,
  format4,
  format5,
  format7,
  IPL1,
  IPL2,
  needsFormat7,
  VOL1,
  volumeLabel,
  waitRecord,
} from '../devices/labels.js';
import { formatTracks, type NewRecord, writeRecords } from './format.js';
import type { Step } from './steps.js';

const BLOCKS = 12;
const BLOCK_SIZE = 4096;
const KEY_LENGTH = 44;

/** Track 0: IPL records, label, and blocks of zeros. */
export function writeLabelTrack(volser: string): readonly Step[] {
  const records: NewRecord[] = [
    { record: 1, key: IPL1, data: waitRecord() },
    { record: 2, key: IPL2, data: new Uint8Array(144) },
    { record: 3, key: VOL1, data: volumeLabel(volser, '') },
  ];
  for (let record = 4; record <= BLOCKS; record++) records.push({ record, data: new Uint8Array(BLOCK_SIZE) });
  return writeRecords(0, records);
}

/** Track 1: the VTOC, with one data set or none. Free space begins behind the data set. */
export function writeVtoc(tracks: number, dataSet?: DataSet): readonly Step[] {
  const firstFree = dataSet === undefined ? 2 : dataSet.last + 1;
  const dscbs = [format4(tracks), format5(tracks, firstFree)];
  if (needsFormat7(tracks)) dscbs.push(format7(tracks, firstFree));
  if (dataSet !== undefined) dscbs.push(format1(dataSet));
  while (dscbs.length < BLOCKS) dscbs.push(new Uint8Array(140));
  return writeRecords(
    1,
    dscbs.map((bytes, n) => ({ record: n + 1, key: bytes.slice(0, KEY_LENGTH), data: bytes.slice(KEY_LENGTH) })),
  );
}

/** The programs that make tracks 0 to `last` a volume in the compatible disk layout, in order. */
export function makeCompatibleVolume(
  tracks: number,
  last: number,
  volser: string,
  dataSet?: DataSet,
): readonly (readonly Step[])[] {
  const programs: (readonly Step[])[] = [];
  for (let track = 2; track <= last; track++) programs.push(formatTracks({ first: track, last: track }));
  programs.push(writeVtoc(tracks, dataSet), writeLabelTrack(volser));
  return programs;
}
