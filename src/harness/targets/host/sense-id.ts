/** What a device says of itself, and whether it answers at all: SENSE ID through a fresh opening of the vfio device. */

import {
  decodeIrb,
  deferredConditionCode,
  DeviceStatus,
  hex,
  ProgramBuilder,
  viewOf,
  type AssembledProgram,
} from '../../arch/index.js';
import { CcwspecError } from '../../errors/index.js';
import { runProgram } from '../../exec/index.js';
import type { VfioPort } from '../../ports/index.js';
import type { ProgramOutcome } from '../../program-file/index.js';
import { describeResult } from '../../uapi/index.js';
import { takeCrw } from '../../vfio/index.js';

/** The identity that SENSE ID gives (SA22-7204, "Sense ID"). */
export interface DeviceIdentity {
  readonly controlUnit: number;
  readonly controlUnitModel: number;
  readonly device: number;
  readonly deviceModel: number;
}

/** A device may present what happened before (a reset, a pack change) as unit check of the first programs. */
const ATTEMPTS = 4;
/** Milliseconds that an answer may take. */
export const ANSWER_LIMIT = 5_000;
/** Reports that may be queued from changes of paths; more than any change makes. */
const MOST_REPORTS = 64;

/** byte 0 of the identity */
const PRESENT = 0xff;
const GOOD = DeviceStatus.channelEnd | DeviceStatus.deviceEnd;

const CONTROL_UNITS = [0x3990, 0x2105, 0x2107, 0x1750, 0x3880];
const DISKS = [0x3390, 0x3380, 0x9345];

const senseId = new ProgramBuilder({ name: 'sense ID' })
  .ccw('sense-id', { flags: ['sli'], buffer: { length: 8, name: 'identity' } })
  .build();

/** True for an ECKD disk. */
export function isEckd({ controlUnit, device }: DeviceIdentity): boolean {
  return CONTROL_UNITS.includes(controlUnit) && DISKS.includes(device);
}

/** `3990-c2 with 3390-02` */
export function describeIdentity({ controlUnit, controlUnitModel, device, deviceModel }: DeviceIdentity): string {
  const unit = `${hex(controlUnit, 4)}-${hex(controlUnitModel, 2)}`;
  return device === 0 ? unit : `${unit} with ${hex(device, 4)}-${hex(deviceModel, 2)}`;
}

/** Reads the identity of the open device. @throws CcwspecError E-TARGET if the device does not answer */
export async function readIdentity(vfio: VfioPort): Promise<DeviceIdentity> {
  const { dump } = await runUntilGood(vfio, senseId);
  const view = viewOf(dump[0]?.bytes ?? new Uint8Array(8));
  if (view.getUint8(0) !== PRESENT) {
    throw new CcwspecError('E-TARGET', `the device ends ${senseId.name} normally, and gives no identity`);
  }
  return {
    controlUnit: view.getUint16(1),
    controlUnitModel: view.getUint8(3),
    device: view.getUint16(4),
    deviceModel: view.getUint8(6),
  };
}

/**
 * Runs `program`, again if it ends with unit check, until it ends without one.
 * @throws CcwspecError E-TARGET that says how it ended the last time
 */
export async function runUntilGood(vfio: VfioPort, program: AssembledProgram): Promise<ProgramOutcome> {
  let trouble = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const outcome = await runProgram(vfio, program, [], { interruption: ANSWER_LIMIT, straggler: 0 });
    const found = troubleOf(outcome);
    if (found === undefined) return outcome;
    trouble = found;
  }
  throw new CcwspecError('E-TARGET', `the device does not answer ${program.name}: ${trouble}`);
}

/** Takes what is queued in the CRW region: reports of paths that were put back between two cases. */
export async function dropReports(vfio: VfioPort): Promise<void> {
  for (let taken = 0; taken < MOST_REPORTS && (await takeCrw(vfio)) !== 0; taken++);
}

function troubleOf({ result, irbs }: ProgramOutcome): string | undefined {
  if (result < 0) return `the START gives ${describeResult(result)}`;
  const last = irbs.at(-1);
  if (last === undefined) return `no interruption within ${ANSWER_LIMIT} ms`;
  const { control, deviceStatus, subchannelStatus } = decodeIrb(last).scsw;
  // Not the deferred condition code: QEMU keeps one in every SCSW that follows a path mask without a path.
  if (deviceStatus === GOOD && subchannelStatus === 0) return undefined;
  const code = deferredConditionCode(control);
  return `device status ${hex(deviceStatus, 2)}, subchannel status ${hex(subchannelStatus, 2)}, deferred condition code ${code}`;
}
