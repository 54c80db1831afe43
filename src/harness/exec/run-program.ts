/**
 * One channel program through the vfio-ccw device, as a recording is made: guest memory zeroed and loaded, the whole I/O
 * region written, the IRB area read after every signal of the eventfd, the watched areas at the end.
 */

import {
  decodeScsw,
  encodeOrb,
  IRB_LENGTH,
  ScswBit,
  viewOf,
  type AssembledProgram,
  type StoragePiece,
} from '../arch/index.js';
import { CcwspecError } from '../errors/index.js';
import type { VfioPort } from '../ports/index.js';
import { CcwIrq, describeResult, IoRegion, regionOffset, RegionIndex } from '../uapi/index.js';

/** What came of a program. */
export interface ExecOutcome {
  /** bytes written, or a negative errno: what the write of the I/O region returned */
  readonly result: number;
  /** the 96-byte IRB area after each signal of the eventfd */
  readonly irbs: readonly Uint8Array[];
  /** the watched areas, in the order of the program's list */
  readonly dump: readonly StoragePiece[];
}

/** Limits in milliseconds, virtual on the model and real elsewhere. */
export interface ExecLimits {
  /** how long the next interruption may take while the start function is not over; default 5,000 */
  readonly interruption?: number;
  /** how long to look for another one behind the last that is due; default 20 */
  readonly straggler?: number;
}

/** One range of guest memory at an I/O virtual address. */
export interface MemoryRange {
  readonly iova: number;
  readonly size: number;
}

/** Zeroes are stored in pieces of this size, so that no agent needs a large message. */
const ZEROES = new Uint8Array(64 * 1024);

/**
 * Runs `program` on the open device `vfio`.
 * @param map the ranges of guest memory: all of it is zeroed first
 * @throws CcwspecError E-PROGRAM-FILE for memory outside of `map`; E-TARGET if the device does not behave like one
 */
export async function runProgram(
  vfio: VfioPort,
  program: AssembledProgram,
  map: readonly MemoryRange[],
  limits: ExecLimits = {},
): Promise<ExecOutcome> {
  await load(vfio, program, map);
  const result = await vfio.write(regionOffset(RegionIndex.io), requestOf(program));
  const irbs = result < 0 ? [] : await collectInterruptions(vfio, limits);
  const dump: StoragePiece[] = [];
  for (const { at, length } of program.dump) {
    const bytes = new Uint8Array(length);
    await vfio.memory.read(at, bytes);
    dump.push({ at, bytes });
  }
  return { result, irbs, dump };
}

async function load(vfio: VfioPort, program: AssembledProgram, map: readonly MemoryRange[]): Promise<void> {
  for (const { at, bytes } of program.memory) mustBeInside(program, map, at, bytes.length);
  for (const { at, length } of program.dump) mustBeInside(program, map, at, length);
  for (const { iova, size } of map) {
    for (let done = 0; done < size; done += ZEROES.length) {
      await vfio.memory.write(iova + done, ZEROES.subarray(0, Math.min(ZEROES.length, size - done)));
    }
  }
  for (const { at, bytes } of program.memory) await vfio.memory.write(at, bytes);
}

function mustBeInside(program: AssembledProgram, map: readonly MemoryRange[], at: number, length: number): void {
  if (map.some(({ iova, size }) => at >= iova && at + length <= iova + size)) return;
  const ranges = map.map(({ iova, size }) => `${iova.toString(16)}-${(iova + size - 1).toString(16)}`).join(', ');
  throw new CcwspecError(
    'E-PROGRAM-FILE',
    `program '${program.name}': ${length} bytes at ${at.toString(16)} are not in guest memory (${ranges})`,
  );
}

/** The whole I/O region: ORB, SCSW, and zeroes where the driver answers. */
function requestOf(program: AssembledProgram): Uint8Array {
  const request = new Uint8Array(IoRegion.length);
  const view = viewOf(request);
  encodeOrb(view, IoRegion.orb, program.orb);
  if (program.scsw === undefined) view.setUint32(IoRegion.scsw, ScswBit.startFunction);
  else request.set(program.scsw, IoRegion.scsw);
  return request;
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
