/** The memory that a process of the agent has mapped, as this side knows it. */

/** Ranges of addresses that were mapped and not unmapped again. */
export class MappedRanges {
  #ranges: { readonly address: number; readonly length: number }[] = [];

  /** The ranges of a process that was just forked: those of its parent. */
  copy(): MappedRanges {
    const copy = new MappedRanges();
    copy.#ranges = [...this.#ranges];
    return copy;
  }

  add(address: number, length: number): void {
    this.#ranges.push({ address, length });
  }

  /** Takes out every range that [address, address + length) touches: what is left of it is not certain any more. */
  remove(address: number, length: number): void {
    this.#ranges = this.#ranges.filter(
      (range) => range.address + range.length <= address || address + length <= range.address,
    );
  }

  clear(): void {
    this.#ranges = [];
  }

  /** True if all of [address, address + length) is certainly mapped. */
  covers(address: number, length: number): boolean {
    for (const range of this.#ranges) {
      if (address >= range.address && address + length <= range.address + range.length) return true;
    }
    return false;
  }
}
