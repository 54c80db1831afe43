/** The standard input and output of a process, as one stream of bytes. */

import { Duplex } from 'node:stream';

import type { Ending, RunningProcess } from '../../../process/index.js';

/** From the end of its input to the request to end: an agent ends by itself when its input does. */
const GRACE_MS = 2_000;

/**
 * Ends when the process has ended and everything that it said was read, so that its last words are known by then. Destroying it
 * ends the process.
 */
export class ProcessStream extends Duplex {
  readonly #process: RunningProcess;
  #ending: Ending | undefined;

  /** @param process started with pipes for its input and output */
  constructor(process: RunningProcess) {
    super({ decodeStrings: true });
    this.#process = process;
    const { stdin, stdout } = process;
    stdout.on('data', (chunk: Buffer) => {
      // What comes after the end was asked for is read and dropped, so that the process can end.
      if (!this.destroyed && !this.push(chunk)) stdout.pause();
    });
    stdout.on('error', () => undefined);
    stdin.on('error', () => undefined);
    void process.ended.then((ending) => {
      this.#ending = ending;
      this.push(null);
    });
  }

  /** How the process ended, and what it said last on its standard error. */
  get lastWords(): string {
    const said = this.#process.errors.text().trimEnd();
    return this.#ending === undefined ? said : [said, describe(this.#ending)].filter((line) => line !== '').join('\n');
  }

  /** The exit code, once it has ended by itself. */
  get exitCode(): number | undefined {
    return this.#ending?.code;
  }

  override _read(): void {
    this.#process.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    const { stdin } = this.#process;
    // A process that has ended is told by the end of its output, with its last words; not here.
    if (stdin.destroyed || stdin.write(chunk)) callback();
    else {
      const go = (): void => {
        stdin.removeListener('drain', go);
        stdin.removeListener('close', go);
        callback();
      };
      stdin.on('drain', go);
      stdin.on('close', go);
    }
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#process.stdin.end();
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const { stdin, stdout } = this.#process;
    stdin.end();
    stdout.resume();
    const timer = setTimeout(() => {
      this.#process.stop();
    }, GRACE_MS);
    void this.#process.ended.then(() => {
      clearTimeout(timer);
      callback(error);
    });
  }
}

function describe({ code, signal }: Ending): string {
  return signal === undefined ? `it ended with exit code ${code ?? '?'}` : `it was ended by ${signal}`;
}
