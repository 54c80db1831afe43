/** A volume as `dasdinit` writes it, made by rule: a track takes memory only once it has been written. */

import { HEADS } from '../geometry.js';
import { format4, format5, format7, IPL1, IPL2, needsFormat7, VOL1, volumeLabel, waitRecord } from '../labels.js';
import { composeTrack, type RecordContent } from '../track.js';
import type { Layout } from './layout.js';
import type { Volume } from './volume.js';

const BLOCK_SIZE = 4096;
const BLOCKS = 12;

function blocks(first: number): RecordContent[] {
  const records: RecordContent[] = [];
  for (let record = first; record <= BLOCKS; record++) records.push({ record, data: BLOCK_SIZE });
  return records;
}

/** Where dasdinit puts the owner's name in the label. */
const DASDINIT_OWNER = 41;

function labelTrack(serial: string): RecordContent[] {
  return [
    { record: 1, key: IPL1, data: waitRecord() },
    { record: 2, key: IPL2, data: 144 },
    { record: 3, key: VOL1, data: volumeLabel(serial, 'HERCULES', DASDINIT_OWNER) },
  ];
}

function vtocTrack(tracks: number): RecordContent[] {
  const dscbs = [format4(tracks), format5(tracks)];
  if (needsFormat7(tracks)) dscbs.push(format7(tracks));
  while (dscbs.length < BLOCKS) dscbs.push(new Uint8Array(140));
  return dscbs.map((bytes, n) => ({ record: n + 1, key: bytes.subarray(0, 44), data: bytes.subarray(44) }));
}

const content: Readonly<Record<Layout, (track: number, tracks: number, serial: string) => readonly RecordContent[]>> = {
  default: (track, _tracks, serial) => (track === 0 ? labelTrack(serial) : []),
  linux: (track, tracks, serial) => {
    if (track === 0) return [...labelTrack(serial), ...blocks(4)];
    return track === 1 ? vtocTrack(tracks) : blocks(1);
  },
  raw: () => [],
};

/** The tracks of a fresh volume; read-only, so it goes under an OverlayVolume. */
export class FreshVolume implements Volume {
  readonly name: string;
  readonly readOnly = true;
  readonly #layout: Layout;
  readonly #volser: string;

  /**
   * @param volser volume serial, 1 to 6 of A-Z, 0-9, $, # and @
   * @param cylinders 1 to 1 182 006
   */
  constructor(
    readonly cylinders: number,
    volser: string,
    layout: Layout = 'default',
  ) {
    this.name = `3390 of ${cylinders} cylinders, ${volser}`;
    this.#layout = layout;
    this.#volser = volser;
  }

  readTrack(track: number): Uint8Array {
    return composeTrack(track, content[this.#layout](track, this.cylinders * HEADS, this.#volser));
  }

  /** @throws Error always: it is only read. */
  writeTrack(track: number): void {
    throw new Error(`track ${track} of a fresh volume is made by rule and cannot be written`);
  }

  close(): void {
    // nothing is held
  }
}
