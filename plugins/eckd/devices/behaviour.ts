/**
 * What control units decide differently: the architecture's way, and what Hercules 3.13 does instead. Each piece is a method
 * that a platform overrides.
 */

import { featureCodes, type ControlUnit } from './control-unit.js';
import type { PathState } from './path-group.js';
import { Condition } from './sense.js';
import type { Track } from './track.js';

export class Behaviour {
  readonly name: string = 'architecture';

  /** Whether a command may have its data area chained. */
  acceptsDataChaining(command: number): boolean {
    return command >= 0;
  }

  /** Whether a record fits behind record `index` of `track`. */
  fits(track: Track, index: number, keyLength: number, dataLength: number): boolean {
    return track.fits(index, keyLength, dataLength);
  }

  /** What a program that ends within a domain is told. */
  get incompleteDomain(): number {
    return Condition.incompleteDomain;
  }

  /** Whether the command that opens a domain may be the last of its program. */
  get allowsUnusedDomain(): boolean {
    return false;
  }

  /** Whether a second define extent with the same mask, attributes and block size is allowed, for a smaller extent. */
  get allowsSecondExtent(): boolean {
    return false;
  }

  /** Bytes that define extent takes at the most: 32 with the extended parameters. */
  get extentBytes(): number {
    return 32;
  }

  /** Bytes that prefix takes when it is only a define extent. */
  get prefixExtentBytes(): number {
    return 64;
  }

  /** Feature codes. */
  features(unit: ControlUnit): Uint8Array {
    return featureCodes(unit);
  }

  /** Byte 0 of sense path group ID. @param reserved 0 not, 2 to another group, 3 to this one */
  pathState(path: PathState, reserved: number): number {
    return path.stateBits | (reserved << 4);
  }

  /** Whether other hosts are kept out while one has the device reserved, or has not fetched its sense data. */
  get enforcesAllegiance(): boolean {
    return true;
  }

  /** Whether bytes 4 and 5 of a prepare order may name a device. */
  get ordersNameDevices(): boolean {
    return true;
  }
}

/** Bit 7 of a command: set in write and control commands, of which Hercules collects the chained areas before it looks. */
const OUTPUT = 0x01;

/** Read commands of which Hercules lets the data area be chained: their codes without the multitrack bit. */
const chainableReads = new Set([0x02, 0x06, 0x0e, 0x12, 0x16, 0x1a, 0x1e, 0x5e]);

export class HerculesBehaviour extends Behaviour {
  override readonly name: string = 'hercules-3.13';

  override acceptsDataChaining(command: number): boolean {
    return (command & OUTPUT) !== 0 || chainableReads.has(command === 0x5e ? command : command & 0x7f);
  }

  override fits(track: Track, index: number, keyLength: number, dataLength: number): boolean {
    return track.fitsImage(index, keyLength, dataLength);
  }

  override get incompleteDomain(): number {
    return Condition.incompleteDomain + 0x8000_0000;
  }

  override get allowsUnusedDomain(): boolean {
    return true;
  }

  override get allowsSecondExtent(): boolean {
    return true;
  }

  override get extentBytes(): number {
    return 16;
  }

  override get prefixExtentBytes(): number {
    return 28;
  }

  override features(): Uint8Array {
    return new Uint8Array(256);
  }

  override pathState(): number {
    return 0;
  }

  override get enforcesAllegiance(): boolean {
    return false;
  }

  override get ordersNameDevices(): boolean {
    return false;
  }
}

/** By the names of the setting `platform`. */
export const behaviours: Readonly<Record<string, Behaviour>> = {
  architecture: new Behaviour(),
  'hercules-3.13': new HerculesBehaviour(),
};
