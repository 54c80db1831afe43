/** What the end of an operation means: incorrect length, chaining, alert. SA22-7832 chapters 15 and 16. */

import { CcwFlag, DeviceStatus, OrbBit } from '../arch/index.js';
import type { CcwFetch } from './ccw-fetch.js';
import type { MachinePlatform } from './platforms.js';

/** Status in which an operation did nothing unusual. */
const USUAL = DeviceStatus.channelEnd | DeviceStatus.deviceEnd;

/** Status that suppresses command chaining. */
const SUPPRESSES_CHAINING =
  DeviceStatus.attention | DeviceStatus.busy | DeviceStatus.unitCheck | DeviceStatus.unitException;

const COMMAND_RETRY = DeviceStatus.channelEnd | DeviceStatus.statusModifier | DeviceStatus.unitCheck;

/** Incorrect length of an operation that was not immediate: `left` bytes of the count, `wanted` if the device wanted more. */
export function incorrectLength(flags: number, left: number, wanted: boolean): boolean {
  if ((flags & CcwFlag.chainData) !== 0) return left > 0;
  return (flags & CcwFlag.suppressLengthIndication) === 0 && (left > 0 || wanted);
}

/** Incorrect length of an immediate operation that ended with `status`, by format and ORB.L. */
export function immediateIncorrectLength(
  { flags, count }: CcwFetch,
  orbControl: number,
  status: number,
  platform: MachinePlatform,
): boolean {
  if (count === 0) return false;
  if ((flags & CcwFlag.chainData) !== 0) return true;
  if ((orbControl & OrbBit.format) === 0 || (orbControl & OrbBit.incorrectLengthSuppression) !== 0) return false;
  const shown = platform.immediateIncorrectLength || !isUsual(status);
  return shown && (flags & CcwFlag.suppressLengthIndication) === 0;
}

/** True if nothing in `status` keeps the device from taking the next command of a chain. */
export function isUsual(status: number): boolean {
  return (status & SUPPRESSES_CHAINING) === 0;
}

/** True if `status` asks for the command to be executed again. */
export function isCommandRetry(status: number): boolean {
  return (status & COMMAND_RETRY) === COMMAND_RETRY;
}

/** True if the CCW's flags and the device status lead on to the next command (once device end is there). */
export function chains(flags: number, status: number): boolean {
  return (flags & (CcwFlag.chainData | CcwFlag.chainCommand)) === CcwFlag.chainCommand && isUsual(status);
}

/** True if the status makes the interruption an alert. */
export function isAlert(deviceStatus: number, subchannelStatus: number): boolean {
  return (deviceStatus & ~USUAL) !== 0 || (subchannelStatus & 0x7f) !== 0;
}
