/**
 * One channel program through the vfio-ccw device, as a recording is made: guest memory zeroed and loaded, the whole I/O
 * region written, the IRB area read after every signal of the eventfd, the watched areas at the end.
 */

import {
  decodeScsw,
  hex,
  IRB_LENGTH,
  ScswBit,
  viewOf,
  type AssembledProgram,
  type StoragePiece,
} from '../arch/index.js';
import { CcwspecError } from '../errors/index.js';
import type { TargetSession, VfioPort } from '../ports/index.js';
import type { FileProgram, MemoryRange, ProgramFile, ProgramOutcome } from '../program-file/index.js';
import { loadProgram, startRequest } from '../vfio/requests.js';
import { CcwIrq, describeResult, IoRegion, regionOffset, RegionIndex } from '../uapi/index.js';

/** Limits in milliseconds, virtual on the model and real elsewhere. */
export interface ExecLimits {
  /** how long the next interruption may take while the start function is not over; default 5,000 */
  readonly interruption?: number;
  /** how long to look for another one behind the last that is due; default 20 */
  readonly straggler?: number;
}

/** Zeroes are stored in pieces of this size, so that no agent needs a large message. */
const ZEROES = new Uint8Array(64 * 1024);

/** A program of a file, and what came of it. */
export interface RunProgram {
  readonly program: FileProgram;
  readonly outcome: ProgramOutcome;
}

/**
 * Runs every program of `file` in order on one open device, with the guest memory that the file asks for.
 * @throws CcwspecError E-TARGET if the device does not open, its memory cannot be mapped, or it does not behave like one
 */
export async function runProgramFile(
  session: TargetSession,
  file: ProgramFile,
  limits?: ExecLimits,
): Promise<RunProgram[]> {
  const vfio = await session.openVfio({ memory: 0 });
  try {
    for (const { iova, length, access } of file.memoryMap) {
      const mapped = await vfio.mapDma(iova, length, access);
      if (mapped < 0) {
        const range = `${hex(iova)}-${hex(iova + length - 1)}`;
        throw new CcwspecError('E-TARGET', `guest memory ${range} could not be mapped: ${describeResult(mapped)}`);
      }
    }
    const run: RunProgram[] = [];
    for (const program of file.programs)
      run.push({ program, outcome: await runProgram(vfio, program, file.memoryMap, limits) });
    return run;
  } finally {
    await vfio.close();
  }
}

/**
 * Runs `program` on the open device `vfio`.
 * @param map the ranges of guest memory: all of it is zeroed first
 * @throws CcwspecError E-TARGET if the device does not behave like one
 */
export async function runProgram(
  vfio: VfioPort,
  program: AssembledProgram,
  map: readonly MemoryRange[],
  limits: ExecLimits = {},
): Promise<ProgramOutcome> {
  await load(vfio, program, map);
  const result = await vfio.write(regionOffset(RegionIndex.io), startRequest(program));
  const irbs = result < 0 ? [] : await collectInterruptions(vfio, limits);
  const dump = await Promise.all(program.dump.map(({ at, length }) => stored(vfio, at, length)));
  return { result, irbs, dump };
}

async function stored(vfio: VfioPort, at: number, length: number): Promise<StoragePiece> {
  const bytes = new Uint8Array(length);
  await vfio.memory.read(at, bytes);
  return { at, bytes };
}

async function load(vfio: VfioPort, program: AssembledProgram, map: readonly MemoryRange[]): Promise<void> {
  for (const { iova, length } of map) {
    for (let done = 0; done < length; done += ZEROES.length) {
      await vfio.memory.write(iova + done, ZEROES.subarray(0, Math.min(ZEROES.length, length - done)));
    }
  }
  await loadProgram(vfio.memory, program);
}

/** Reads the IRB area after every signal, until the start function is over and nothing more comes. */
async function collectInterruptions(vfio: VfioPort, limits: ExecLimits): Promise<Uint8Array[]> {
  const { interruption = 5_000, straggler = 20 } = limits;
  const irbs: Uint8Array[] = [];
  let over = false;
  while ((await vfio.waitIrq(CcwIrq.io, over ? straggler : interruption)) > 0) {
    const area = new Uint8Array(IRB_LENGTH);
    const read = await vfio.read(regionOffset(RegionIndex.io) + IoRegion.irb, area);
    if (read !== area.length) {
      throw new CcwspecError('E-TARGET', `reading the IRB area of the I/O region gave ${describeResult(read)}`);
    }
    irbs.push(area);
    over ||= endsStartFunction(area);
  }
  return irbs;
}

/** True for an IRB after which no other belongs to the same start: primary and secondary status have been presented. */
function endsStartFunction(irb: Uint8Array): boolean {
  return (decodeScsw(viewOf(irb)).control & ScswBit.secondaryStatus) !== 0;
}
