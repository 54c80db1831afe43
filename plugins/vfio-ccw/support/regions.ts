/** The I/O region and the asynchronous command region byte for byte: what cases about single words of them need. */

import {
  AsyncCommand,
  AsyncRegion,
  IoRegion,
  RegionIndex,
  regionOffset,
  startRequest,
  viewOf,
  type AssembledProgram,
  type VfioPort,
} from 'ccwspec/plugin';

export const IO = regionOffset(RegionIndex.io);
export const ASYNC = regionOffset(RegionIndex.asyncCommand);

/** A request to start `program` with another word 0 of the SCSW, and with `retCode` in the last word. */
export function request(program: AssembledProgram, functions: number, retCode = 0): Uint8Array {
  const bytes = startRequest(program);
  viewOf(bytes).setUint32(IoRegion.scsw, functions);
  viewOf(bytes).setInt32(IoRegion.retCode, retCode);
  return bytes;
}

/** The whole I/O region as it reads now. */
export async function ioRegion(vfio: VfioPort): Promise<Uint8Array> {
  const bytes = new Uint8Array(IoRegion.length);
  const result = await vfio.read(IO, bytes);
  if (result !== bytes.length) throw new Error(`reading the I/O region gave ${result}`);
  return bytes;
}

/** The last word of the I/O region, signed: 0, or a negative errno. */
export async function retCode(vfio: VfioPort): Promise<number> {
  return viewOf(await ioRegion(vfio)).getInt32(IoRegion.retCode);
}

/** The bytes that ask for a halt or clear function, or for any other command. */
export function asyncRequest(command: number | keyof typeof AsyncCommand): Uint8Array {
  const bytes = new Uint8Array(AsyncRegion.length);
  viewOf(bytes).setUint32(AsyncRegion.command, typeof command === 'number' ? command : AsyncCommand[command]);
  return bytes;
}
