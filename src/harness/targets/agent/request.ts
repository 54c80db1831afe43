/** A request to an agent as bytes (agent/protocol.md, "Requests"), and the kinds that there are. */

import { beginFrame, HEADER_LENGTH, hex, kindOf, payloadOf, setFrameId } from './frame.js';

/** Kinds of request. */
export const RequestKind = {
  hello: 0x01,
  release: 0x02,
  open: 0x10,
  close: 0x11,
  read: 0x12,
  write: 0x13,
  pread: 0x14,
  pwrite: 0x15,
  preadv: 0x16,
  pwritev: 0x17,
  lseek: 0x18,
  mmap: 0x19,
  ioctl: 0x1a,
  eventfd: 0x20,
  wait: 0x21,
  signal: 0x22,
  map: 0x30,
  unmap: 0x31,
  peek: 0x32,
  poke: 0x33,
  fill: 0x34,
  alternate: 0x35,
  getAttribute: 0x40,
  putAttribute: 0x41,
  list: 0x42,
  link: 0x43,
  kernelLog: 0x50,
  fork: 0x60,
  exit: 0x61,
  limit: 0x62,
  fail: 0x63,
  batch: 0x70,
  use: 0x71,
} as const;

const WORD = 0x1_0000_0000;

/** A request with its header, ready to be sent once it has an id. */
export class Request {
  private constructor(readonly frame: Buffer) {}

  /** @param fill writes the payload; it must write all of it */
  static of(
    kind: number,
    process: number,
    length: number,
    fill?: (frame: Buffer, at: number) => void,
    flags = 0,
  ): Request {
    const frame = beginFrame(kind, process, flags, length);
    fill?.(frame, HEADER_LENGTH);
    return new Request(frame);
  }

  get kind(): number {
    return kindOf(this.frame);
  }

  get payload(): Uint8Array {
    return payloadOf(this.frame);
  }

  /** The frame with its request id. */
  withId(id: number): Buffer {
    setFrameId(this.frame, id);
    return this.frame;
  }

  /** For messages: `pread of fd 7`, `put attribute /sys/bus/css/…`. */
  describe(): string {
    const { kind, frame } = this;
    const name = names.get(kind) ?? `request ${hex(kind)}`;
    if (onFile.has(kind)) return `${name} of fd ${frame.readInt32BE(HEADER_LENGTH)}`;
    const path = pathPlaces.get(kind);
    if (path === undefined) return name;
    const begin = HEADER_LENGTH + path;
    const end = kind === RequestKind.putAttribute ? begin + frame.readUInt16BE(HEADER_LENGTH) : frame.length;
    return `${name} ${frame.toString('utf8', begin, end)}`;
  }
}

const names = new Map<number, string>(
  Object.entries(RequestKind).map(([name, kind]) => [
    kind,
    name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
  ]),
);

/** Requests whose payload begins with the fd. */
const onFile: ReadonlySet<number> = new Set([
  RequestKind.close,
  RequestKind.read,
  RequestKind.write,
  RequestKind.pread,
  RequestKind.pwrite,
  RequestKind.preadv,
  RequestKind.pwritev,
  RequestKind.lseek,
  RequestKind.mmap,
  RequestKind.ioctl,
  RequestKind.signal,
]);

/** Where the path begins in the payload. */
const pathPlaces: ReadonlyMap<number, number> = new Map([
  [RequestKind.open, 4],
  [RequestKind.getAttribute, 0],
  [RequestKind.putAttribute, 2],
  [RequestKind.list, 0],
  [RequestKind.link, 0],
]);

/** Stores a signed or unsigned 64-bit number; exact up to 2^53 either way. */
export function put64(frame: Buffer, at: number, value: number): void {
  const high = Math.floor(value / WORD);
  frame.writeUInt32BE(value - high * WORD, at + 4);
  frame.writeInt32BE(high | 0, at);
}
