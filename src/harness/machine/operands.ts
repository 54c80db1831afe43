/** Operands that an instruction refuses with an operand exception: SA22-7832 chapter 14. */

import { OrbBit, PmcwCharacteristic, PmcwFlag, SchibOffset } from '../arch/index.js';

/** Reserved bits, and the transport-mode facility, which is not installed. */
const ORB_REFUSED = OrbBit.reserved | OrbBit.channelProgramType;

const PMCW_FLAGS_REFUSED = PmcwFlag.qdio | PmcwFlag.messageValid | PmcwFlag.mustBeZero;

const PMCW_CHARACTERISTICS_DEFINED =
  PmcwCharacteristic.subchannelType |
  PmcwCharacteristic.measurementBlockFormat |
  PmcwCharacteristic.extendedMeasurement |
  PmcwCharacteristic.concurrentSense;

/** START SUBCHANNEL: true if words 1 and 2 of the ORB give an operand exception. */
export function refusesOrb(control: number, channelProgramAddress: number): boolean {
  return (control & ORB_REFUSED) !== 0 || channelProgramAddress >= 0x8000_0000;
}

/**
 * MODIFY SUBCHANNEL: true if the SCHIB gives an operand exception.
 * @param concurrentSense true if the concurrent-sense facility is installed
 */
export function refusesSchib(schib: DataView, concurrentSense: boolean): boolean {
  const flags = schib.getUint16(SchibOffset.flags);
  const characteristics = schib.getUint32(SchibOffset.characteristics);
  if ((flags & PMCW_FLAGS_REFUSED) !== 0 || (flags & PmcwFlag.limitMode) === PmcwFlag.limitMode) return true;
  if ((characteristics & ~PMCW_CHARACTERISTICS_DEFINED) !== 0) return true;
  if ((characteristics & PmcwCharacteristic.concurrentSense) !== 0 && !concurrentSense) return true;
  const longBlock = (characteristics & PmcwCharacteristic.measurementBlockFormat) !== 0;
  return longBlock && (schib.getUint32(SchibOffset.measurementBlockAddress + 4) & 0x3f) !== 0;
}
