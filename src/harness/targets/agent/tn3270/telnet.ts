/** Telnet as TN3270 uses it (RFC 854, 1091, 885, 856): options, and records that end with an end-of-record mark. */

/** Telnet commands. */
export const Telnet = {
  endOfRecord: 0xef,
  subnegotiationEnd: 0xf0,
  subnegotiation: 0xfa,
  will: 0xfb,
  wont: 0xfc,
  do: 0xfd,
  dont: 0xfe,
  /** interpret as command */
  iac: 0xff,
} as const;

/** Telnet options. */
export const TelnetOption = { binary: 0, terminalType: 24, endOfRecord: 25 } as const;

const TerminalType = { is: 0, send: 1 } as const;

/** Options that we take part in when the server asks us to (DO), and that the server may use (WILL). */
const ours: ReadonlySet<number> = new Set(Object.values(TelnetOption));
const theirs: ReadonlySet<number> = new Set([TelnetOption.binary, TelnetOption.endOfRecord]);

/** Longest record that is taken, and longest subnegotiation, in bytes. */
const LONGEST_RECORD = 0x1_0000;
const LONGEST_SUBNEGOTIATION = 256;

/** What a server sent that is not telnet of this kind. */
export class TelnetError extends Error {
  override readonly name = 'TelnetError';
}

/** What comes out of the bytes of a server. */
export interface TelnetEvents {
  /** a record is complete; its bytes are the receiver's to keep */
  record(bytes: Buffer): void;
  /** bytes that the server must get in answer */
  reply(bytes: Buffer): void;
}

type State = 'data' | 'command' | 'option' | 'subnegotiation' | 'subnegotiation command';

/** The client's side of a telnet connection: answers the server's options, and takes records out of the stream. */
export class TelnetReceiver {
  #state: State = 'data';
  #verb = 0;
  #parts: Buffer[] = [];
  #length = 0;
  #subnegotiation: number[] = [];
  /** options that are on already: they are not confirmed a second time */
  readonly #ours = new Set<number>();
  readonly #theirs = new Set<number>();

  /** @param terminalType what the server is told, for example `IBM-3278-2-E` */
  constructor(
    private readonly terminalType: string,
    private readonly events: TelnetEvents,
  ) {}

  /** @throws TelnetError for a record that never ends */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      if (this.#state !== 'data') {
        this.#command(chunk[at++] ?? 0);
        continue;
      }
      const iac = chunk.indexOf(Telnet.iac, at);
      const end = iac < 0 ? chunk.length : iac;
      if (end > at) this.#data(chunk.subarray(at, end));
      if (iac >= 0) this.#state = 'command';
      at = iac < 0 ? end : iac + 1;
    }
  }

  #data(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
    if (this.#length > LONGEST_RECORD) throw new TelnetError(`a record of more than ${LONGEST_RECORD} bytes`);
  }

  #command(byte: number): void {
    switch (this.#state) {
      case 'command':
        this.#state = this.#begin(byte);
        break;
      case 'option':
        this.#state = 'data';
        this.#answer(this.#verb, byte);
        break;
      case 'subnegotiation':
        if (byte === Telnet.iac) this.#state = 'subnegotiation command';
        else this.#subnegotiate(byte);
        break;
      case 'subnegotiation command':
        this.#state = byte === Telnet.subnegotiationEnd ? 'data' : 'subnegotiation';
        if (byte === Telnet.subnegotiationEnd) this.#endSubnegotiation();
        else this.#subnegotiate(byte);
        break;
      case 'data':
        break;
    }
  }

  /** The byte behind IAC. @returns the state that follows */
  #begin(byte: number): State {
    switch (byte) {
      case Telnet.iac:
        this.#data(Buffer.of(Telnet.iac));
        return 'data';
      case Telnet.endOfRecord:
        this.#endRecord();
        return 'data';
      case Telnet.subnegotiation:
        this.#subnegotiation = [];
        return 'subnegotiation';
      case Telnet.will:
      case Telnet.wont:
      case Telnet.do:
      case Telnet.dont:
        this.#verb = byte;
        return 'option';
      default:
        return 'data'; // NOP, timing mark and the like
    }
  }

  #endRecord(): void {
    const record = Buffer.concat(this.#parts, this.#length);
    this.#parts = [];
    this.#length = 0;
    this.events.record(record);
  }

  #answer(verb: number, option: number): void {
    const isOurs = verb === Telnet.do || verb === Telnet.dont;
    const on = isOurs ? this.#ours : this.#theirs;
    const [yes, no] = isOurs ? [Telnet.will, Telnet.wont] : [Telnet.do, Telnet.dont];
    const isAsked = verb === Telnet.do || verb === Telnet.will;
    const isTaken = isAsked && (isOurs ? ours : theirs).has(option);
    // What is as it was needs no answer, or the two sides would confirm for ever; a refusal is always said.
    if (isTaken === on.has(option) && (isTaken || !isAsked)) return;
    if (isTaken) on.add(option);
    else on.delete(option);
    this.events.reply(Buffer.of(Telnet.iac, isTaken ? yes : no, option));
  }

  #subnegotiate(byte: number): void {
    this.#subnegotiation.push(byte);
    if (this.#subnegotiation.length > LONGEST_SUBNEGOTIATION) throw new TelnetError('a subnegotiation without an end');
  }

  #endSubnegotiation(): void {
    const [option, what] = this.#subnegotiation;
    if (option !== TelnetOption.terminalType || what !== TerminalType.send) return;
    this.events.reply(
      Buffer.concat([
        Buffer.of(Telnet.iac, Telnet.subnegotiation, option, TerminalType.is),
        Buffer.from(this.terminalType, 'ascii'),
        Buffer.of(Telnet.iac, Telnet.subnegotiationEnd),
      ]),
    );
  }
}

/** A record as it is sent: every byte FF twice, and the end-of-record mark. */
export function encodeRecord(bytes: Uint8Array): Buffer {
  let doubled = 0;
  for (const byte of bytes) if (byte === Telnet.iac) doubled++;
  const record = Buffer.allocUnsafe(bytes.length + doubled + 2);
  let next = 0;
  for (const byte of bytes) {
    record[next++] = byte;
    if (byte === Telnet.iac) record[next++] = byte;
  }
  record[next++] = Telnet.iac;
  record[next] = Telnet.endOfRecord;
  return record;
}
