/** Wraps a SystemPort and remembers what is open, so that what a case leaves open can be named. */

import type { Call, LedgerEntry, SystemPort } from '../../ports/index.js';
import { VfioRequest } from '../../uapi/index.js';
import type { HostSystem } from './connection.js';

/** A process on the host with a list of the files that it opened and did not close. */
export class WatchedSystem implements HostSystem {
  readonly memory: SystemPort['memory'];
  readonly #system: HostSystem;
  /** what each open descriptor is */
  readonly #open = new Map<number, string>();
  readonly #children = new Set<WatchedSystem>();
  readonly #ended: () => void;

  constructor(system: HostSystem, ended: () => void = () => undefined) {
    this.#system = system;
    this.#ended = ended;
    this.memory = system.memory;
  }

  /** An entry for each descriptor that this process opened, and for each of its processes that has not ended but `except`. */
  ledger(except?: WatchedSystem): LedgerEntry[] {
    const files = [...this.#open].map(([fd, what]): LedgerEntry => ({ kind: 'open file', what, takenAt: `fd ${fd}` }));
    const others = [...this.#children].filter((child) => child !== except);
    const what = 'files of a process that has not ended';
    return [...files, ...others.map((): LedgerEntry => ({ kind: 'open file', what, takenAt: 'fork' }))];
  }

  /** Everything was closed from elsewhere. */
  forget(): void {
    this.#open.clear();
    this.#children.clear();
  }

  async open(path: string): Promise<number> {
    return this.#opened(await this.#system.open(path), path);
  }

  async close(fd: number): Promise<number> {
    const result = await this.#system.close(fd);
    this.#open.delete(fd);
    return result;
  }

  async eventfd(): Promise<number> {
    return this.#opened(await this.#system.eventfd(), 'eventfd');
  }

  async ioctl(...[fd, request, argument]: Parameters<SystemPort['ioctl']>): Promise<number> {
    const result = await this.#system.ioctl(fd, request, argument);
    return request === VfioRequest.groupGetDeviceFd ? this.#opened(result, `device ${String(argument)}`) : result;
  }

  /** Only where the host's system has it. */
  get calls(): SystemPort['calls'] {
    const system = this.#system;
    if (system.calls === undefined) return undefined;
    return async (list, stopAtFailure) => {
      const results = (await system.calls?.(list, stopAtFailure)) ?? [];
      results.forEach((result, index) => {
        const call = list[index];
        if (call !== undefined) this.#made(call, result);
      });
      return results;
    };
  }

  async fork(): Promise<WatchedSystem> {
    const child = new WatchedSystem(await this.#system.fork(), () => this.#children.delete(child));
    this.#children.add(child);
    return child;
  }

  async exit(): Promise<void> {
    await this.#system.exit?.();
    this.#ended();
  }

  read(...call: Parameters<SystemPort['read']>): Promise<number> {
    return this.#system.read(...call);
  }

  write(...call: Parameters<SystemPort['write']>): Promise<number> {
    return this.#system.write(...call);
  }

  pread(...[fd, into, offset]: Parameters<SystemPort['pread']>): Promise<number> {
    return this.#system.pread(fd, into, offset);
  }

  pwrite(...[fd, bytes, offset]: Parameters<SystemPort['pwrite']>): Promise<number> {
    return this.#system.pwrite(fd, bytes, offset);
  }

  preadv(...call: Parameters<SystemPort['preadv']>): Promise<number> {
    return this.#system.preadv(...call);
  }

  pwritev(...call: Parameters<SystemPort['pwritev']>): Promise<number> {
    return this.#system.pwritev(...call);
  }

  lseek(...call: Parameters<SystemPort['lseek']>): Promise<number> {
    return this.#system.lseek(...call);
  }

  mmap(...call: Parameters<SystemPort['mmap']>): Promise<number> {
    return this.#system.mmap(...call);
  }

  waitEventfds(...[fds, timeoutMs]: Parameters<SystemPort['waitEventfds']>): Promise<number[]> {
    return this.#system.waitEventfds(fds, timeoutMs);
  }

  readAttribute(path: string): Promise<string | number> {
    return this.#system.readAttribute(path);
  }

  writeAttribute(path: string, text: string): Promise<number> {
    return this.#system.writeAttribute(path, text);
  }

  list(path: string): Promise<string[] | number> {
    return this.#system.list(path);
  }

  /** Only where the host's system has it; see `HostSystem`. */
  get limit(): HostSystem['limit'] {
    const system = this.#system;
    return system.limit?.bind(system);
  }

  get alternate(): HostSystem['alternate'] {
    const system = this.#system;
    return system.alternate?.bind(system);
  }

  get failAllocation(): HostSystem['failAllocation'] {
    const system = this.#system;
    return system.failAllocation?.bind(system);
  }

  /** A call of a list was made. */
  #made(call: Call, result: number): void {
    if (call.name === 'open') this.#opened(result, call.path);
    else if (call.name === 'eventfd') this.#opened(result, 'eventfd');
    else if (call.name === 'close' && typeof call.fd === 'number') this.#open.delete(call.fd);
    else if (call.name === 'ioctl' && call.request === VfioRequest.groupGetDeviceFd)
      this.#opened(result, `device ${String(call.argument)}`);
  }

  #opened(fd: number, what: string): number {
    if (fd >= 0) this.#open.set(fd, what);
    return fd;
  }
}
