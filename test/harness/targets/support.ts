/** The model with an ECKD device, and a few programs to run on it. */

import { program, take } from '../../../plugins/eckd/programs/index.js';
import { eckdKind } from '../../../plugins/eckd/devices/index.js';
import { decodeIrb, IRB_LENGTH, type AssembledProgram, type Irb } from '../../../src/harness/arch/index.js';
import { runProgram } from '../../../src/harness/exec/index.js';
import { defaultMemoryMap, type ProgramOutcome } from '../../../src/harness/program-file/index.js';
import type { VfioPort } from '../../../src/harness/ports/index.js';
import { CcwIrq, regionOffset, RegionIndex } from '../../../src/harness/uapi/index.js';
import { createTarget, type TargetEnvironment } from '../../../src/harness/targets/index.js';
import { ModelTarget } from '../../../src/harness/targets/model/index.js';

/** What the tests leave as it is. */
export const plainEnvironment: TargetEnvironment = {
  deviceKinds: [eckdKind],
  targets: [],
  device: undefined,
  options: new Map(),
  inPlace: false,
  writable: true,
  scratch: () => {
    throw new Error('these tests need no scratch folder');
  },
  defects: [],
};

export function modelOf(options: Readonly<Record<string, string>> = {}, name = 'model', device?: string): ModelTarget {
  const target = createTarget(name, { ...plainEnvironment, device, options: new Map(Object.entries(options)) });
  if (!(target instanceof ModelTarget)) throw new Error(`${name} is not the model`);
  return target;
}

export const senseId: AssembledProgram = program('sense-id', [take('sense-id', 20, 'id', ['sli'])]);

/** Runs a program in zeroed guest memory. */
export function runIn(vfio: VfioPort, what: AssembledProgram): Promise<ProgramOutcome> {
  return runProgram(vfio, what, defaultMemoryMap);
}

/** The IRB of the I/O region as it is now. */
export async function readIrbArea(vfio: VfioPort): Promise<Irb> {
  const area = new Uint8Array(IRB_LENGTH);
  await vfio.read(regionOffset(RegionIndex.io) + 24, area);
  return decodeIrb(area);
}

/** Whether the I/O eventfd is signalled within 100 ms of virtual time. */
export async function interrupted(vfio: VfioPort): Promise<boolean> {
  return (await vfio.waitIrq(CcwIrq.io, 100)) > 0;
}
