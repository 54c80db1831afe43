/** Requests about the memory of a process of the agent. */

import { RUN_APART } from './frame.js';
import { put64, Request, RequestKind } from './request.js';

/** Maps `length` bytes of zeroed memory, rounded up to 4 KiB. */
export function map(process: number, length: number): Request {
  return Request.of(RequestKind.map, process, 8, (frame, at) => {
    put64(frame, at, length);
  });
}

/** Unmaps memory of `map`. */
export function unmap(process: number, address: number, length: number): Request {
  return Request.of(RequestKind.unmap, process, 16, (frame, at) => {
    put64(frame, at, address);
    put64(frame, at + 8, length);
  });
}

/** Reads memory of `map`. @param length bytes, at most what an answer holds */
export function peek(process: number, address: number, length: number): Request {
  return Request.of(RequestKind.peek, process, 12, (frame, at) => {
    put64(frame, at, address);
    frame.writeUInt32BE(length, at + 8);
  });
}

/** Stores `bytes` in memory of `map`. */
export function poke(process: number, address: number, bytes: Uint8Array): Request {
  return Request.of(RequestKind.poke, process, 8 + bytes.length, (frame, at) => {
    put64(frame, at, address);
    frame.set(bytes, at + 8);
  });
}

/** Stores `length` bytes of `value` (0 to 255) in memory of `map`. */
export function fill(process: number, address: number, length: number, value: number): Request {
  return Request.of(RequestKind.fill, process, 17, (frame, at) => {
    put64(frame, at, address);
    put64(frame, at + 8, length);
    frame.writeUInt8(value, at + 16);
  });
}

/** Stores `one` and `other`, which are as long, in turn in memory of `map`, for `milliseconds` (0 to 5,000), beside other requests. */
export function alternate(
  process: number,
  address: number,
  milliseconds: number,
  one: Uint8Array,
  other: Uint8Array,
): Request {
  return Request.of(
    RequestKind.alternate,
    process,
    12 + one.length + other.length,
    (frame, at) => {
      put64(frame, at, address);
      frame.writeUInt32BE(milliseconds, at + 8);
      frame.set(one, at + 12);
      frame.set(other, at + 12 + one.length);
    },
    RUN_APART,
  );
}
