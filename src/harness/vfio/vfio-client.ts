/** The VFIO client: an open device over any SystemPort. */

import type {
  DeviceFiles,
  DmaAccess,
  IrqSetRequest,
  SystemPort,
  VfioDeviceInfo,
  VfioIrqInfo,
  VfioPort,
  VfioRegionInfo,
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
  IrqSetFlag,
  VfioRequest,
} from '../uapi/index.js';
import type { DeviceBacking } from './backing.js';
import { type MappedBuffer, MappedMemory } from './mapped-memory.js';

/**
 * Bytes of the process's memory in front of every mapped buffer that belong to nobody: where a driver's access falls that
 * was meant for the mapping below (TRN-058).
 */
export const GUARD = 4096;

const EVENTFD_TRIGGER = IrqSetFlag.dataEventfd | IrqSetFlag.actionTrigger;
const firstCount = (counts: readonly number[]): number => counts[0] ?? 0;
const nothing = Promise.resolve(0);

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

  constructor(system: SystemPort, backing: DeviceBacking) {
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
    const eventfd = await this.#system.eventfd();
    if (eventfd < 0) return eventfd;
    const result = await this.setIrqs({ index, flags: EVENTFD_TRIGGER, data: encodeFd(eventfd) });
    if (result < 0) {
      await this.#system.close(eventfd);
      return result;
    }
    const before = this.#eventfds[index];
    this.#eventfds[index] = [eventfd];
    if (before !== undefined) await this.#system.close(before[0]);
    return 0;
  }

  waitIrq(index: number, timeoutMs: number): Promise<number> {
    const eventfd = this.#eventfds[index];
    return eventfd === undefined ? nothing : this.#system.waitEventfds(eventfd, timeoutMs).then(firstCount);
  }

  async waitAnyIrq(indexes: readonly number[], timeoutMs: number): Promise<readonly number[]> {
    const armed = indexes.flatMap((index) => this.#eventfds[index] ?? []);
    const counts = await this.#system.waitEventfds(armed, timeoutMs);
    if (armed.length === indexes.length) return counts;
    let next = 0;
    return indexes.map((index) => (this.#eventfds[index] === undefined ? 0 : (counts[next++] ?? 0)));
  }

  reset(): Promise<number> {
    return this.#system.ioctl(this.fd, VfioRequest.deviceReset, 0);
  }

  async mapDma(iova: number, length: number, access: DmaAccess = 'read-write'): Promise<number> {
    const { memory } = this.#system;
    const reserved = length + GUARD;
    const base = await memory.map(reserved);
    if (base < 0) return base;
    const address = base + GUARD;
    const result = await this.#backing.map(iova, address, length, access);
    if (result < 0) await memory.unmap(base, reserved);
    else this.memory.add({ iova, length, address, base, reserved });
    return result;
  }

  async unmapDma(iova: number, length: number): Promise<number> {
    const result = await this.#backing.unmap(iova, length);
    if (result >= 0) await this.#release(this.memory.take(iova, length));
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
    for (const [index, eventfd] of this.#eventfds.entries()) {
      if (eventfd === undefined) continue;
      await this.setIrqs({ index, flags: EVENTFD_TRIGGER, data: encodeFd(-1) });
      await this.#system.close(eventfd[0]);
    }
    await this.#backing.close();
    await this.#release(this.memory.take(0, Infinity));
  }

  async #release(buffers: readonly MappedBuffer[]): Promise<void> {
    for (const { base, reserved } of buffers) await this.#system.memory.unmap(base, reserved);
  }

  #ioctl(request: number, argument: Uint8Array): Promise<number> {
    return this.#system.ioctl(this.fd, request, argument);
  }
}
