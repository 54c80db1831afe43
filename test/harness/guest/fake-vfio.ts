/** A vfio-ccw device that answers what a test tells it, and writes down what it was asked. */

import { IRB_BASE_LENGTH, ORB_LENGTH, SCHIB_LENGTH, SchibOffset, viewOf } from '../../../src/harness/arch/index.js';
import { openGuest } from '../../../src/harness/guest/index.js';
import type {
  ChannelOptions,
  ChannelPort,
  GuestMemory,
  IrqSetRequest,
  VfioDeviceInfo,
  VfioIrqInfo,
  VfioPort,
  VfioRegionInfo,
} from '../../../src/harness/ports/index.js';
import { Errno, IoRegion, RegionFlag, RegionIndex, regionOffset } from '../../../src/harness/uapi/index.js';

export const SCHID = 0x0001_0000;
/** where the tests' operands are in guest storage */
export const ORB_AT = 0x1000;
export const SCHIB_AT = 0x1100;
export const IRB_AT = 0x1200;
export const WORD_AT = 0x1300;
export const BLOCK_AT = 0x2000;
export const STORAGE = 0x1_0000;

export interface FakeOptions {
  readonly regions?: number;
  readonly irqs?: number;
  /** sizes of the four regions */
  readonly sizes?: readonly number[];
  readonly flags?: number;
  /** result of armIrq by index */
  readonly armed?: ReadonlyMap<number, number>;
  /** memory only through promises, and one interrupt waited for at a time, as through an agent */
  readonly remote?: boolean;
}

export class FakeVfio implements VfioPort {
  readonly fd = 7;
  readonly bytes = new Uint8Array(STORAGE);
  /** every write to a region: offset and bytes */
  readonly writes: { offset: number; bytes: Uint8Array }[] = [];
  readonly reads: number[] = [];
  readonly calls: string[] = [];
  /** results of the next writes; when used up, the write is taken whole */
  writeResults: number[] = [];
  /** results of the next reads of the I/O region; when used up, the read gives the region */
  ioReadResults: number[] = [];
  schibResult: number | undefined;
  readonly irb = new Uint8Array(96);
  readonly hostSchib = new Uint8Array(SCHIB_LENGTH);
  readonly crws: number[] = [];
  readonly signals = [0, 0, 0];
  readonly memory: GuestMemory;
  readonly waitAnyIrq?: (indexes: readonly number[], timeoutMs: number) => Promise<readonly number[]>;

  constructor(private readonly options: FakeOptions = {}) {
    const readSync = (iova: number, into: Uint8Array): void => {
      into.set(this.bytes.subarray(iova, iova + into.length));
    };
    const writeSync = (iova: number, bytes: Uint8Array): void => {
      this.bytes.set(bytes, iova);
    };
    const memory: GuestMemory = {
      read(iova, into) {
        readSync(iova, into);
        return Promise.resolve();
      },
      write(iova, bytes) {
        writeSync(iova, bytes);
        return Promise.resolve();
      },
    };
    if (options.remote === true) {
      this.memory = memory;
    } else {
      this.memory = { ...memory, readSync, writeSync };
      this.waitAnyIrq = (indexes) => Promise.resolve(indexes.map((index) => this.#take(index)));
    }
    const schib = viewOf(this.hostSchib);
    schib.setUint8(SchibOffset.pnom, 0x01);
    schib.setUint8(SchibOffset.lpum, 0x40);
    schib.setUint8(SchibOffset.pim, 0xc0);
    schib.setUint8(SchibOffset.pam, 0xc0);
    schib.setUint8(SchibOffset.pom, 0xff);
    this.hostSchib.set([0x40, 0x41, 0x42], SchibOffset.chpid);
  }

  info(): Promise<VfioDeviceInfo | number> {
    const { regions = 4, irqs = 3, flags = 0x11 } = this.options;
    return Promise.resolve({ flags, regions, irqs });
  }

  regionInfo(index: number): Promise<VfioRegionInfo | number> {
    const size = (this.options.sizes ?? [IoRegion.length, 8, SCHIB_LENGTH, 8])[index];
    if (size === undefined || index >= (this.options.regions ?? 4)) return Promise.resolve(-Errno.EINVAL);
    const info = { flags: RegionFlag.read, size, offset: regionOffset(index) };
    return Promise.resolve(index === 0 ? info : { ...info, type: 2, subtype: index });
  }

  irqInfo(index: number): Promise<VfioIrqInfo | number> {
    return Promise.resolve(index < (this.options.irqs ?? 3) ? { flags: 1, count: 1 } : -Errno.EINVAL);
  }

  read(offset: number, into: Uint8Array): Promise<number> {
    this.reads.push(offset);
    if (offset === regionOffset(RegionIndex.io)) {
      const result = this.ioReadResults.shift();
      if (result !== undefined) return Promise.resolve(result);
      into.fill(0);
      into.set(this.irb.subarray(0, IRB_BASE_LENGTH), IoRegion.irb);
    } else if (offset === regionOffset(RegionIndex.schib)) {
      if (this.schibResult !== undefined) return Promise.resolve(this.schibResult);
      into.set(this.hostSchib);
    } else if (offset === regionOffset(RegionIndex.crw)) {
      into.fill(0);
      viewOf(into).setUint32(0, this.crws.shift() ?? 0);
    } else {
      return Promise.resolve(-Errno.EINVAL);
    }
    return Promise.resolve(into.length);
  }

  write(offset: number, bytes: Uint8Array): Promise<number> {
    this.writes.push({ offset, bytes: bytes.slice() });
    return Promise.resolve(this.writeResults.shift() ?? bytes.length);
  }

  setIrqs({ index, flags, data }: IrqSetRequest): Promise<number> {
    const fd = data === undefined ? 'none' : String(viewOf(data).getInt32(0));
    this.calls.push(`setIrqs ${index} flags ${flags.toString(16)} fd ${fd}`);
    return Promise.resolve(index < (this.options.irqs ?? 3) ? 0 : -Errno.EINVAL);
  }

  armIrq(index: number): Promise<number> {
    this.calls.push(`arm ${index}`);
    return Promise.resolve(this.options.armed?.get(index) ?? 0);
  }

  waitIrq(index: number): Promise<number> {
    return Promise.resolve(this.#take(index));
  }

  reset(): Promise<number> {
    this.calls.push('reset');
    return Promise.resolve(0);
  }

  close(): Promise<void> {
    this.calls.push('close');
    return Promise.resolve();
  }

  mapDma(): Promise<number> {
    return Promise.resolve(0);
  }

  unmapDma(): Promise<number> {
    return Promise.resolve(0);
  }

  #take(index: number): number {
    const count = this.signals[index] ?? 0;
    this.signals[index] = 0;
    return count;
  }
}

/** A guest on a fake device, and what the tests do with it again and again. */
export class Bench {
  private constructor(
    readonly vfio: FakeVfio,
    readonly channel: ChannelPort,
  ) {}

  static async open(options: ChannelOptions = {}, fake: FakeOptions = {}): Promise<Bench> {
    const vfio = new FakeVfio(fake);
    return new Bench(vfio, await openGuest(vfio, { storage: STORAGE, ...options }));
  }

  /** A guest with an enabled subchannel. */
  static async enabled(options: ChannelOptions = {}, fake: FakeOptions = {}): Promise<Bench> {
    const bench = await Bench.open(options, fake);
    await bench.modify({ flags: 0x0081 });
    return bench;
  }

  word(at: number): number {
    return viewOf(this.vfio.bytes).getUint32(at);
  }

  setWord(at: number, value: number): void {
    viewOf(this.vfio.bytes).setUint32(at, value);
  }

  /** MODIFY SUBCHANNEL of these fields of an otherwise unchanged SCHIB. @returns the condition code or interruption */
  async modify(fields: { flags?: number; characteristics?: number; interruptionParameter?: number }): Promise<unknown> {
    await this.channel.stsch(SCHID, SCHIB_AT);
    const view = viewOf(this.vfio.bytes);
    if (fields.flags !== undefined) view.setUint16(SCHIB_AT + SchibOffset.flags, fields.flags);
    if (fields.characteristics !== undefined) {
      view.setUint32(SCHIB_AT + SchibOffset.characteristics, fields.characteristics);
    }
    if (fields.interruptionParameter !== undefined) view.setUint32(SCHIB_AT, fields.interruptionParameter);
    return ending(await this.channel.msch(SCHID, SCHIB_AT));
  }

  /** START SUBCHANNEL with this ORB. */
  async start(control = 0x0080_ff00, address = 0x8000, parameter = 0x1122_3344): Promise<unknown> {
    this.setWord(ORB_AT, parameter);
    this.setWord(ORB_AT + 4, control);
    this.setWord(ORB_AT + 8, address);
    return ending(await this.channel.ssch(SCHID, ORB_AT));
  }

  /** The host presents an interruption with this SCSW, and the guest's channel subsystem takes it in. */
  async interrupt(word0: number, ccwAddress = 0x8008, word2 = 0x0c00_0000): Promise<void> {
    const irb = viewOf(this.vfio.irb);
    irb.setUint32(0, word0);
    irb.setUint32(4, ccwAddress);
    irb.setUint32(8, word2);
    this.vfio.signals[0] = 1;
    const mask = this.channel.interruptionSubclassMask;
    this.channel.interruptionSubclassMask = 0;
    await this.channel.waitInterruption(0);
    this.channel.interruptionSubclassMask = mask;
  }

  /** Puts the subchannel into a state: SCSW word 0 as the guest's channel subsystem then has it. */
  async scsw(word0: number): Promise<void> {
    await this.interrupt(word0);
    await this.drain();
  }

  /** Takes every pending interruption with TEST PENDING INTERRUPTION. @returns interruption parameters in order */
  async drain(): Promise<number[]> {
    const parameters: number[] = [];
    while (ending(await this.channel.tpi(WORD_AT)) === 1) parameters.push(this.word(WORD_AT + 4));
    return parameters;
  }

  /** STORE SUBCHANNEL. @returns the SCHIB's bytes */
  async schib(): Promise<DataView> {
    await this.channel.stsch(SCHID, SCHIB_AT);
    return viewOf(this.vfio.bytes.slice(SCHIB_AT, SCHIB_AT + SCHIB_LENGTH));
  }

  /** SCSW word 0 as STORE SUBCHANNEL shows it. */
  async control(): Promise<number> {
    return (await this.schib()).getUint32(SchibOffset.scsw);
  }

  /** TEST SUBCHANNEL. @returns condition code and IRB */
  async test(): Promise<{ cc: unknown; irb: Uint8Array }> {
    const cc = ending(await this.channel.tsch(SCHID, IRB_AT));
    return { cc, irb: this.vfio.bytes.slice(IRB_AT, IRB_AT + IRB_BASE_LENGTH) };
  }

  /** The last request that the device got: ORB and SCSW of the I/O region. */
  request(): { orb: DataView; scsw: DataView; length: number } {
    const last = this.vfio.writes.at(-1)?.bytes ?? new Uint8Array();
    return {
      orb: viewOf(last.slice(0, ORB_LENGTH)),
      scsw: viewOf(last.slice(IoRegion.scsw, IoRegion.irb)),
      length: last.length,
    };
  }
}

/** A condition code, or the name of a program interruption. */
export function ending(outcome: object): unknown {
  return Object.values(outcome)[0];
}
