/** Requests to an open device as user space makes them: whole regions written and read. For cases. */

import {
  decodeSchib,
  encodeOrb,
  IRB_LENGTH,
  ScswBit,
  viewOf,
  type AssembledProgram,
  type Schib,
} from '../arch/index.js';
import type { GuestMemory, VfioPort } from '../ports/index.js';
import {
  AsyncRegion,
  CcwIrq,
  CrwRegion,
  describeResult,
  IoRegion,
  regionOffset,
  RegionIndex,
  SCHIB_REGION_LENGTH,
} from '../uapi/index.js';

/** The whole I/O region that starts `program`: ORB, SCSW (start function, unless the program brings its own), zeros. */
export function startRequest(program: AssembledProgram): Uint8Array {
  const request = new Uint8Array(IoRegion.length);
  const view = viewOf(request);
  encodeOrb(view, IoRegion.orb, program.orb);
  if (program.scsw === undefined) view.setUint32(IoRegion.scsw, ScswBit.startFunction);
  else request.set(program.scsw, IoRegion.scsw);
  return request;
}

/** Stores everything that `program` needs in guest memory. @throws RangeError where nothing is mapped */
export async function loadProgram(memory: GuestMemory, program: AssembledProgram): Promise<void> {
  for (const { at, bytes } of program.memory) await memory.write(at, bytes);
}

/** Loads `program` and writes the whole I/O region. @returns 124, or a negative errno */
export async function startProgram(vfio: VfioPort, program: AssembledProgram): Promise<number> {
  await loadProgram(vfio.memory, program);
  return vfio.write(regionOffset(RegionIndex.io), startRequest(program));
}

/** What came of a program that was started, up to its first interruption. */
export interface FirstInterruption {
  /** what the write gave: 124, or a negative errno */
  readonly written: number;
  /** IRB area, 96 bytes; undefined if the write failed, or no interruption came in time */
  readonly irb: Uint8Array | undefined;
}

/**
 * Loads `program`, writes the whole I/O region, and takes the IRB of the first interruption.
 * @param timeoutMs limit for the interruption, at most 10,000
 * @throws Error if the IRB area cannot be read
 */
export async function startAndTake(
  vfio: VfioPort,
  program: AssembledProgram,
  timeoutMs: number,
): Promise<FirstInterruption> {
  await loadProgram(vfio.memory, program);
  const offset = regionOffset(RegionIndex.io);
  const bytes = startRequest(program);
  if (vfio.exchange === undefined) {
    const written = await vfio.write(offset, bytes);
    return { written, irb: written < 0 ? undefined : await takeIrb(vfio, timeoutMs) };
  }
  const into = new Uint8Array(IRB_LENGTH);
  const exchanged = await vfio.exchange({
    offset,
    bytes,
    irq: CcwIrq.io,
    timeoutMs,
    into,
    from: offset + IoRegion.irb,
  });
  const { written, signals, read } = exchanged;
  if (read === undefined || signals === 0) return { written, irb: undefined };
  expectRead(read, into.length, 'IRB area');
  return { written, irb: into };
}

/** Writes a command (AsyncCommand) to the whole asynchronous command region. @returns 8, or a negative errno */
export function writeAsyncCommand(vfio: VfioPort, command: number): Promise<number> {
  const request = new Uint8Array(AsyncRegion.length);
  viewOf(request).setUint32(AsyncRegion.command, command);
  return vfio.write(regionOffset(RegionIndex.asyncCommand), request);
}

/** The IRB area of the I/O region, 96 bytes. @throws Error if it cannot be read: the device does not behave like one */
export async function readIrb(vfio: VfioPort): Promise<Uint8Array> {
  const area = new Uint8Array(IRB_LENGTH);
  expectRead(await vfio.read(regionOffset(RegionIndex.io) + IoRegion.irb, area), area.length, 'IRB area');
  return area;
}

/** Waits for the I/O eventfd, and reads the IRB area then. @returns undefined when `timeoutMs` is over */
export async function takeIrb(vfio: VfioPort, timeoutMs: number): Promise<Uint8Array | undefined> {
  return (await vfio.waitIrq(CcwIrq.io, timeoutMs)) === 0 ? undefined : readIrb(vfio);
}

/** The SCHIB of the host subchannel. @returns the block, or a negative errno */
export async function readSchibRegion(vfio: VfioPort): Promise<Schib | number> {
  const bytes = new Uint8Array(SCHIB_REGION_LENGTH);
  const result = await vfio.read(regionOffset(RegionIndex.schib), bytes);
  return result < 0 ? result : decodeSchib(bytes);
}

/** Takes the oldest channel-report word out of the CRW region; 0 if there is none. @throws Error if it cannot be read */
export async function takeCrw(vfio: VfioPort): Promise<number> {
  const bytes = new Uint8Array(CrwRegion.length);
  expectRead(await vfio.read(regionOffset(RegionIndex.crw), bytes), bytes.length, 'CRW region');
  return viewOf(bytes).getUint32(CrwRegion.crw);
}

function expectRead(result: number, length: number, what: string): void {
  if (result !== length) throw new Error(`reading the ${what} gave ${describeResult(result)}`);
}
