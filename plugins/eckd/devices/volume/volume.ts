/** A volume: tracks by number, wherever they are kept. */

export interface Volume {
  /** for messages: `3390-1 HRC001`, a file's name */
  readonly name: string;
  readonly cylinders: number;
  /** true if tracks cannot be written */
  readonly readOnly: boolean;
  /** the twelve digits of the device's serial number, if the volume has one */
  readonly serial?: string;
  /**
   * The image of track `track`, through its end marker or longer; not to be changed. An image that is not a track is given
   * as it is: the one who parses it finds out.
   */
  readTrack(track: number): Uint8Array;
  /**
   * Takes `image` (a whole track's buffer, of which `length` bytes count, end marker included) as the track. The volume may
   * keep the buffer; whoever changes it again hands it in again.
   */
  writeTrack(track: number, image: Uint8Array, length: number): void;
  close(): void;
}
