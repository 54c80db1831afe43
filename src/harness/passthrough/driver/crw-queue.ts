/** Channel-report words for the guest, first in, first out: section 6.3. Each is a kernel allocation. */

import { AllocationTag } from '../../machine/storage.js';
import type { HostKernel } from './host-kernel.js';

const CRW_BYTES = 24;

/** Channel reports of one device, in kernel memory, until user space reads them. */
export class CrwQueue {
  readonly #host: HostKernel;
  /** absolute addresses of the queued words, oldest first */
  #queued: number[] = [];

  constructor(host: HostKernel) {
    this.#host = host;
  }

  get isEmpty(): boolean {
    return this.#queued.length === 0;
  }

  /** Queues `word`. @returns false if there was no memory for it: the report is lost, and nobody learns of it */
  add(word: number): boolean {
    const entry = this.#host.memory.allocate(CRW_BYTES, AllocationTag.crw);
    if (entry === 0) return false;
    this.#host.storage.lowView.setUint32(entry, word);
    this.#queued.push(entry);
    return true;
  }

  /** Takes the oldest word; 0 if there is none. */
  take(): number {
    const { faults, memory, profile, scheduler, storage } = this.#host;
    const entry = this.#queued[0];
    if (entry === undefined) return 0;
    const word = storage.lowView.getUint32(entry);
    if (!profile.crwListLocked) {
      // CVE-2026-80547: between finding the entry and unlinking it, the list may change.
      const last = this.#queued.length === 1;
      scheduler.point('driver:crw-found');
      if (last && this.#queued.length > 1) {
        faults.record('list corruption: a channel-report word is lost', 'read of the CRW region', 'CVE-2026-80547');
        this.#queued.length = 1;
      }
    }
    this.#queued.shift();
    memory.release(entry);
    return word;
  }

  /** Frees everything. */
  clear(): void {
    for (const entry of this.#queued) this.#host.memory.release(entry);
    this.#queued = [];
  }
}
