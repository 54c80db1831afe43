/** Frames: what a connection to an agent is cut into (agent/protocol.md, "Frames"). Bytes only; no stream, no state but the parser's. */

/** Bytes of a frame's header. */
export const HEADER_LENGTH = 16;
/** The protocol version that the harness speaks. */
export const PROTOCOL_VERSION = 1;
/** Longest payload until `hello` has said another limit. */
export const INITIAL_PAYLOAD_LIMIT = 0x10_0000;

const MAGIC = 0x4357;

/** Fields of the header, by offset. */
const Header = { magic: 0, version: 2, kind: 3, id: 4, process: 8, flags: 10, length: 12 } as const;

/** Flag of a request: it runs on a thread of its own, since it may sleep in the kernel. */
export const RUN_APART = 0x0001;

/** What an answer's kind has more than its request's. */
export const ANSWER = 0x80;
/** Kind of the answer to a frame that could not be served. */
export const ERROR_KIND = 0xff;

/** One frame, as it came. */
export interface Frame {
  readonly version: number;
  readonly kind: number;
  readonly id: number;
  readonly process: number;
  readonly flags: number;
  /** valid during the call that hands it over */
  readonly payload: Uint8Array;
}

/** A frame that is no frame: the stream cannot be read any further. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/**
 * Begins a frame of `kind` for `process`: 16 bytes of header with a request id of 0, and room for the payload behind them.
 * The payload's bytes are not zeroed.
 */
export function beginFrame(kind: number, process: number, flags: number, payloadLength: number): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_LENGTH + payloadLength);
  frame.writeUInt16BE(MAGIC, Header.magic);
  frame[Header.version] = PROTOCOL_VERSION;
  frame[Header.kind] = kind;
  frame.writeUInt32BE(0, Header.id);
  frame.writeUInt16BE(process, Header.process);
  frame.writeUInt16BE(flags, Header.flags);
  frame.writeUInt32BE(payloadLength, Header.length);
  return frame;
}

/** Gives a frame its request id. */
export function setFrameId(frame: Buffer, id: number): void {
  frame.writeUInt32BE(id, Header.id);
}

/** The kind of a frame that `beginFrame` made. */
export function kindOf(frame: Uint8Array): number {
  return frame[Header.kind] ?? 0;
}

/** True for a request that runs apart. */
export function runsApart(frame: Uint8Array): boolean {
  return ((frame[Header.flags + 1] ?? 0) & RUN_APART) !== 0;
}

/** The payload of a frame that `beginFrame` made. */
export function payloadOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(HEADER_LENGTH);
}

/** Cuts a stream of bytes into frames, however it arrives. */
export class FrameParser {
  /** longest payload that is taken, in bytes */
  limit = INITIAL_PAYLOAD_LIMIT;
  readonly #header = Buffer.alloc(HEADER_LENGTH);
  #headerFilled = 0;
  /** the payload that is being collected: a frame that did not come in one piece */
  #payload: Buffer | undefined;
  #payloadFilled = 0;

  /**
   * Takes the next bytes of the stream and hands over each frame that they complete.
   * @throws FrameError where a frame must begin and none does, or one is longer than the limit
   */
  push(chunk: Uint8Array, onFrame: (frame: Frame) => void): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#headerFilled === 0 && chunk.length - at >= HEADER_LENGTH) {
        const header = viewOf(chunk, at, HEADER_LENGTH);
        const length = this.#check(header, chunk, at);
        if (chunk.length - at - HEADER_LENGTH >= length) {
          const begin = at + HEADER_LENGTH;
          at = begin + length;
          onFrame(frameOf(header, chunk.subarray(begin, at)));
          continue;
        }
      }
      at = this.#collect(chunk, at, onFrame);
    }
  }

  /** Takes what `chunk` has from `at` on for a frame that comes in pieces. @returns how far it got */
  #collect(chunk: Uint8Array, from: number, onFrame: (frame: Frame) => void): number {
    let at = from;
    if (this.#payload === undefined) {
      const piece = chunk.subarray(at, at + HEADER_LENGTH - this.#headerFilled);
      this.#header.set(piece, this.#headerFilled);
      this.#headerFilled += piece.length;
      at += piece.length;
      // Told at the first byte that is wrong: a shell's greeting may be shorter than a header.
      checkMagic(this.#header.subarray(0, this.#headerFilled), chunk.subarray(from));
      if (this.#headerFilled < HEADER_LENGTH) return at;
      const length = this.#check(viewOf(this.#header, 0, HEADER_LENGTH), chunk, from);
      this.#payload = Buffer.allocUnsafe(length);
      this.#payloadFilled = 0;
    }
    const payload = this.#payload;
    const piece = chunk.subarray(at, at + payload.length - this.#payloadFilled);
    payload.set(piece, this.#payloadFilled);
    this.#payloadFilled += piece.length;
    if (this.#payloadFilled === payload.length) {
      this.#payload = undefined;
      this.#headerFilled = 0;
      onFrame(frameOf(viewOf(this.#header, 0, HEADER_LENGTH), payload));
    }
    return at + piece.length;
  }

  /** @returns the length of the payload */
  #check(header: DataView, chunk: Uint8Array, at: number): number {
    if (header.getUint16(Header.magic) !== MAGIC) throw noFrame(chunk.subarray(at));
    const length = header.getUint32(Header.length);
    if (length > this.limit) {
      throw new FrameError(
        `a frame of kind ${hex(header.getUint8(Header.kind))} says that its payload has ${length} bytes; the limit is ${this.limit}`,
      );
    }
    return length;
  }
}

function frameOf(header: DataView, payload: Uint8Array): Frame {
  return {
    version: header.getUint8(Header.version),
    kind: header.getUint8(Header.kind),
    id: header.getUint32(Header.id),
    process: header.getUint16(Header.process),
    flags: header.getUint16(Header.flags),
    payload,
  };
}

function checkMagic(begun: Uint8Array, seen: Uint8Array): void {
  if ((begun[0] ?? MAGIC >> 8) !== MAGIC >> 8 || (begun[1] ?? MAGIC & 0xff) !== (MAGIC & 0xff)) throw noFrame(seen);
}

function noFrame(bytes: Uint8Array): FrameError {
  return new FrameError(`${quote(bytes)} came where a frame must begin`);
}

/** The first bytes of something, as text where it is text. */
function quote(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, 60)).toString('latin1');
  return /^[\x20-\x7e\r\n\t]+$/.test(text)
    ? JSON.stringify(text)
    : `${bytes.length < 16 ? '' : 'bytes beginning '}${Buffer.from(bytes.subarray(0, 16)).toString('hex')}`;
}

function viewOf(bytes: Uint8Array, offset: number, length: number): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + offset, length);
}

/** A kind as the protocol writes it. */
export function hex(kind: number): string {
  return kind.toString(16).toUpperCase().padStart(2, '0');
}
