/** Lists of calls, one call after the other: what an agent's batch must do as well. */

import assert from 'node:assert/strict';
import { type Call, makeCalls, type SystemPort } from '../../../src/harness/ports/index.js';

/** A process whose calls are written down; each gives the next of `results`. */
function scripted(results: number[]): { readonly system: SystemPort; readonly made: unknown[][] } {
  const made: unknown[][] = [];
  const call =
    (name: string) =>
    (...words: unknown[]): Promise<number> => {
      // A structure is copied: it is the caller's.
      made.push([name, ...words.map((word) => (word instanceof Uint8Array ? [...word] : word))]);
      return Promise.resolve(results.shift() ?? 0);
    };
  const names = ['open', 'close', 'ioctl', 'pread', 'pwrite', 'eventfd'] as const;
  const system = {
    ...Object.fromEntries(names.map((name) => [name, call(name)])),
    memory: { map: call('map'), unmap: call('unmap') },
    waitEventfds: async (fds: readonly number[], milliseconds: number) => [await call('wait')(...fds, milliseconds)],
  } as unknown as SystemPort;
  return { system, made };
}

describe('a list of calls', () => {
  it('is made in order, and gives what each call gave', async () => {
    const { system, made } = scripted([5, 124, 1, 96, 0x4000, 0]);
    const bytes = Uint8Array.of(1, 2);
    const results = await makeCalls(
      system,
      [
        { name: 'open', path: '/dev/null' },
        { name: 'pwrite', fd: 3, bytes, offset: 8 },
        { name: 'wait', eventfd: 4, timeoutMs: 70 },
        { name: 'pread', fd: 3, into: bytes, offset: 28 },
        { name: 'map', length: 4096 },
        { name: 'unmap', address: 0x1000, length: 4096 },
      ],
      true,
    );
    assert.deepEqual(results, [5, 124, 1, 96, 0x4000, 0]);
    assert.deepEqual(made, [
      ['open', '/dev/null'],
      ['pwrite', 3, [1, 2], 8],
      ['wait', 4, 70],
      ['pread', 3, [1, 2], 28],
      ['map', 4096],
      ['unmap', 0x1000, 4096],
    ]);
  });

  const using: readonly Call[] = [
    { name: 'eventfd' },
    {
      name: 'ioctl',
      fd: { index: 0 },
      request: 7,
      argument: Uint8Array.of(9, 0, 0, 0, 1),
      filled: { index: 0, offset: 1, width: 4 },
    },
    { name: 'map', length: 4096 },
    {
      name: 'ioctl',
      fd: 3,
      request: 8,
      argument: Uint8Array.of(0, 0, 0, 0, 0, 0, 0x10, 0),
      filled: { index: 2, offset: 0, width: 8 },
    },
    { name: 'close', fd: { index: 0 } },
  ];

  it('uses what earlier calls gave, added to what stands there', async () => {
    const { system, made } = scripted([6, 0, 0x3ff_8000_0000, 0, 0]);
    await makeCalls(system, using, true);
    assert.deepEqual(made.slice(1), [
      ['ioctl', 6, 7, [9, 0, 0, 0, 7]],
      ['map', 4096],
      ['ioctl', 3, 8, [0, 0, 3, 0xff, 0x80, 0, 0x10, 0]],
      ['close', 6],
    ]);
  });

  it('ends with the first failure, or goes on behind it', async () => {
    assert.deepEqual(await makeCalls(scripted([6, -22]).system, using, true), [6, -22]);
    assert.deepEqual(await makeCalls(scripted([6, -22, 1, 2, -9]).system, using, false), [6, -22, 1, 2, -9]);
  });

  it('is left to a process that makes it at once', async () => {
    const { system, made } = scripted([]);
    const results = await makeCalls({ ...system, calls: () => Promise.resolve([1, 2, 3]) }, using, true);
    assert.deepEqual([results, made], [[1, 2, 3], []]);
  });
});
