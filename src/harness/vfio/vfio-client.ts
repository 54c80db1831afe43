/** The VFIO client: an open device over any SystemPort. */

import {
  type Call,
  type DeviceFiles,
  type DmaAccess,
  type Exchange,
  type Exchanged,
  type Given,
  type IrqSetRequest,
  makeCalls,
  type SystemPort,
  type VfioDeviceInfo,
  type VfioIrqInfo,
  type VfioPort,
  type VfioRegionInfo,
} from '../ports/index.js';
import {
  decodeDeviceInfo,
  decodeIrqInfo,
  decodeRegionInfo,
  encodeDeviceInfo,
  encodeFd,
  encodeIrqInfo,
  encodeIrqSet,
  encodeRegionInfo,
  IrqSet,
  IrqSetFlag,
  VfioRequest,
} from '../uapi/index.js';
import type { DeviceBacking } from './backing.js';
import { type MappedBuffer, MappedMemory } from './mapped-memory.js';
import { VfioOpenError } from './open-error.js';

/**
 * Bytes of the process's memory in front of every mapped buffer that belong to nobody: where a driver's access falls that
 * was meant for the mapping below (TRN-058).
 */
export const GUARD = 4096;

const EVENTFD_TRIGGER = IrqSetFlag.dataEventfd | IrqSetFlag.actionTrigger;
const firstCount = (counts: readonly number[]): number => counts[0] ?? 0;
const nothing = Promise.resolve(0);

/** Something that the client does with a few calls. */
interface Thing {
  readonly step: string;
  /** @param at index that the first of them has in the list */
  readonly calls: (at: number) => readonly Call[];
  /** Keeps what the calls gave, all of which succeeded. */
  readonly done: (results: readonly number[]) => void;
  /** The calls that give back what the first calls gave, when the one after them was refused. */
  readonly undo: (results: readonly number[]) => readonly Call[];
}

const unmapping = (buffers: readonly MappedBuffer[]): readonly Call[] =>
  buffers.map(({ base, reserved }): Call => ({ name: 'unmap', address: base, length: reserved }));

/** One open device over system calls. */
export class VfioClient implements VfioPort {
  readonly fd: number;
  readonly files: DeviceFiles;
  readonly memory: MappedMemory;
  readonly #system: SystemPort;
  readonly #backing: DeviceBacking;
  /** the eventfd of each interrupt index that was armed, as waitEventfds wants it */
  readonly #eventfds: (readonly [number] | undefined)[] = [];
  #closed = false;

  /** @param longestWait milliseconds that a wait takes at most, whatever is asked */
  constructor(
    system: SystemPort,
    backing: DeviceBacking,
    readonly longestWait = Infinity,
  ) {
    this.#system = system;
    this.#backing = backing;
    this.fd = backing.fd;
    this.files = backing.files;
    this.memory = new MappedMemory(system.memory);
  }

  async info(): Promise<VfioDeviceInfo | number> {
    const bytes = encodeDeviceInfo();
    const result = await this.#ioctl(VfioRequest.deviceGetInfo, bytes);
    return result < 0 ? result : decodeDeviceInfo(bytes);
  }

  async regionInfo(index: number): Promise<VfioRegionInfo | number> {
    const bytes = encodeRegionInfo(index);
    const result = await this.#ioctl(VfioRequest.deviceGetRegionInfo, bytes);
    return result < 0 ? result : decodeRegionInfo(bytes);
  }

  async irqInfo(index: number): Promise<VfioIrqInfo | number> {
    const bytes = encodeIrqInfo(index);
    const result = await this.#ioctl(VfioRequest.deviceGetIrqInfo, bytes);
    return result < 0 ? result : decodeIrqInfo(bytes);
  }

  read(offset: number, into: Uint8Array): Promise<number> {
    return this.#system.pread(this.fd, into, offset);
  }

  write(offset: number, bytes: Uint8Array): Promise<number> {
    return this.#system.pwrite(this.fd, bytes, offset);
  }

  setIrqs(request: IrqSetRequest): Promise<number> {
    return this.#ioctl(VfioRequest.deviceSetIrqs, encodeIrqSet(request));
  }

  async armIrq(index: number): Promise<number> {
    const before = this.#eventfds[index];
    const refused = await this.#do([this.#arming(index)]);
    if (refused !== undefined) return refused.result;
    if (before !== undefined) await this.#system.close(before[0]);
    return 0;
  }

  waitIrq(index: number, timeoutMs: number): Promise<number> {
    const eventfd = this.#eventfds[index];
    return eventfd === undefined
      ? nothing
      : this.#system.waitEventfds(eventfd, Math.min(timeoutMs, this.longestWait)).then(firstCount);
  }

  async waitAnyIrq(indexes: readonly number[], timeoutMs: number): Promise<readonly number[]> {
    const armed = indexes.flatMap((index) => this.#eventfds[index] ?? []);
    const counts = await this.#system.waitEventfds(armed, Math.min(timeoutMs, this.longestWait));
    if (armed.length === indexes.length) return counts;
    let next = 0;
    return indexes.map((index) => (this.#eventfds[index] === undefined ? 0 : (counts[next++] ?? 0)));
  }

  async exchange({ offset, bytes, irq, timeoutMs, into, from }: Exchange): Promise<Exchanged> {
    const [eventfd] = this.#eventfds[irq] ?? [];
    if (eventfd === undefined) throw new RangeError(`interrupt ${irq} is not armed`);
    const { fd } = this;
    const [written = NaN, signals = 0, read] = await makeCalls(
      this.#system,
      [
        { name: 'pwrite', fd, bytes, offset },
        { name: 'wait', eventfd, timeoutMs: Math.min(timeoutMs, this.longestWait) },
        { name: 'pread', fd, into, offset: from },
      ],
      true,
    );
    return { written, signals, read };
  }

  reset(): Promise<number> {
    return this.#system.ioctl(this.fd, VfioRequest.deviceReset, 0);
  }

  /**
   * Maps `memory` bytes at IOVA 0 (none if that is 0), and arms the interrupts of `irqs`, in one list of calls.
   * @throws VfioOpenError for the first that is refused; what was done before it stays done
   */
  async prepare(memory: number, irqs: readonly number[]): Promise<void> {
    const mapping = memory > 0 ? [this.#mapping(0, memory, 'read-write')] : [];
    const refused = await this.#do([...mapping, ...irqs.map((index) => this.#arming(index))]);
    if (refused !== undefined) throw new VfioOpenError(refused.step, refused.result);
  }

  async mapDma(iova: number, length: number, access: DmaAccess = 'read-write'): Promise<number> {
    const refused = await this.#do([this.#mapping(iova, length, access)]);
    return refused?.result ?? 0;
  }

  async unmapDma(iova: number, length: number): Promise<number> {
    const [result = 0] = await makeCalls(this.#system, [this.#backing.unmapCall(iova, length)], true);
    if (result >= 0) await makeCalls(this.#system, unmapping(this.memory.take(iova, length)), false);
    return result;
  }

  /** The process's address of the byte at `iova`, or undefined where nothing is mapped; GUARD bytes in front are mapped too. */
  addressOf(iova: number): number | undefined {
    return this.memory.addressOf(iova);
  }

  /** True once `close` was called. */
  get isClosed(): boolean {
    return this.#closed;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // The driver keeps eventfds beyond close (ABI-022): they are taken back first, as QEMU does.
    const taken = this.#eventfds.flatMap((eventfd, index): Call[] =>
      eventfd === undefined ? [] : [this.#setting(index, -1), { name: 'close', fd: eventfd[0] }],
    );
    const buffers = this.memory.take(0, Infinity);
    await makeCalls(this.#system, [...taken, ...this.#backing.closeCalls(), ...unmapping(buffers)], false);
  }

  /** Does several things in one list of calls, up to the first that is refused. @returns that one, and what it gave */
  async #do(things: readonly Thing[]): Promise<{ readonly step: string; readonly result: number } | undefined> {
    const calls: Call[] = [];
    const ranges = things.map((thing) => {
      const begin = calls.length;
      calls.push(...thing.calls(begin));
      return { thing, begin, end: calls.length };
    });
    const results = await makeCalls(this.#system, calls, true);
    const last = results.at(-1) ?? 0;
    for (const { thing, begin, end } of ranges) {
      const own = results.slice(begin, end);
      if (last >= 0 || end < results.length) thing.done(own);
      else {
        await makeCalls(this.#system, thing.undo(own.slice(0, -1)), false);
        return { step: thing.step, result: last };
      }
    }
    return undefined;
  }

  /** New memory at `iova`. */
  #mapping(iova: number, length: number, access: DmaAccess): Thing {
    const reserved = length + GUARD;
    const unmap = (address: number): Call => ({ name: 'unmap', address, length: reserved });
    return {
      step: `mapping of ${length} bytes at IOVA ${iova}`,
      calls: (index) => [
        { name: 'map', length: reserved },
        this.#backing.mapCall(iova, { index, plus: GUARD }, length, access),
      ],
      done: ([base = 0]) => {
        this.memory.add({ iova, length, address: base + GUARD, base, reserved });
      },
      undo: (bases) => bases.map(unmap),
    };
  }

  /** A new eventfd for an interrupt. */
  #arming(index: number): Thing {
    return {
      step: `VFIO_DEVICE_SET_IRQS of index ${index}`,
      calls: (at) => [{ name: 'eventfd' }, this.#setting(index, { index: at })],
      done: ([eventfd = 0]) => {
        this.#eventfds[index] = [eventfd];
      },
      undo: (eventfds) => eventfds.map((fd): Call => ({ name: 'close', fd })),
    };
  }

  /** SET_IRQS with one eventfd; -1 takes it back. */
  #setting(index: number, eventfd: Given | -1): Call {
    const isGiven = eventfd !== -1;
    return {
      name: 'ioctl',
      fd: this.fd,
      request: VfioRequest.deviceSetIrqs,
      argument: encodeIrqSet({ index, flags: EVENTFD_TRIGGER, data: encodeFd(isGiven ? 0 : -1) }),
      ...(isGiven ? { filled: { ...eventfd, offset: IrqSet.data, width: 4 as const } } : {}),
    };
  }

  #ioctl(request: number, argument: Uint8Array): Promise<number> {
    return this.#system.ioctl(this.fd, request, argument);
  }
}
