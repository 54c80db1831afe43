/** Writing to a terminal or a pipe that may go away. */

/** What the reports need of a stream. */
export interface ReportStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Writes to `stream` until it breaks (a reader like `head` that has seen enough); what comes later is dropped. */
export class StreamWriter {
  #broken = false;

  constructor(readonly stream: ReportStream) {
    stream.on('error', () => {
      this.#broken = true;
    });
  }

  write(text: string): void {
    if (!this.#broken) this.stream.write(text);
  }
}
