/** A 3270 terminal that nobody sits at: bytes to and from a program that has the full screen (agent/protocol.md, "Ways"). */

import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

import {
  agentPayload,
  commandOf,
  enterRecord,
  isQuery,
  LONGEST_PAYLOAD,
  queryReply,
  screenText,
} from './datastream.js';
import { encodeRecord, TelnetError, TelnetReceiver } from './telnet.js';

/** A 3278 model 2 with extended attributes: without them the host's driver is never answered its query. */
const TERMINAL_TYPE = 'IBM-3278-2-E';

const AGAIN_MS = 2_000;

/** How a terminal is used. */
export interface Tn3270Options {
  /** what the server is told; `IBM-3278-2-E` if left out */
  readonly terminalType?: string;
  /** milliseconds from an attention that the host did not follow to the same again; 2,000 if left out */
  readonly againMs?: number;
}

/** One record on its way to the program. */
interface Outgoing {
  readonly record: Buffer;
  /** the host has asked for it, and has it */
  fetched: boolean;
}

/**
 * The terminal as a stream of bytes. One record is on its way at a time: Enter raises an attention, the host's Read Buffer
 * fetches the record, and the program's next write says that it has it. A record that is sent earlier would be joined to the
 * one before, or lost.
 */
export class Tn3270 extends Duplex {
  readonly #socket: Socket;
  readonly #telnet: TelnetReceiver;
  readonly #againMs: number;
  #records: Outgoing[] = [];
  #whenSent: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** the program has the screen */
  #isOpen = false;
  #screen = '';

  /** @param socket connected to the server's terminal port */
  constructor(socket: Socket, { terminalType = TERMINAL_TYPE, againMs = AGAIN_MS }: Tn3270Options = {}) {
    super();
    this.#againMs = againMs;
    this.#socket = socket;
    this.#telnet = new TelnetReceiver(terminalType, {
      record: (record) => {
        this.#onRecord(record);
      },
      reply: (bytes) => {
        socket.write(bytes);
      },
    });
    socket.on('data', (chunk) => {
      try {
        this.#telnet.push(chunk);
      } catch (thrown) {
        if (!(thrown instanceof TelnetError)) throw thrown;
        this.destroy(new Error(`the terminal server sent ${thrown.message}`));
      }
    });
    socket.on('end', () => {
      this.push(null);
    });
    socket.on('error', (error) => {
      this.destroy(error);
    });
    socket.on('close', () => {
      this.destroy();
    });
  }

  /** The text that the host last put on the screen by itself. */
  get screen(): string {
    return this.#screen;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.#queue(chunk, callback);
  }

  override _writev(chunks: { chunk: Buffer }[], callback: () => void): void {
    this.#queue(Buffer.concat(chunks.map(({ chunk }) => chunk)), callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#socket.destroy();
    if (this.#socket.closed) callback(error);
    else
      this.#socket.once('close', () => {
        callback(error);
      });
  }

  #queue(bytes: Buffer, callback: () => void): void {
    for (let from = 0; from < bytes.length; from += LONGEST_PAYLOAD) {
      const payload = bytes.subarray(from, from + LONGEST_PAYLOAD);
      this.#records.push({ record: encodeRecord(enterRecord(payload)), fetched: false });
    }
    this.#whenSent = callback;
    this.#sendFirst();
  }

  /** Raises the attention for the first record, once the program is there; or says that all were taken. */
  #sendFirst(): void {
    clearTimeout(this.#timer);
    const first = this.#records[0];
    if (first === undefined) {
      const callback = this.#whenSent;
      this.#whenSent = undefined;
      callback?.();
      return;
    }
    if (!this.#isOpen) return;
    this.#socket.write(first.record);
    // An attention at a moment when the device was busy may be lost.
    this.#timer = setTimeout(() => {
      if (!first.fetched) this.#sendFirst();
    }, this.#againMs);
  }

  #onRecord(record: Buffer): void {
    const payload = agentPayload(record);
    if (payload !== undefined) {
      this.#onAgent(payload);
      return;
    }
    switch (commandOf(record)) {
      case 'read buffer':
      case 'read modified':
      case 'read modified all':
        this.#onFetch();
        break;
      case 'write structured field':
        if (isQuery(record)) this.#socket.write(encodeRecord(queryReply()));
        break;
      case 'write':
      case 'erase/write':
      case 'erase/write alternate':
        this.#screen = screenText(record);
        break;
      case 'erase all unprotected':
      case undefined:
        break;
    }
  }

  /** The program wrote: it is there, and has what it fetched. */
  #onAgent(payload: Buffer): void {
    const wasOpen = this.#isOpen;
    this.#isOpen = true;
    if (this.#records[0]?.fetched === true) {
      this.#records.shift();
      this.#sendFirst();
    } else if (!wasOpen) this.#sendFirst();
    if (payload.length > 0 && !this.push(payload)) this.#socket.pause();
  }

  /** The host reads: the record that raised the attention, once; else nothing. */
  #onFetch(): void {
    const first = this.#records[0];
    if (first === undefined || first.fetched || !this.#isOpen) this.#socket.write(encodeRecord(enterRecord(nothing)));
    else {
      first.fetched = true;
      clearTimeout(this.#timer);
      this.#socket.write(first.record);
    }
  }
}

const nothing = new Uint8Array();
