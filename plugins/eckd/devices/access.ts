/** The access mechanism: the track under the heads, where on it the device is, and how it goes on from there. */

import { type Chain, Mask } from './chain-state.js';
import { HEADS, headOf } from './geometry.js';
import { Condition } from './sense.js';
import { Track } from './track.js';
import type { Volume } from './volume/index.js';

/** Where the device is on the track. */
export const Position = {
  /** at the index point: home address and record 0 come next */
  index: 0,
  /** behind the count field of record `record` */
  count: 1,
  /** behind the key of record `record` */
  key: 2,
  /** behind the data of record `record` */
  data: 3,
} as const;

/** Parsed tracks that are kept at the most. */
const CACHED_TRACKS = 64;

const MULTITRACK = 0x80;

/** True for a search ID or search key command, multitrack or not. */
export function isSearch(command: number): boolean {
  const single = command & 0x7f;
  return isSearchId(single) || isSearchKey(single);
}

function isSearchId(single: number): boolean {
  return single === 0x31 || single === 0x51 || single === 0x71;
}

function isSearchKey(single: number): boolean {
  return single === 0x29 || single === 0x49 || single === 0x69;
}

/** Compares `length` bytes as unsigned numbers: negative, zero or positive as the first are less, equal or more. */
export function compare(a: Uint8Array, atA: number, b: Uint8Array, atB: number, length: number): number {
  for (let n = 0; n < length; n++) {
    const difference = (a[atA + n] ?? 0) - (b[atB + n] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

export class Access {
  /** number of the track under the heads; it stays from program to program */
  trackNumber = 0;
  position: number = Position.index;
  /** index of the record that `position` speaks of; -1 before record 0 */
  record = -1;

  #track: Track | undefined;
  readonly #cache = new Map<number, Track>();
  readonly #volume: Volume;

  constructor(volume: Volume) {
    this.#volume = volume;
  }

  /** The track under the heads; a successful `seek` comes first. */
  get track(): Track {
    if (this.#track === undefined) throw new Error('the access mechanism has not been moved to a track yet');
    return this.#track;
  }

  /** Moves to the index point of `track`. @returns invalid track format if its image is damaged. */
  seek(track: number): number {
    if (this.#track?.number !== track) {
      const found = this.#load(track);
      if (found === undefined) return Condition.invalidTrackFormat;
      this.#track = found;
    }
    this.trackNumber = track;
    this.position = Position.index;
    this.record = -1;
    return Condition.none;
  }

  /** Moves `tracks` on for a multitrack operation. In a domain the file mask and the end of a cylinder do not matter. */
  advance(chain: Chain, tracks: number): number {
    if (chain.domainCount === 0) {
      if ((chain.fileMask & Mask.seek) === Mask.inhibitSeekAndMultitrack) return Condition.fileProtected;
      if (headOf(this.trackNumber) + tracks >= HEADS) return Condition.endOfCylinder;
    }
    const next = this.trackNumber + tracks;
    if (!chain.inExtent(next)) return Condition.fileProtected;
    return this.seek(next);
  }

  /**
   * Goes on to the next count field, or past record 0 to the one after it. At the end of the track a multitrack command goes
   * to the next track, another one begins again at the index point; the second time round it ends with "no record found".
   */
  nextCount(chain: Chain, command: number, skipsRecordZero: boolean): number {
    for (;;) {
      let next = this.record + 1;
      if (next === 0 && skipsRecordZero) next = 1;
      if (next < this.track.records) {
        this.record = next;
        this.position = Position.count;
        return Condition.none;
      }
      const condition = this.#turn(chain, command);
      if (condition !== 0) return condition;
    }
  }

  /**
   * Finds the record whose count field begins with the five bytes CCHHR at `bytes[at]`, on this track.
   * @param from first record to look at; @param any whether the first one will do
   */
  find(bytes: Uint8Array, at: number, from: number, any: boolean): number {
    const { track } = this;
    for (let record = from; record < track.records; record++) {
      if (!any && compare(track.image, track.offset(record), bytes, at, 5) !== 0) continue;
      this.record = record;
      this.position = Position.count;
      return Condition.none;
    }
    return Condition.noRecordFound;
  }

  /** Notes that the track under the heads has been changed. */
  changed(): void {
    const track = this.track;
    this.#volume.writeTrack(track.number, track.image, track.end + 8);
  }

  #turn(chain: Chain, command: number): number {
    const isMultitrack = (command & MULTITRACK) !== 0;
    if (chain.indexPassed) {
      const isRead = (command & 0x03) === 0x02;
      const goesOn = chain.domainCount === 0 && isMultitrack && (isRead || isSearchKey(command & 0x7f));
      if (!goesOn) return Condition.noRecordFound;
    }
    if (!isMultitrack) {
      this.position = Position.index;
      this.record = -1;
      chain.indexPassed = true;
      return Condition.none;
    }
    const condition = this.advance(chain, 1);
    if (condition === 0 && !isSearch(command)) chain.indexPassed = true;
    return condition;
  }

  #load(number: number): Track | undefined {
    const known = this.#cache.get(number);
    if (known !== undefined) return known;
    const track = Track.parse(number, this.#volume.readTrack(number));
    if (track === undefined) return undefined;
    if (this.#cache.size >= CACHED_TRACKS) {
      for (const oldest of this.#cache.keys()) {
        this.#cache.delete(oldest);
        break;
      }
    }
    this.#cache.set(number, track);
    return track;
  }
}
