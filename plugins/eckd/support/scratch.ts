/**
 * Tracks that cases may rewrite: `-o scratch=CC:HH-CC:HH`, decimal, default cylinders 100 and 101. What stands on them is
 * read before a case and written back after it.
 */

import { CcwspecError, type CaseContext } from 'ccwspec/plugin';
import { always } from './always.js';
import { Characteristics } from './characteristics.js';
import { Disk } from './disk.js';
import { HEADS, trackName } from './geometry.js';
import { type Part } from './parts.js';
import { listing, readWholeTrack, writeRecordZero, writeTrack, type DiskRecord } from './track-content.js';

const DEFAULT_RANGE = '100:0-101:14';

/** First and last scratch track. @throws CcwspecError E-USAGE for an option that is not a range */
export function scratchRange(options: ReadonlyMap<string, string>): { first: number; last: number } {
  const text = options.get('scratch') ?? DEFAULT_RANGE;
  const numbers = /^(\d{1,7}):(\d{1,2})-(\d{1,7}):(\d{1,2})$/.exec(text)?.slice(1).map(Number) ?? [];
  const [cylinder = 0, head = HEADS, lastCylinder = 0, lastHead = HEADS] = numbers;
  const first = cylinder * HEADS + head;
  const last = lastCylinder * HEADS + lastHead;
  if (head >= HEADS || lastHead >= HEADS || first > last) {
    throw new CcwspecError(
      'E-USAGE',
      `-o scratch=${text}: expected two tracks, CC:HH-CC:HH, the first not behind the last`,
    );
  }
  return { first, last };
}

/** The scratch tracks that one case uses. */
export class Scratch {
  constructor(
    readonly disk: Disk,
    /** track numbers, one behind the other */
    readonly tracks: readonly number[],
  ) {}

  /** the first of them */
  get track(): number {
    return this.tracks[0] ?? 0;
  }

  /** the second; only for cases that asked for two */
  get next(): number {
    return this.tracks[1] ?? this.track + 1;
  }

  get last(): number {
    return this.tracks.at(-1) ?? this.track;
  }

  /** Leaves `records` on the first track, or on another one. */
  async hold(records: readonly DiskRecord[], track = this.track): Promise<void> {
    await this.disk.succeeds(`the format of track ${trackName(track)}`, writeTrack(track, records));
  }

  /** Checks what stands behind record 0. */
  async holds(records: readonly DiskRecord[], what: string, track = this.track): Promise<void> {
    const [, ...found] = await readWholeTrack(this.disk, track);
    this.disk.expect.equal(listing(found), listing(records), `the records of track ${trackName(track)} ${what}`);
  }
}

/** How many scratch tracks, and whether the last of them is the last of a cylinder. */
export interface ScratchNeeds {
  readonly tracks?: number;
  /** so many tracks at the end of a cylinder; what follows it is not touched */
  readonly endOfCylinder?: boolean;
}

/**
 * Tracks of the scratch range that fit, all of one cylinder if they are not more than it has. Skips the case if there are
 * none, or the volume does not have them.
 */
export async function pickTracks(
  context: CaseContext,
  disk: Disk,
  { tracks = 1, endOfCylinder = false }: ScratchNeeds = {},
): Promise<number[]> {
  const { first, last } = scratchRange(context.options);
  const nextCylinder = Math.ceil((first + 1) / HEADS) * HEADS;
  let from = first;
  if (endOfCylinder) from = Math.ceil((first + tracks) / HEADS) * HEADS - tracks;
  else if (tracks <= HEADS && first + tracks > nextCylinder) from = nextCylinder;
  if (from + tracks - 1 > last) {
    context.skip(
      `the scratch range has no ${tracks} tracks ${endOfCylinder ? 'at the end' : 'in a row'} of a cylinder`,
    );
  }
  const { cylinders } = await Characteristics.of(disk);
  if (last >= cylinders * HEADS) {
    context.skip(`the scratch range ends at ${trackName(last)}, the volume has ${cylinders} cylinders: see -o scratch`);
  }
  return Array.from({ length: tracks }, (_, n) => from + n);
}

/** Runs `body` with scratch tracks, and puts back what was on them. */
export async function withScratch(
  context: CaseContext,
  body: (scratch: Scratch) => Promise<void>,
  needs?: ScratchNeeds,
): Promise<void> {
  const disk = await Disk.open(context);
  const tracks = await pickTracks(context, disk, needs);
  await withTracks(disk, tracks, () => body(new Scratch(disk, tracks)));
}

/** Runs `body`, and puts back what was on `tracks`. For cases that touch the volume outside of the scratch range. */
export async function withTracks(
  disk: Disk,
  tracks: readonly number[],
  body: (disk: Disk) => Promise<void>,
): Promise<void> {
  const saved = new Map<number, DiskRecord[]>();
  for (const track of tracks) saved.set(track, await readWholeTrack(disk, track));
  await always(
    () => body(disk),
    async () => {
      for (const [track, records] of saved) await putBack(disk, track, records);
    },
  );
}

/** Writes `records`, record 0 first, where something else stands now. */
async function putBack(disk: Disk, track: number, records: readonly DiskRecord[]): Promise<void> {
  const wanted = listing(records);
  const found = listing(await readWholeTrack(disk, track));
  if (wanted.join() === found.join()) return;
  const [recordZero, ...others] = records;
  const programs: Part[][] = [];
  if (recordZero !== undefined && wanted[0] !== found[0]) programs.push(writeRecordZero(track, recordZero));
  programs.push(writeTrack(track, others));
  for (const program of programs) await disk.succeeds(`what puts track ${trackName(track)} back`, program);
  const now = listing(await readWholeTrack(disk, track));
  disk.expect.equal(now, wanted, `track ${trackName(track)} after it was put back`);
}
