/** Lists of calls (ports/calls.ts) as one batch of requests, with what one call gives used by a later one. */

import type { Call, Descriptor, Filled } from '../../ports/index.js';
import type { Answer } from './answers.js';
import { openFlagsOf } from './open-flag.js';
import * as requests from './requests.js';

/** Where a file descriptor stands in the payload of a request that is about one. */
const DESCRIPTOR_AT = 0;
/** Where the structure begins in the payload of an ioctl. */
const STRUCTURE_AT = 9;
/** Requests of a batch whose results can be used. */
const MOST_USED = 64;

/** The requests of a batch, and which of them is each call's own. */
export interface CallBatch {
  readonly requests: readonly requests.Request[];
  /** index of each call's request */
  readonly places: readonly number[];
}

/** @returns the list as requests; undefined if it does not fit a batch, so that its calls are made one by one */
export function batchOf(process: number, calls: readonly Call[]): CallBatch | undefined {
  const list: requests.Request[] = [];
  const places: number[] = [];
  const use = (index: number, offset: number, width: 4 | 8): void => {
    list.push(requests.use(process, places[index] ?? MOST_USED, offset, width));
  };
  const descriptor = (fd: Descriptor): number => {
    if (typeof fd === 'number') return fd;
    use(fd.index, DESCRIPTOR_AT, 4);
    return 0;
  };
  const structure = (filled: Filled | undefined): void => {
    if (filled !== undefined) use(filled.index, STRUCTURE_AT + filled.offset, filled.width);
  };
  for (const call of calls) {
    const request = requestOf(process, call, descriptor, structure);
    places.push(list.length);
    list.push(request);
  }
  return list.length > MOST_USED ? undefined : { requests: list, places };
}

function requestOf(
  process: number,
  call: Call,
  descriptor: (fd: Descriptor) => number,
  structure: (filled: Filled | undefined) => void,
): requests.Request {
  switch (call.name) {
    case 'open':
      return requests.open(process, call.path, openFlagsOf(call.path));
    case 'close':
      return requests.close(process, descriptor(call.fd), false);
    case 'ioctl': {
      const fd = descriptor(call.fd);
      structure(call.filled);
      return requests.ioctl(process, fd, call.request, argumentOf(call.argument));
    }
    case 'pread':
      return requests.pread(process, call.fd, call.offset, call.into.length);
    case 'pwrite':
      return requests.pwrite(process, call.fd, call.offset, call.bytes);
    case 'eventfd':
      return requests.eventfd(process);
    case 'wait':
      return requests.wait(process, [call.eventfd], call.timeoutMs);
    case 'map':
      return requests.map(process, call.length);
    case 'unmap':
      return requests.unmap(process, call.address, call.length);
  }
}

/** An ioctl's argument as it goes out: a string with the NUL behind it. */
export function argumentOf(argument: Uint8Array | string | number): Uint8Array | number {
  return typeof argument === 'string' ? Buffer.from(`${argument}\0`, 'utf8') : argument;
}

/** Gives the caller's buffers what the call left in them. @returns what the call gave */
export function settleCall(call: Call, answer: Answer): number {
  switch (call.name) {
    case 'pread':
      return answer.readInto(call.into);
    case 'ioctl':
      return call.argument instanceof Uint8Array ? answer.copyInto(call.argument) : answer.result;
    case 'wait':
      return answer.result < 0 ? answer.result : (answer.counts(1)[0] ?? 0);
    case 'open':
    case 'close':
    case 'pwrite':
    case 'eventfd':
    case 'map':
    case 'unmap':
      return answer.only;
  }
}
