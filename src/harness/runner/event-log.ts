/**
 * Events on their way from the worker to the main thread, in memory that both see. A message wakes the other thread, which
 * costs more than many a case; and what lies in this memory is not lost when the worker never answers again.
 */

/** Bytes on the way at most; a longer event is handed over in pieces. */
const CAPACITY = 1 << 18;
const Slot = { written: 0, read: 1 } as const;
const HEADER = 16;
const LINE_END = 0x0a;
/** Milliseconds that the worker waits for room; a main thread that stands still longer is waited for again. */
const PATIENCE = 1000;

/**
 * A ring of lines of JSON, with one writer and one reader. `written` and `read` count bytes modulo 2^31 for ever; a line ends
 * with a line feed, which JSON text does not contain.
 */
export class EventLog {
  readonly #slots: Int32Array;
  readonly #bytes: Uint8Array;
  #partial: Buffer[] = [];

  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(HEADER + CAPACITY)) {
    this.#slots = new Int32Array(buffer, 0, HEADER / 4);
    this.#bytes = new Uint8Array(buffer, HEADER);
  }

  /**
   * Worker: adds an event.
   * @param wake asks the reader to take; called when there is no room, before waiting for it
   */
  add(event: unknown, wake: () => void): void {
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    for (let done = 0; done < line.length;) {
      const written = Atomics.load(this.#slots, Slot.written);
      const read = Atomics.load(this.#slots, Slot.read);
      const room = CAPACITY - distance(read, written);
      if (room === 0) {
        wake();
        Atomics.wait(this.#slots, Slot.read, read, PATIENCE);
        continue;
      }
      const at = written % CAPACITY;
      const piece = line.subarray(done, done + Math.min(room, CAPACITY - at));
      this.#bytes.set(piece, at);
      Atomics.store(this.#slots, Slot.written, advanced(written, piece.length));
      done += piece.length;
    }
  }

  /** Main thread: takes what is whole, oldest first. */
  take(): unknown[] {
    const events: unknown[] = [];
    for (;;) {
      const read = Atomics.load(this.#slots, Slot.read);
      const length = distance(read, Atomics.load(this.#slots, Slot.written));
      if (length === 0) return events;
      const at = read % CAPACITY;
      const piece = Buffer.from(this.#bytes.slice(at, at + Math.min(length, CAPACITY - at)));
      Atomics.store(this.#slots, Slot.read, advanced(read, piece.length));
      Atomics.notify(this.#slots, Slot.read);
      this.#split(piece, events);
    }
  }

  #split(piece: Buffer, events: unknown[]): void {
    let from = 0;
    for (let end = piece.indexOf(LINE_END); end >= 0; end = piece.indexOf(LINE_END, from)) {
      this.#partial.push(piece.subarray(from, end));
      events.push(JSON.parse(Buffer.concat(this.#partial).toString()));
      this.#partial = [];
      from = end + 1;
    }
    if (from < piece.length) this.#partial.push(piece.subarray(from));
  }
}

/** Counters stay below 2^31, a multiple of the capacity. */
const advanced = (count: number, by: number): number => (count + by) & 0x7fffffff;
const distance = (from: number, to: number): number => (to - from) & 0x7fffffff;
