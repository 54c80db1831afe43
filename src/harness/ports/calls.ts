/**
 * Lists of system calls that are made one after the other, of which later ones use what earlier ones gave: an agent on another
 * machine carries a list out without a round trip for each call.
 */

import type { SystemPort } from './system-port.js';

/** What the call at `index` of the same list gives. */
export interface Given {
  readonly index: number;
}

/** A file descriptor: one that is known, or one that the list opens. */
export type Descriptor = number | Given;

/** A result that is added to the big-endian number of `width` bytes at `offset` of a structure. */
export interface Filled extends Given {
  readonly offset: number;
  readonly width: 4 | 8;
}

/** A call, named as the method of SystemPort that it is. */
export type Call =
  | { readonly name: 'open'; readonly path: string }
  | { readonly name: 'close'; readonly fd: Descriptor }
  | {
      readonly name: 'ioctl';
      readonly fd: Descriptor;
      readonly request: number;
      readonly argument: Uint8Array | string | number;
      readonly filled?: Filled;
    }
  | { readonly name: 'pread'; readonly fd: number; readonly into: Uint8Array; readonly offset: number }
  | { readonly name: 'pwrite'; readonly fd: number; readonly bytes: Uint8Array; readonly offset: number }
  | { readonly name: 'eventfd' }
  /** gives the eventfd's count, which is taken; 0 when the time is over */
  | { readonly name: 'wait'; readonly eventfd: number; readonly timeoutMs: number }
  | { readonly name: 'map'; readonly length: number }
  | { readonly name: 'unmap'; readonly address: number; readonly length: number };

/** Longest wait in a list, milliseconds. */
export const LONGEST_WAIT_IN_LIST = 10_000;

/**
 * Makes the calls in order.
 * @param stopAtFailure no call is made after the first that gives a negative errno
 * @returns what each call gave: of all of them, or of those up to the first failure
 */
export function makeCalls(system: SystemPort, calls: readonly Call[], stopAtFailure: boolean): Promise<number[]> {
  return system.calls?.(calls, stopAtFailure) ?? callsInTurn(system, calls, stopAtFailure);
}

/** The same, one call after the other. */
export async function callsInTurn(
  system: SystemPort,
  calls: readonly Call[],
  stopAtFailure: boolean,
): Promise<number[]> {
  const results: number[] = [];
  for (const call of calls) {
    const result = await make(system, call, results);
    results.push(result);
    if (stopAtFailure && result < 0) break;
  }
  return results;
}

function make(system: SystemPort, call: Call, results: readonly number[]): Promise<number> {
  const given = ({ index }: Given): number => results[index] ?? NaN;
  const descriptor = (fd: Descriptor): number => (typeof fd === 'number' ? fd : given(fd));
  switch (call.name) {
    case 'open':
      return system.open(call.path);
    case 'close':
      return system.close(descriptor(call.fd));
    case 'ioctl':
      if (call.filled !== undefined) fill(call.argument, call.filled, given(call.filled));
      return system.ioctl(descriptor(call.fd), call.request, call.argument);
    case 'pread':
      return system.pread(call.fd, call.into, call.offset);
    case 'pwrite':
      return system.pwrite(call.fd, call.bytes, call.offset);
    case 'eventfd':
      return system.eventfd();
    case 'wait':
      return system.waitEventfds([call.eventfd], call.timeoutMs).then(([count = 0]) => count);
    case 'map':
      return system.memory.map(call.length);
    case 'unmap':
      return system.memory.unmap(call.address, call.length);
  }
}

function fill(argument: Uint8Array | string | number, { offset, width }: Filled, result: number): void {
  if (!(argument instanceof Uint8Array)) throw new TypeError('a result can be filled into a structure only');
  const view = new DataView(argument.buffer, argument.byteOffset, argument.byteLength);
  if (width === 4) view.setInt32(offset, view.getInt32(offset) + result);
  else view.setBigInt64(offset, view.getBigInt64(offset) + BigInt(result));
}
