/**
 * What a debugging kernel would have shouted: accesses beyond an allocation, use after free, double frees, sleeping under a
 * spinlock. A driver without defects records none; one that is recorded fails the case that provoked it.
 */

/** One thing that the modelled kernel did to itself. */
export interface KernelFault {
  /** what happened, in the words of the tool that would have found it: `read beyond allocation: …` */
  readonly what: string;
  /** the place in the driver, for example `segment length count` */
  readonly where: string;
  /** the record of the bug, if it has one: `CVE-2026-80550` */
  readonly cve?: string;
}

/** The faults of one host's kernel since it was made. */
export class KernelFaultLog {
  readonly #faults: KernelFault[] = [];

  /** Records a fault. */
  record(what: string, where: string, cve?: string): void {
    this.#faults.push(cve === undefined ? { what, where } : { what, where, cve });
  }

  /** Every fault, oldest first. */
  get all(): readonly KernelFault[] {
    return this.#faults;
  }

  /** Forgets what was recorded. */
  clear(): void {
    this.#faults.length = 0;
  }
}
