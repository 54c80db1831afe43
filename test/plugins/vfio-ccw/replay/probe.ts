/**
 * A process that makes the calls of the recorded probe on a modelled host, and writes down a line for each as the probe did.
 * What the lines are named is decided by scripts/abi-lines.mjs, which names the recorded ones.
 */

import { encodeOrb, makeOrb, OrbBit, ScswBit, viewOf } from '../../../../src/harness/arch/index.js';
import { ChannelSubsystem } from '../../../../src/harness/machine/channel-subsystem.js';
import { architecture } from '../../../../src/harness/machine/platforms.js';
import { Scheduler } from '../../../../src/harness/machine/scheduler.js';
import { AbsoluteStorage } from '../../../../src/harness/machine/storage.js';
import { KernelModel } from '../../../../src/harness/passthrough/kernel.js';
import type { KernelProfile } from '../../../../src/harness/passthrough/profiles/index.js';
import { systemPortOf } from '../../../../src/harness/passthrough/system/index.js';
import type { IoctlArgument, SystemPort, UserBuffer } from '../../../../src/harness/ports/index.js';
import {
  DmaMapFlag,
  encodeDmaMap,
  encodeDmaUnmap,
  encodeFd,
  encodeIrqSet,
  Errno,
  IoRegion,
  IrqSetFlag,
  VfioRequest,
} from '../../../../src/harness/uapi/index.js';
import { VirtioLikeDevice } from './virtio-like-device.js';

export const MIB = 0x10_0000;
/** What the probe maps: two buffers that adjoin, memory for reading and for writing only, and some above 2 GiB. */
export const A = 0;
export const B = MIB;
export const READ_ONLY = 0x40_0000;
export const WRITE_ONLY = 0x50_0000;
export const HIGH = 0x8000_0000;
export const UNMAPPED = 0x80_0000;
export const DATA = 0x2000;

const names = new Map<number, string>(Object.entries(Errno).map(([name, number]) => [-number, name]));

/** `-22(EINVAL)`, or the number as it is. */
export const shown = (result: number): string =>
  names.has(result) ? `${result}(${names.get(result)})` : String(result);

/** The host, with chpid 00 as QEMU's virtual subchannels have it. QEMU lets a TIC come first, and executes a zero count of format 0. */
export class Host {
  readonly css: ChannelSubsystem;
  readonly kernel: KernelModel;
  readonly system: SystemPort;

  constructor(profile: KernelProfile) {
    const scheduler = new Scheduler();
    const storage = new AbsoluteStorage();
    const platform = { ...architecture, ticFirst: true, zeroCountFormat0: true, immediateIncorrectLength: false };
    this.css = new ChannelSubsystem({ storage, scheduler, platform });
    this.css.addSubchannel({ number: 0, deviceNumber: 1, device: new VirtioLikeDevice(), paths: [0] });
    this.kernel = new KernelModel({ profile, scheduler, storage, instructions: this.css, subchannel: 0, chpids: [0] });
    this.system = systemPortOf(this.kernel.process);
  }
}

/** Lines as they are written down: section, label, result. */
export class Transcript {
  readonly lines = new Map<string, string>();
  section = 'SETUP';
  readonly #times = new Map<string, number>();

  line(label: string, result: string | number): void {
    const base = `${this.section}: ${label}`;
    const times = (this.#times.get(base) ?? 0) + 1;
    this.#times.set(base, times);
    this.lines.set(times === 1 ? base : `${base} #${times}`, typeof result === 'number' ? shown(result) : result);
  }
}

/** Fields of the ORB's word 1 that a START of the probe changes. */
export interface StartOptions {
  readonly control?: number;
  readonly format?: 0 | 1;
  readonly key?: number;
  readonly paths?: number;
  readonly prefetch?: boolean;
  /** SCSW word 0 */
  readonly functions?: number;
  readonly retCode?: number;
  /** fill of the IRB area */
  readonly fill?: number;
}

/** The open device of one section. */
export class Device {
  fd = -1;
  eventfd = -1;

  constructor(
    readonly system: SystemPort,
    readonly transcript: Transcript,
    /** process addresses of the mapped buffers by IOVA */
    readonly buffers = new Map<number, { address: number; length: number }>(),
  ) {}

  ioctl(request: number, argument: IoctlArgument): Promise<number> {
    return this.system.ioctl(this.fd, request, argument);
  }

  read(offset: number, into: UserBuffer): Promise<number> {
    return this.system.pread(this.fd, into, offset);
  }

  async irb(): Promise<Uint8Array> {
    const region = new Uint8Array(IoRegion.length);
    await this.read(0, region);
    return region;
  }

  async arm(index = 0): Promise<number> {
    this.eventfd = await this.system.eventfd();
    return this.setTrigger(index, this.eventfd);
  }

  setTrigger(index: number, fd: number): Promise<number> {
    const flags = IrqSetFlag.dataEventfd | IrqSetFlag.actionTrigger;
    return this.ioctl(VfioRequest.deviceSetIrqs, encodeIrqSet({ index, flags, data: encodeFd(fd) }));
  }

  /** Signals within a tenth of a second. */
  async signals(): Promise<number> {
    const [count = 0] = await this.system.waitEventfds([this.eventfd], 100);
    return count;
  }

  async map(
    container: number,
    iova: number,
    length: number,
    flags = DmaMapFlag.read | DmaMapFlag.write,
  ): Promise<number> {
    const address = await this.allocate(iova, length);
    return this.system.ioctl(
      container,
      VfioRequest.iommuMapDma,
      encodeDmaMap({ flags, vaddr: address, iova, size: length }),
    );
  }

  unmap(container: number, iova: number, size: number): Promise<number> {
    return this.system.ioctl(container, VfioRequest.iommuUnmapDma, encodeDmaUnmap({ iova, size }));
  }

  /** A buffer for `iova`, with memory in front of it that is mapped for nobody. */
  async allocate(iova: number, length: number): Promise<number> {
    const there = this.buffers.get(iova);
    if (there !== undefined) return there.address;
    const address = (await this.system.memory.map(length + 4096)) + 4096;
    this.buffers.set(iova, { address, length });
    return address;
  }

  /** The process's address of `iova`. */
  address(iova: number): number {
    for (const [start, { address, length }] of this.buffers) {
      if (iova >= start && iova < start + length) return address + (iova - start);
    }
    return 0;
  }

  async store(iova: number, bytes: Uint8Array): Promise<void> {
    await this.system.memory.write(this.address(iova), bytes);
  }

  async stored(iova: number, length: number): Promise<string> {
    const bytes = new Uint8Array(length);
    await this.system.memory.read(this.address(iova), bytes);
    return Buffer.from(bytes).toString('hex');
  }

  /** Stores CCWs: command, flags, count, address. */
  async ccws(
    at: number,
    ccws: readonly (readonly [number, number, number, number])[],
    format: 0 | 1 = 1,
  ): Promise<void> {
    const bytes = new Uint8Array(ccws.length * 8);
    const view = viewOf(bytes);
    ccws.forEach(([command, flags, count, address], index) => {
      const word0 = format === 1 ? (command << 24) | (flags << 16) | count : (command << 24) | address;
      view.setUint32(index * 8, word0 >>> 0);
      view.setUint32(index * 8 + 4, format === 1 ? address : ((flags << 24) | count) >>> 0);
    });
    await this.store(at, bytes);
  }

  request(cpa: number, options: StartOptions = {}): Uint8Array {
    const { functions = ScswBit.startFunction, retCode = 0, fill = 0, ...fields } = options;
    const bytes = new Uint8Array(IoRegion.length).fill(fill, IoRegion.irb, IoRegion.retCode);
    const view = viewOf(bytes);
    encodeOrb(view, 0, makeOrb({ paths: 0x80, ...fields, control: fields.control ?? 0, channelProgramAddress: cpa }));
    view.setUint32(IoRegion.scsw, functions);
    view.setInt32(IoRegion.retCode, retCode);
    return bytes;
  }

  write(bytes: UserBuffer, offset = 0): Promise<number> {
    return this.system.pwrite(this.fd, bytes, offset);
  }

  /** What an interruption left, as the probe prints it. */
  async status(signals: number): Promise<string> {
    const view = viewOf(await this.irb());
    const word = (at: number): string =>
      view
        .getUint32(IoRegion.irb + at)
        .toString(16)
        .padStart(8, '0');
    return `ev ${signals} irb ${word(0)} ${word(4)} ${word(8)} esw ${word(12)} erw ${word(16)} rc ${view.getInt32(IoRegion.retCode)}`;
  }

  /** Starts a program and writes down what came of it: at the first signal, or when nothing more happens. */
  async start(
    label: string,
    cpa: number,
    options?: StartOptions,
    look: 'at once' | 'when all is done' = 'at once',
  ): Promise<void> {
    const result = await this.write(this.request(cpa, options));
    if (look === 'when all is done') await this.system.waitEventfds([], 1);
    const outcome = result > 0 ? ` ${await this.status(await this.signals())}` : '';
    this.transcript.line(label, `write ${shown(result)}${outcome}`);
  }

  /** Starts a program and writes down the result of the write alone. */
  async attempt(label: string, cpa: number, options?: StartOptions): Promise<void> {
    this.transcript.line(label, await this.write(this.request(cpa, options)));
  }

  /** A program that is suspended at 1200. */
  async suspend(label: string, data = DATA): Promise<void> {
    await this.ccws(0x1200, [[0xe4, 0x22, 4, data]]);
    await this.attempt(label, 0x1200, { control: OrbBit.suspendControl | OrbBit.suppressSuspendedInterruption });
  }

  /** Locked memory of the process, as /proc shows it. */
  async pinned(label: string): Promise<void> {
    const status = String(await this.system.readAttribute('/proc/self/status'));
    for (const name of ['VmLck', 'VmPin']) {
      this.transcript.line(label, new RegExp(`^${name}:.*$`, 'm').exec(status)?.[0] ?? '');
    }
  }
}
