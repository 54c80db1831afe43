/** Requests to an agent: one function for each kind, in the protocol's order; those about memory are in memory-requests.ts. */

import { RUN_APART } from './frame.js';
import { put64, Request, RequestKind } from './request.js';

export { Request, RequestKind } from './request.js';
export * from './memory-requests.js';

/** Where a buffer lies in the agent: in front of an inaccessible page, at an address that is not mapped, or a plain value. */
const Place = { memory: 0, unmapped: 1, value: 2 } as const;

/** A buffer of a call: its bytes, or an address that is not mapped. */
export type Buffered = Uint8Array | 'unmapped';

/** A length given with a buffer that is not mapped: enough for the kernel to reach its copy. */
const UNMAPPED_LENGTH = 1;
/** All ones: `limit` puts back what was. */
const AS_BEFORE = -1;
const MOST_MILLISECONDS = 0xffff_ffff;

const empty = (kind: number, process: number): Request => Request.of(kind, process, 0);

const bytesOnly = (kind: number, process: number, bytes: Uint8Array): Request =>
  Request.of(kind, process, bytes.length, (frame, at) => {
    frame.set(bytes, at);
  });

/** @throws RangeError for a path with a NUL, which no system call can take */
function pathBytes(path: string): Buffer {
  if (path.includes('\0')) throw new RangeError(`a path with a NUL: ${JSON.stringify(path)}`);
  return Buffer.from(path, 'utf8');
}

/** The first request of a connection. @param lowest, highest versions of the protocol that we speak, 0 to 255 */
export function hello(lowest: number, highest: number): Request {
  return Request.of(RequestKind.hello, 0, 2, (frame, at) => {
    frame.writeUInt8(lowest, at);
    frame.writeUInt8(highest, at + 1);
  });
}

export const release = (): Request => empty(RequestKind.release, 0);

/** @param flags as of s390x */
export function open(process: number, path: string, flags: number): Request {
  const name = pathBytes(path);
  return Request.of(RequestKind.open, process, 4 + name.length, (frame, at) => {
    frame.writeUInt32BE(flags, at);
    frame.set(name, at + 4);
  });
}

/** @param apart false for a file whose last close does not sleep in the kernel, as that of a device may */
export function close(process: number, fd: number, apart = true): Request {
  return Request.of(
    RequestKind.close,
    process,
    4,
    (frame, at) => {
      frame.writeInt32BE(fd, at);
    },
    apart ? RUN_APART : 0,
  );
}

/** @param length bytes, or 'unmapped' */
export function read(process: number, fd: number, length: number | 'unmapped'): Request {
  return Request.of(RequestKind.read, process, 9, (frame, at) => {
    frame.writeInt32BE(fd, at);
    putRoom(frame, at + 4, length);
  });
}

/** write(2) of `bytes`. */
export function write(process: number, fd: number, bytes: Buffered): Request {
  return Request.of(RequestKind.write, process, 4 + bufferLength(bytes), (frame, at) => {
    frame.writeInt32BE(fd, at);
    putBuffer(frame, at + 4, bytes);
  });
}

/** pread(2). @param offset signed, exact up to 2^53 either way @param length bytes, or 'unmapped' */
export function pread(process: number, fd: number, offset: number, length: number | 'unmapped'): Request {
  return Request.of(RequestKind.pread, process, 17, (frame, at) => {
    frame.writeInt32BE(fd, at);
    put64(frame, at + 4, offset);
    putRoom(frame, at + 12, length);
  });
}

/** pwrite(2). @param offset as of `pread` */
export function pwrite(process: number, fd: number, offset: number, bytes: Buffered): Request {
  return Request.of(RequestKind.pwrite, process, 12 + bufferLength(bytes), (frame, at) => {
    frame.writeInt32BE(fd, at);
    put64(frame, at + 4, offset);
    putBuffer(frame, at + 12, bytes);
  });
}

/** @param lengths of the segments, at most 65,535 of them */
export function preadv(process: number, fd: number, offset: number, lengths: readonly number[]): Request {
  return Request.of(RequestKind.preadv, process, 14 + 4 * lengths.length, (frame, at) => {
    frame.writeInt32BE(fd, at);
    put64(frame, at + 4, offset);
    putLengths(frame, at + 12, lengths);
  });
}

/** pwritev(2). @param segments at most 65,535 of them */
export function pwritev(process: number, fd: number, offset: number, segments: readonly Uint8Array[]): Request {
  const lengths = segments.map(({ length }) => length);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return Request.of(RequestKind.pwritev, process, 14 + 4 * segments.length + total, (frame, at) => {
    frame.writeInt32BE(fd, at);
    put64(frame, at + 4, offset);
    let next = putLengths(frame, at + 12, lengths);
    for (const segment of segments) {
      frame.set(segment, next);
      next += segment.length;
    }
  });
}

/** lseek(2). @param whence 0: from the start, 1: from here, 2: from the end */
export function lseek(process: number, fd: number, offset: number, whence: number): Request {
  return Request.of(RequestKind.lseek, process, 13, (frame, at) => {
    frame.writeInt32BE(fd, at);
    put64(frame, at + 4, offset);
    frame.writeUInt8(whence, at + 12);
  });
}

/** mmap(2) of the file, shared; a success is unmapped again at once. @param length bytes */
export function mmap(process: number, fd: number, length: number): Request {
  return Request.of(RequestKind.mmap, process, 12, (frame, at) => {
    frame.writeInt32BE(fd, at);
    put64(frame, at + 4, length);
  });
}

/** @param argument bytes that are copied in and out, an address that is not mapped, or a number passed by value */
export function ioctl(process: number, fd: number, request: number, argument: Buffered | number): Request {
  const length = typeof argument === 'number' ? 8 : argument === 'unmapped' ? 0 : argument.length;
  return Request.of(RequestKind.ioctl, process, 9 + length, (frame, at) => {
    frame.writeInt32BE(fd, at);
    frame.writeUInt32BE(request >>> 0, at + 4);
    if (typeof argument === 'number') {
      frame.writeUInt8(Place.value, at + 8);
      put64(frame, at + 9, argument);
    } else if (argument === 'unmapped') frame.writeUInt8(Place.unmapped, at + 8);
    else {
      frame.writeUInt8(Place.memory, at + 8);
      frame.set(argument, at + 9);
    }
  });
}

export const eventfd = (process: number): Request => empty(RequestKind.eventfd, process);

/** @param milliseconds 0 or more; rounded up, at most 2^32 - 1 */
export function wait(process: number, fds: readonly number[], milliseconds: number): Request {
  return Request.of(RequestKind.wait, process, 6 + 4 * fds.length, (frame, at) => {
    frame.writeUInt32BE(Math.min(MOST_MILLISECONDS, Math.max(0, Math.ceil(milliseconds))), at);
    frame.writeUInt16BE(fds.length, at + 4);
    let next = at + 6;
    for (const fd of fds) next = frame.writeInt32BE(fd, next);
  });
}

/** Adds `count` to an eventfd. */
export function signal(process: number, fd: number, count: number): Request {
  return Request.of(RequestKind.signal, process, 12, (frame, at) => {
    frame.writeInt32BE(fd, at);
    put64(frame, at + 4, count);
  });
}

export const getAttribute = (process: number, path: string): Request =>
  bytesOnly(RequestKind.getAttribute, process, pathBytes(path));

/** Runs apart, since a write to an mdev's `remove` sleeps while the device is open. */
export function putAttribute(process: number, path: string, bytes: Uint8Array): Request {
  const name = pathBytes(path);
  return Request.of(
    RequestKind.putAttribute,
    process,
    2 + name.length + bytes.length,
    (frame, at) => {
      frame.writeUInt16BE(name.length, at);
      frame.set(name, at + 2);
      frame.set(bytes, at + 2 + name.length);
    },
    RUN_APART,
  );
}

export const list = (process: number, path: string): Request => bytesOnly(RequestKind.list, process, pathBytes(path));

export const link = (process: number, path: string): Request => bytesOnly(RequestKind.link, process, pathBytes(path));

/** The kernel log since `mark`; 0: from the start. */
export function kernelLog(mark: number): Request {
  return Request.of(RequestKind.kernelLog, 0, 8, (frame, at) => {
    put64(frame, at, mark);
  });
}

export const fork = (process: number): Request => empty(RequestKind.fork, process);

export const exit = (process: number): Request => empty(RequestKind.exit, process);

/** RLIMIT_MEMLOCK. @param bytes undefined: as it was */
export function limit(process: number, bytes: number | undefined): Request {
  return Request.of(RequestKind.limit, process, 9, (frame, at) => {
    frame.writeUInt8(1, at);
    put64(frame, at + 1, bytes ?? AS_BEFORE);
  });
}

/** Makes the `ordinal`th allocation (from 1) of the process's next call fail; 0 takes that back. */
export function fail(process: number, ordinal: number): Request {
  return Request.of(RequestKind.fail, process, 4, (frame, at) => {
    frame.writeUInt32BE(ordinal, at);
  });
}

/** @param requests none of hello, release, fork, exit and batch @param apart the batch sleeps in the kernel, and has no wait */
export function batch(process: number, stopAtFailure: boolean, requests: readonly Request[], apart = false): Request {
  const length = requests.reduce((sum, { payload }) => sum + 5 + payload.length, 1);
  return Request.of(
    RequestKind.batch,
    process,
    length,
    (frame, at) => {
      frame.writeUInt8(stopAtFailure ? 1 : 0, at);
      let next = at + 1;
      for (const { kind, payload } of requests) {
        frame.writeUInt8(kind, next);
        frame.writeUInt32BE(payload.length, next + 1);
        frame.set(payload, next + 5);
        next += 5 + payload.length;
      }
    },
    apart ? RUN_APART : 0,
  );
}

/**
 * Adds the result of a request of the same batch to a number in the next one's payload.
 * @param index of that request, 0 to 63; requests of this kind count @param offset in the payload @param width bytes of the number
 */
export function use(process: number, index: number, offset: number, width: 4 | 8): Request {
  return Request.of(RequestKind.use, process, 7, (frame, at) => {
    frame.writeUInt16BE(index, at);
    frame.writeUInt32BE(offset, at + 2);
    frame.writeUInt8(width, at + 6);
  });
}

/** `u8` place and `u32` length of a buffer that a call fills. */
function putRoom(frame: Buffer, at: number, length: number | 'unmapped'): void {
  frame.writeUInt8(length === 'unmapped' ? Place.unmapped : Place.memory, at);
  frame.writeUInt32BE(length === 'unmapped' ? UNMAPPED_LENGTH : length, at + 1);
}

function bufferLength(bytes: Buffered): number {
  return bytes === 'unmapped' ? 5 : 1 + bytes.length;
}

/** `u8` place and the bytes of a buffer that a call reads, or the `u32` length of one that is not mapped. */
function putBuffer(frame: Buffer, at: number, bytes: Buffered): void {
  if (bytes === 'unmapped') {
    putRoom(frame, at, bytes);
    return;
  }
  frame.writeUInt8(Place.memory, at);
  frame.set(bytes, at + 1);
}

/** @returns where it goes on */
function putLengths(frame: Buffer, at: number, lengths: readonly number[]): number {
  let next = frame.writeUInt16BE(lengths.length, at);
  for (const length of lengths) next = frame.writeUInt32BE(length, next);
  return next;
}
