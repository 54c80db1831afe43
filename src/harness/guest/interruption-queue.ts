/** I/O interruptions that are pending for the guest, by interruption subclass. */

/** One pending I/O interruption: the I/O-interruption code of SA22-7832 chapter 17. */
export interface IoInterruption {
  /** subsystem-identification word: cssid, M, ssid, one, subchannel number */
  readonly subsystemId: number;
  readonly interruptionParameter: number;
  /** interruption-identification word; the interruption subclass in bits 2-4 */
  readonly identification: number;
}

/** Who delivers interruptions: KVM's or QEMU's own list; they differ in order and in what TEST SUBCHANNEL takes. */
export type Accelerator = 'kvm' | 'tcg';

const SUBCLASSES = 8;

/** I/O interruptions that are pending for the guest, by interruption subclass. */
export class InterruptionQueue {
  readonly #pending: IoInterruption[][] = Array.from({ length: SUBCLASSES }, () => []);
  #count = 0;

  constructor(readonly accelerator: Accelerator) {}

  /** Adds an interruption: behind the others of its subclass under KVM, before them under TCG. They are never merged. */
  inject(interruption: IoInterruption): void {
    const list = this.#subclass(interruption);
    if (this.accelerator === 'kvm') list.push(interruption);
    else list.unshift(interruption);
    this.#count++;
  }

  /** Puts back what `take` gave, as the next of its subclass. */
  putBack(interruption: IoInterruption): void {
    this.#subclass(interruption).unshift(interruption);
    this.#count++;
  }

  /** True if `take` would give one. @param mask subclass mask: 80 for ISC 0 to 01 for ISC 7 */
  isPending(mask: number): boolean {
    if (this.#count === 0) return false;
    return this.#pending.some((list, isc) => list.length > 0 && (mask & (0x80 >> isc)) !== 0);
  }

  /** Takes the next interruption of the lowest-numbered subclass that `mask` enables. */
  take(mask: number): IoInterruption | undefined {
    if (this.#count === 0) return undefined;
    for (let isc = 0; isc < SUBCLASSES; isc++) {
      const list = this.#pending[isc];
      if (list === undefined || list.length === 0 || (mask & (0x80 >> isc)) === 0) continue;
      this.#count--;
      return list.shift();
    }
    return undefined;
  }

  /** Takes the next interruption of one subchannel, whatever its subclass and the mask: what KVM does for TEST SUBCHANNEL. */
  takeOf(subsystemId: number): IoInterruption | undefined {
    if (this.#count === 0) return undefined;
    for (const list of this.#pending) {
      const at = list.findIndex((interruption) => interruption.subsystemId === subsystemId);
      if (at < 0) continue;
      this.#count--;
      return list.splice(at, 1)[0];
    }
    return undefined;
  }

  /** Drops every interruption of one subchannel: its parameters were initialized. */
  drop(subsystemId: number): void {
    while (this.takeOf(subsystemId) !== undefined) {
      // one at a time
    }
  }

  clear(): void {
    for (const list of this.#pending) list.length = 0;
    this.#count = 0;
  }

  #subclass({ identification }: IoInterruption): IoInterruption[] {
    const list = this.#pending[(identification >>> 27) & 7];
    if (list === undefined) throw new RangeError('unreachable: three bits name eight subclasses');
    return list;
  }
}
