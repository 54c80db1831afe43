/**
 * Cost of translating a channel program: copy, page pins, IDAWs and release, without the host subchannel. Run by itself, with a kind of
 * memory, it prints nanoseconds per CCW as JSON; the functions are for the project's benchmark.
 */

import { spawnSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CCW_LENGTH, CcwFlag, encodeCcw, encodeOrb, makeOrb, viewOf } from '../../src/harness/arch/index.js';
import { Scheduler } from '../../src/harness/machine/scheduler.js';
import { AbsoluteStorage, FRAME, HIGH_BANK } from '../../src/harness/machine/storage.js';
import { ChannelProgram } from '../../src/harness/passthrough/driver/channel-program.js';
import { GuestFetch } from '../../src/harness/passthrough/driver/guest-fetch.js';
import { HostKernel } from '../../src/harness/passthrough/driver/index.js';
import type { DmaBackend } from '../../src/harness/passthrough/dma.js';
import type { AddressSpace } from '../../src/harness/passthrough/system/address-space.js';
import { SystemModel } from '../../src/harness/passthrough/system/index.js';
import { Type1Dma, Type1Iommu } from '../../src/harness/passthrough/system/type1.js';
import { DmaMapFlag } from '../../src/harness/uapi/index.js';
import { linux_6_12_117, type DriverProfile } from '../../src/harness/passthrough/profiles/index.js';
import { FakeSubchannel } from '../harness/passthrough/driver/support/fake-subchannel.js';

const GUEST_PAGES = 512;
const PROGRAM = 0x1000;
const DATA = 0x10_0000;

/** Guest pages in scattered frames, with nothing refused. */
class CountedMemory implements DmaBackend {
  readonly dma = this;
  readonly frames = new Float64Array(GUEST_PAGES);

  constructor(readonly storage: AbsoluteStorage) {
    for (let page = 0; page < GUEST_PAGES; page++) this.frames[page] = storage.takeFrame();
  }

  pinPages(iova: number, count: number, frames: Float64Array, at: number): number {
    const first = iova >>> 12;
    for (let page = 0; page < count; page++) {
      const frame = this.frames[first + page] ?? 0;
      this.storage.pin(frame);
      frames[at + page] = frame;
    }
    return count;
  }

  unpinPages(iova: number, count: number): void {
    const first = iova >>> 12;
    for (let page = 0; page < count; page++) this.storage.unpin(this.frames[first + page] ?? 0);
  }

  read(iova: number, into: Uint8Array, at: number, length: number): number {
    for (let done = 0; done < length;) {
      const offset = (iova + done) % FRAME;
      const bytes = Math.min(length - done, FRAME - offset);
      const start = (this.frames[Math.floor((iova + done) / FRAME)] ?? 0) - HIGH_BANK + offset;
      into.set(this.storage.high.subarray(start, start + bytes), at + done);
      done += bytes;
    }
    return 0;
  }

  write(iova: number, bytes: Uint8Array): void {
    bytes.forEach((byte, index) => {
      const frame = this.frames[Math.floor((iova + index) / FRAME)] ?? 0;
      this.storage.high[frame - HIGH_BANK + ((iova + index) % FRAME)] = byte;
    });
  }
}

/** The memory of a process, mapped in a type1 container: what is behind a device that was opened through a group. */
class ContainerMemory {
  readonly dma: DmaBackend;
  readonly #space: AddressSpace;
  readonly #address: number;

  constructor(storage: AbsoluteStorage, scheduler: Scheduler) {
    const system = new SystemModel({ profile: linux_6_12_117.system, scheduler, storage });
    this.#space = system.spawn().space;
    this.#address = this.#space.map(GUEST_PAGES * FRAME);
    const iommu = new Type1Iommu(system, true);
    iommu.map(0, this.#address, GUEST_PAGES * FRAME, DmaMapFlag.read | DmaMapFlag.write, this.#space);
    this.dma = new Type1Dma(iommu);
  }

  write(iova: number, bytes: Uint8Array): void {
    this.#space.write(this.#address + iova, bytes);
  }
}

/** What a benchmark calls: one translation and its release. */
export interface TranslationBenchmark {
  readonly ccws: number;
  readonly storage: AbsoluteStorage;
  run(): void;
}

/** What is translated, and through what memory. */
export interface TranslationOptions {
  /** a TIC to the first CCW stands in place of each `every`th CCW; 0 for none */
  readonly every?: number;
  readonly profile?: DriverProfile;
  /** a type1 container with its records of pinned pages, or pages that are only counted: the driver's own part */
  readonly memory?: 'type1' | 'counted';
}

/**
 * A program of command-chained CCWs that each read 512 bytes of a page of their own.
 * @param ccws 1 to 256
 */
export function makeTranslation(ccws: number, options: TranslationOptions = {}): TranslationBenchmark {
  const { every = 0, profile = linux_6_12_117.driver } = options;
  const storage = new AbsoluteStorage();
  const scheduler = new Scheduler();
  const host = new HostKernel({ profile, scheduler, storage, instructions: new FakeSubchannel() });
  const memory = options.memory === 'counted' ? new CountedMemory(storage) : new ContainerMemory(storage, scheduler);
  const bytes = new Uint8Array(ccws * CCW_LENGTH);
  for (let index = 0; index < ccws; index++) {
    const chained = index < ccws - 1 ? CcwFlag.chainCommand : 0;
    const tic = every > 0 && index % every === every - 1 && index < ccws - 1;
    const address = tic ? PROGRAM : DATA + (index % 256) * FRAME + 64;
    const flags = tic ? 0 : CcwFlag.suppressLengthIndication | chained;
    encodeCcw(viewOf(bytes), index * CCW_LENGTH, { command: tic ? 8 : 2, flags, count: tic ? 0 : 512, address }, 1);
  }
  memory.write(PROGRAM, bytes);
  const orb = new DataView(new ArrayBuffer(32));
  encodeOrb(orb, 0, makeOrb({ channelProgramAddress: PROGRAM }));
  const guest = new GuestFetch(host);
  guest.dma = memory.dma;
  const program = new ChannelProgram(host, guest);
  return {
    ccws,
    storage,
    run() {
      const result = program.init(orb, 0) || program.prefetch();
      if (result !== 0) throw new Error(`the benchmark's program is refused: ${result}`);
      program.free();
    },
  };
}

/** Nanoseconds per CCW: the best of `rounds` rounds, each shorter than a time slice of a busy machine. */
export function nanosecondsPerCcw(benchmark: TranslationBenchmark, rounds = 400): number {
  const programs = Math.ceil(10_000 / benchmark.ccws);
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const start = process.hrtime.bigint();
    for (let index = 0; index < programs; index++) benchmark.run();
    best = Math.min(best, Number(process.hrtime.bigint() - start) / (programs * benchmark.ccws));
  }
  return best;
}

/** Nanoseconds per CCW with one kind of memory. */
export interface TranslationFigures {
  readonly at16: number;
  readonly at256: number;
  /** the same with a TIC in three */
  readonly searching16: number;
  readonly searching256: number;
}

/**
 * Measures with one kind of memory, in a process of its own: V8 compiles what has been called with several kinds for all of them, and a
 * process has one.
 */
export function measureTranslation(memory: 'type1' | 'counted'): TranslationFigures {
  const run = spawnSync(process.execPath, [fileURLToPath(import.meta.url), memory], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`the measurement of the translation failed: ${run.stderr}`);
  return JSON.parse(run.stdout) as TranslationFigures;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const memory = process.argv[2] === 'counted' ? 'counted' : 'type1';
  const [at16, at256] = [16, 256].map((ccws) => nanosecondsPerCcw(makeTranslation(ccws, { memory })));
  const [searching16, searching256] = [16, 256].map((ccws) =>
    nanosecondsPerCcw(makeTranslation(ccws, { memory, every: 3 })),
  );
  console.log(JSON.stringify({ at16, at256, searching16, searching256 }));
}
