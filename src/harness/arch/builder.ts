/** Building a channel program in code, for cases: CCWs in order, with their data, buffers and indirect lists. */

import { fromHex, hex } from './bytes.js';
import { CCW_LENGTH, CcwFlag, CommonCommand, encodeCcw, type CcwFormat } from './ccw.js';
import { IndirectLayout, indirectKind, type IndirectKind, type IndirectPiece } from './indirect-layout.js';
import { commandOf, flagByte, type CcwFlagName, type Mnemonic } from './mnemonics.js';
import { makeOrb, OrbBit, type OrbRequest } from './orb.js';
import type { AssembledProgram, StoragePiece, WatchedArea } from './program.js';
import { StorageImage } from './storage-image.js';

/** What a buffer is filled with unless it says otherwise, so that bytes that nobody stored are seen. */
export const BUFFER_FILL = 0xa5;

/** How a program starts out. */
export interface ProgramBuilderOptions {
  readonly name: string;
  /** address of the first CCW, default 0x1000 */
  readonly at?: number;
  /** CCW format, default 1 */
  readonly format?: CcwFormat;
  /** address from which data and buffers are placed, default 0x20000 */
  readonly dataAt?: number;
  /**
   * Gives chain command to every CCW that is directly followed by another one of the program, at its address + 8. A TIC, and a
   * CCW that has CD, are left as they are. Default false: every CCW has the flags that it was given.
   */
  readonly chain?: boolean;
  /** fields of the ORB, see `makeOrb`; the channel-program address defaults to the first CCW */
  readonly orb?: Partial<Omit<OrbRequest, 'format'>>;
}

/** A buffer: its length alone, or with a name and more. It is filled, and watched (`dump`) when the program has run. */
export interface BufferRequest {
  readonly length: number;
  readonly name?: string;
  /** default A5 */
  readonly fill?: number;
}

/** Bytes as they are, or as hex digits with or without white space. */
export type BytesOrHex = Uint8Array | string;

/** What a CCW has besides its command. At most one of `data`, `buffer` and `address` is given. */
export interface CcwOperands {
  /** the flag byte, or the flags by name; default none */
  readonly flags?: number | readonly CcwFlagName[];
  /** default: the length of `data` or `buffer`, else 0 */
  readonly count?: number;
  /** bytes that are placed in storage */
  readonly data?: BytesOrHex;
  readonly buffer?: number | BufferRequest;
  /** data address: a number, or a label as `name`, `name+8` or `name-8` */
  readonly address?: number | string;
  /** where `data` or `buffer` is placed; default: the next doubleword of the data area */
  readonly place?: number;
}

/** What a CCW with an indirect-data-address list has. One of `pieces`, `data` and `buffer` is given. */
export interface IndirectOperands {
  /** further flags; IDA is added */
  readonly flags?: number | readonly CcwFlagName[];
  /** default: the bytes that the list covers as asked for */
  readonly count?: number;
  /** default: as the ORB says; the first kind that is named sets the ORB's bits H and T unless `control` is given */
  readonly kind?: IndirectKind;
  /** areas that the IDAWs designate one by one, exactly as given: rules of alignment may be broken */
  readonly pieces?: readonly IndirectPiece[];
  /** bytes spread over blocks that are apart from each other and in descending order of address */
  readonly data?: BytesOrHex;
  /** as `data`, for a buffer; every piece of it is filled and watched */
  readonly buffer?: number | BufferRequest;
  /** bytes into its block at which `data` or `buffer` begins; default 0 */
  readonly firstOffset?: number;
  /** address of the list; default: the next doubleword of the data area */
  readonly listAt?: number;
}

interface PlannedCcw {
  readonly address: number;
  readonly command: number;
  flags: number;
  readonly count: number;
  readonly target: number | string;
  readonly isTic: boolean;
}

const KINDS = {
  'format-1': 0,
  'format-2-4k': OrbBit.format2Idaw,
  'format-2-2k': OrbBit.format2Idaw | OrbBit.idaw2k,
} as const satisfies Record<IndirectKind, number>;

/**
 * A channel program under construction. Every method returns the builder; `build` checks the whole. Labels may be used before
 * they are defined. A named buffer is a label of the built program; a named indirect buffer is the label of its first byte,
 * and has `name.list` for its list and `name.0`, `name.1`, … for its pieces.
 *
 *     const program = new ProgramBuilder({ name: 'sense id' })
 *       .ccw('sense-id', { flags: ['sli'], buffer: { length: 24, name: 'id' } })
 *       .build();
 *
 * What cannot be built is a mistake in the caller's code and throws a RangeError that names the program.
 */
export class ProgramBuilder {
  readonly #name: string;
  readonly #chain: boolean;
  readonly #format: CcwFormat;
  readonly #image = new StorageImage();
  readonly #ccws: PlannedCcw[] = [];
  readonly #dump: WatchedArea[] = [];
  readonly #labels = new Map<string, number>();
  #orb: Partial<OrbRequest>;
  #start: number | string | undefined;
  #kind: IndirectKind | undefined;
  #scsw: Uint8Array | undefined;
  #next: number;
  #dataNext: number;

  constructor(options: ProgramBuilderOptions) {
    const { name, at = 0x1000, format = 1, dataAt = 0x2_0000, chain = false, orb = {} } = options;
    this.#name = name;
    this.#chain = chain;
    this.#format = format;
    this.#orb = orb;
    this.#next = at;
    this.#dataNext = dataAt;
  }

  /** Names the address of the next CCW. */
  label(name: string): this {
    this.#define(name, this.#next);
    return this;
  }

  /** Goes on with the next CCW at `address`. */
  at(address: number): this {
    this.#next = address;
    return this;
  }

  /** Appends a CCW. */
  ccw(command: number | Mnemonic, operands: CcwOperands = {}): this {
    const { flags = 0, data, buffer, address, place } = operands;
    if ([data, buffer, address].filter((given) => given !== undefined).length > 1) {
      this.#fail('a CCW has at most one of data, buffer and address');
    }
    let target: number | string = address ?? 0;
    let length = 0;
    if (data !== undefined) {
      const bytes = this.#bytesOf(data);
      length = bytes.length;
      target = this.#place(length, place);
      this.#image.add(target, bytes, 'data');
    } else if (buffer !== undefined) {
      const request = typeof buffer === 'number' ? { length: buffer } : buffer;
      length = request.length;
      target = this.#place(length, place);
      this.#watched(target, length, request.fill, request.name ?? 'buffer');
      if (request.name !== undefined) this.#define(request.name, target);
    }
    return this.#append(this.#codeOf(command), flagByte(flags), operands.count ?? length, target, false);
  }

  /** Appends a transfer in channel to an address or a label; flags and count are zero unless given. */
  tic(target: number | string, operands: Pick<CcwOperands, 'flags' | 'count'> = {}): this {
    const { flags = 0, count = 0 } = operands;
    return this.#append(CommonCommand.transferInChannel, flagByte(flags), count, target, true);
  }

  /** Appends a CCW with IDA, its list, and the areas that the list designates. */
  indirect(command: number | Mnemonic, operands: IndirectOperands): this {
    const kind = operands.kind ?? this.#orbKind();
    this.#useKind(kind);
    const layout = this.#layout(kind, operands);
    const list = operands.listAt ?? this.#place(layout.list.length, undefined);
    this.#image.add(list, layout.list, 'indirect list');
    const name = typeof operands.buffer === 'object' ? operands.buffer.name : undefined;
    layout.pieces.forEach((piece, index) => {
      if (piece.bytes === undefined) this.#watched(piece.at, piece.length, piece.fill, name ?? 'indirect buffer');
      else this.#image.add(piece.at, piece.bytes, 'indirect data');
      if (name !== undefined) this.#define(`${name}.${index}`, piece.at);
    });
    if (name !== undefined) {
      this.#define(`${name}.list`, list);
      this.#define(name, layout.pieces[0]?.at ?? list);
    }
    const flags = flagByte(operands.flags ?? 0) | CcwFlag.indirectDataAddress;
    return this.#append(this.#codeOf(command), flags, operands.count ?? layout.length, list, false);
  }

  /** Stores bytes at an address. */
  bytes(at: number, bytes: BytesOrHex): this {
    this.#image.add(at, this.#bytesOf(bytes), 'bytes');
    return this;
  }

  /** Stores a big-endian word of 32 bits at an address. */
  word(at: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value);
    return this.bytes(at, bytes);
  }

  /** Stores a buffer that is filled and watched, apart from any CCW. */
  buffer(at: number, request: number | BufferRequest): this {
    const { length, name, fill }: BufferRequest = typeof request === 'number' ? { length: request } : request;
    this.#watched(at, length, fill, name ?? 'buffer');
    if (name !== undefined) this.#define(name, at);
    return this;
  }

  /** Watches storage without changing it. */
  watch(at: number, length: number): this {
    this.#dump.push({ at, length });
    return this;
  }

  /** Names any address. */
  define(name: string, address: number): this {
    this.#define(name, address);
    return this;
  }

  /** Changes fields of the ORB; those not named stay. */
  orb(fields: Partial<Omit<OrbRequest, 'format'>>): this {
    this.#orb = { ...this.#orb, ...fields };
    return this;
  }

  /** Starts the program at an address or label instead of its first CCW. */
  startAt(start: number | string): this {
    this.#start = start;
    return this;
  }

  /** The SCSW words that go with the request, 12 bytes; default: function control start. */
  scsw(bytes: BytesOrHex): this {
    this.#scsw = this.#bytesOf(bytes);
    if (this.#scsw.length !== 12) this.#fail(`an SCSW has 12 bytes, not ${this.#scsw.length}`);
    return this;
  }

  /** The program. @throws RangeError for a label that is not defined, or pieces of storage that overlap. */
  build(): AssembledProgram {
    const image = new StorageImage();
    for (const piece of this.#segments()) image.add(piece.at, piece.bytes, 'CCWs');
    image.addAll(this.#image);
    const overlap = image.overlap();
    if (overlap !== undefined) {
      const [first, second] = [overlap.first, overlap.second].map(({ what, at }) => `${what} at ${hex(at)}`);
      this.#fail(`${first ?? ''} and ${second ?? ''} overlap at ${hex(overlap.at)}`);
    }
    const control = this.#orb.control ?? KINDS[this.#kind ?? 'format-2-4k'];
    const channelProgramAddress =
      this.#start === undefined
        ? (this.#orb.channelProgramAddress ?? this.#ccws[0]?.address ?? this.#next)
        : this.#resolve(this.#start);
    return {
      name: this.#name,
      memory: image.pieces(),
      orb: makeOrb({ ...this.#orb, format: this.#format, control, channelProgramAddress }),
      ...(this.#scsw === undefined ? {} : { scsw: this.#scsw }),
      dump: [...this.#dump],
      labels: new Map(this.#labels),
    };
  }

  #append(command: number, flags: number, count: number, target: number | string, isTic: boolean): this {
    if (!Number.isInteger(count) || count < 0 || count > 0xffff) this.#fail(`count ${count} is not in 0-65535`);
    this.#ccws.push({ address: this.#next, command, flags, count, target, isTic });
    this.#next += CCW_LENGTH;
    return this;
  }

  /** The CCWs as bytes, those that follow each other in one piece. */
  #segments(): StoragePiece[] {
    const ccws = this.#ccws;
    const followed = this.#chain ? new Set(ccws.map(({ address }) => address)) : undefined;
    const segments: StoragePiece[] = [];
    for (let from = 0; from < ccws.length;) {
      const { address: at } = ccws[from] as PlannedCcw;
      let to = from + 1;
      while (ccws[to]?.address === at + (to - from) * CCW_LENGTH) to++;
      const bytes = new Uint8Array((to - from) * CCW_LENGTH);
      const view = new DataView(bytes.buffer);
      for (; from < to; from++) this.#encode(ccws[from] as PlannedCcw, view, at, followed);
      segments.push({ at, bytes });
    }
    return segments;
  }

  /** Encodes a CCW of the segment at `at`; with `followed`, the addresses of all CCWs, it gets chain command where it is due. */
  #encode(ccw: PlannedCcw, view: DataView, at: number, followed: ReadonlySet<number> | undefined): void {
    const { command, count, isTic } = ccw;
    let { flags } = ccw;
    const chains = followed !== undefined && !isTic && (flags & CcwFlag.chainData) === 0;
    if (chains && followed.has(ccw.address + CCW_LENGTH)) flags |= CcwFlag.chainCommand;
    const address = this.#resolve(ccw.target);
    if (this.#format === 0 && address > 0xff_ffff) this.#fail(`address ${hex(address)} does not fit a format-0 CCW`);
    encodeCcw(view, ccw.address - at, { command, flags, count, address }, this.#format);
  }

  #layout(kind: IndirectKind, operands: IndirectOperands): IndirectLayout {
    const { pieces, data, buffer, firstOffset = 0 } = operands;
    if ([pieces, data, buffer].filter((given) => given !== undefined).length !== 1) {
      this.#fail('an indirect CCW has one of pieces, data and buffer');
    }
    if (pieces !== undefined) return IndirectLayout.of(kind, pieces);
    const { block } = indirectKind(kind);
    if (firstOffset < 0 || firstOffset >= block)
      this.#fail(`offset ${firstOffset} is not inside a block of ${block} bytes`);
    const bytes = data === undefined ? undefined : this.#bytesOf(data);
    const request = typeof buffer === 'number' ? { length: buffer } : buffer;
    const length = bytes?.length ?? request?.length ?? 0;
    const layout = IndirectLayout.spread(kind, {
      length,
      firstOffset,
      from: this.#dataNext,
      bytes,
      fill: request?.fill,
    });
    this.#dataNext = layout.end;
    return layout;
  }

  #orbKind(): IndirectKind {
    const { control } = this.#orb;
    if (control === undefined) return this.#kind ?? 'format-2-4k';
    if ((control & OrbBit.format2Idaw) === 0) return 'format-1';
    return (control & OrbBit.idaw2k) === 0 ? 'format-2-4k' : 'format-2-2k';
  }

  #useKind(kind: IndirectKind): void {
    if (this.#orb.control !== undefined && kind !== this.#orbKind()) {
      this.#fail(`IDAWs of ${kind}, but the ORB's control bits mean ${this.#orbKind()}`);
    }
    if (this.#kind !== undefined && this.#kind !== kind)
      this.#fail(`IDAWs of ${kind} and of ${this.#kind} in one program`);
    this.#kind = kind;
  }

  #watched(at: number, length: number, fill: number | undefined, what: string): void {
    this.#image.add(at, new Uint8Array(length).fill(fill ?? BUFFER_FILL), what);
    if (length > 0) this.#dump.push({ at, length });
  }

  /** An address for `length` bytes: as asked for, or the next doubleword of the data area. */
  #place(length: number, asked: number | undefined): number {
    if (asked !== undefined) return asked;
    const at = Math.ceil(this.#dataNext / 8) * 8;
    this.#dataNext = at + length;
    return at;
  }

  #define(name: string, address: number): void {
    if (this.#labels.has(name)) this.#fail(`label '${name}' is defined twice`);
    this.#labels.set(name, address);
  }

  #resolve(target: number | string): number {
    if (typeof target === 'number') return target;
    const exact = this.#labels.get(target);
    if (exact !== undefined) return exact;
    const [, name = '', sign = '', offset = ''] = /^(.+?)([+-])(\d+|0x[0-9a-f]+)$/.exec(target) ?? [];
    const base = this.#labels.get(name);
    if (base === undefined) this.#fail(`label '${target}' is not defined`);
    return sign === '-' ? base - Number(offset) : base + Number(offset);
  }

  #codeOf(command: number | Mnemonic): number {
    const code = typeof command === 'number' ? command : commandOf(command);
    if (code === undefined || code < 0 || code > 0xff) this.#fail(`there is no command '${command}'`);
    return code;
  }

  #bytesOf(bytes: BytesOrHex): Uint8Array {
    if (typeof bytes !== 'string') return bytes;
    try {
      return fromHex(bytes);
    } catch (thrown) {
      return this.#fail(thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  #fail(problem: string): never {
    throw new RangeError(`program '${this.#name}': ${problem}`);
  }
}
