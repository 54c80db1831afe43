/** A volume whose written tracks stay in memory, over another one that is only read. */

import type { Volume } from './volume.js';

export class OverlayVolume implements Volume {
  readonly name: string;
  readonly cylinders: number;
  readonly serial?: string;
  readonly #below: Volume;
  readonly #written = new Map<number, Uint8Array>();

  constructor(
    below: Volume,
    readonly readOnly = false,
  ) {
    this.#below = below;
    this.name = below.name;
    this.cylinders = below.cylinders;
    if (below.serial !== undefined) this.serial = below.serial;
  }

  readTrack(track: number): Uint8Array {
    return this.#written.get(track) ?? this.#below.readTrack(track);
  }

  writeTrack(track: number, image: Uint8Array): void {
    this.#written.set(track, image);
  }

  close(): void {
    this.#below.close();
  }
}
