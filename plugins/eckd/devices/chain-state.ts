/** What the control unit remembers from command to command of one channel program; a new program begins with none of it. */

/** File mask: bits of define extent byte 0 and of set file mask. */
export const Mask = {
  write: 0xc0,
  inhibitAllWrites: 0x40,
  updateWrites: 0x80,
  allWrites: 0xc0,
  reserved: 0x20,
  seek: 0x18,
  inhibitSeekAndMultitrack: 0x18,
  seekHeadOnly: 0x10,
  authorization: 0x06,
  normalAuthorization: 0x00,
  diagnosticAuthorization: 0x04,
} as const;

/** Locate record operations as bits, so that a command says with one mask where it may be used. */
export const Operation = {
  orient: 0x001,
  writeData: 0x002,
  formatWrite: 0x004,
  readData: 0x008,
  writeTrack: 0x010,
  readTracks: 0x020,
  read: 0x040,
  writeAny: 0x080,
  readAny: 0x100,
  readTrackSet: 0x200,
} as const;

/** Bits 0-1 of the operation byte: what locate record orients to. */
export const Orient = { count: 0x00, homeAddress: 0x40, data: 0x80, index: 0xc0 } as const;

/** Global attributes, define extent byte 1. */
export const Attribute = { mode: 0xc0, eckd: 0xc0, ckdConversion: 0x20 } as const;

export class Chain {
  /** true from the first command of a program until its last one has ended */
  active = false;
  /** commands done */
  commands = 0;
  /** command code before this one */
  previous = 0;

  fileMask = 0;
  /** a file mask was set by set file mask (or read IPL, which forbids one) */
  maskSet = false;
  extentDefined = false;
  firstTrack = 0;
  lastTrack = 0;
  attributes = 0;
  blockSize = 0;

  /** operation of the locate record domain (see Operation), its orientation, and what is left of it */
  operation = 0;
  orientation = 0;
  domainCount = 0;
  readCountSuffix = false;
  transferLengthFactor = 0;
  /** tracks still to be read by a read-track-set operation, the next one in bit 0 of 16 */
  trackSet = 0;

  /** a seek, locate record or read IPL has been done */
  located = false;
  /** read IPL has been done */
  loaded = false;
  /** the index point has been passed since the last command that restarts the count of passes */
  indexPassed = false;
  homeAddressEqual = false;
  idEqual = false;
  keyEqual = false;
  wroteCount = false;
  /** the command before this one must be the last of its program */
  mustBeLast = false;
  /** after read subsystem data: only perform subsystem function may follow */
  subsystemDataRead = false;
  /** the command before this one asked for a message: read message ID may follow */
  messageRequested = false;
  /** subsystem data that perform subsystem function prepared */
  prepared: Uint8Array | undefined = undefined;

  /** Begins a program on a volume of so many tracks. */
  begin(tracks: number): void {
    this.active = true;
    this.commands = 0;
    this.previous = 0;
    this.fileMask = 0;
    this.maskSet = false;
    this.extentDefined = false;
    this.firstTrack = 0;
    this.lastTrack = tracks - 1;
    this.attributes = 0;
    this.blockSize = 0;
    this.operation = 0;
    this.orientation = 0;
    this.domainCount = 0;
    this.readCountSuffix = false;
    this.transferLengthFactor = 0;
    this.trackSet = 0;
    this.located = false;
    this.loaded = false;
    this.indexPassed = false;
    this.homeAddressEqual = false;
    this.idEqual = false;
    this.keyEqual = false;
    this.wroteCount = false;
    this.mustBeLast = false;
    this.subsystemDataRead = false;
    this.messageRequested = false;
    this.prepared = undefined;
  }

  /** True if `track` is within the extent. */
  inExtent(track: number): boolean {
    return track >= this.firstTrack && track <= this.lastTrack;
  }
}
