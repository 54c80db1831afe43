/** The last bytes of a stream of any length. */

/** Keeps no more than `limit` bytes of what it is given: the last ones. */
export class Tail {
  private readonly chunks: Buffer[] = [];
  private kept = 0;
  private dropped = false;

  /** @param limit bytes, 1 or more */
  constructor(private readonly limit: number) {}

  /** True if something was given that is not kept any more. */
  get isCut(): boolean {
    return this.dropped;
  }

  add(chunk: Uint8Array): void {
    this.chunks.push(Buffer.from(chunk));
    this.kept += chunk.length;
    for (let first = this.chunks[0]; first !== undefined && this.kept > this.limit; first = this.chunks[0]) {
      const surplus = this.kept - this.limit;
      this.dropped = true;
      this.kept -= Math.min(surplus, first.length);
      if (surplus >= first.length) this.chunks.shift();
      else this.chunks[0] = first.subarray(surplus);
    }
  }

  bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  /** As UTF-8 text; a cut tail begins with a whole line. */
  text(): string {
    const text = this.bytes().toString('utf8');
    return this.dropped ? text.slice(text.indexOf('\n') + 1) : text;
  }
}
