/** SCSW and IRB in words: SA22-7832 chapter 16, "Interruption-Response Block". */

import { bitNames, hex } from '../bytes.js';
import { IRB_LENGTH, concurrentSenseCount, decodeIrb, ErwBit, eswFormat, IrbOffset, SubchannelLogout } from '../irb.js';
import type { Irb } from '../irb.js';
import { deferredConditionCode, ScswBit, ScswMask, statusControl, SubchannelStatus, DeviceStatus } from '../scsw.js';
import type { Scsw } from '../scsw.js';
import { listOf, type ExplainedRow } from './rows.js';
import { explainSense } from './sense.js';

/** Mask and name of each bit of a field. */
type BitNames = readonly (readonly [mask: number, name: string])[];

const requestNames: BitNames = [
  [ScswBit.suspendControl, 'suspend control'],
  [ScswBit.format, 'format 1'],
  [ScswBit.prefetch, 'prefetch'],
  [ScswBit.initialStatusInterruption, 'initial-status interruption'],
  [ScswBit.addressLimitChecking, 'address-limit checking'],
  [ScswBit.suppressSuspendedInterruption, 'suppress suspended interruption'],
];

const conditionNames: BitNames = [
  [ScswBit.extendedStatusFormat, 'format-0 extended status (L)'],
  [ScswBit.zeroConditionCode, 'zero condition code (Z)'],
  [ScswBit.extendedControl, 'extended control (E)'],
  [ScswBit.pathNotOperational, 'path not operational (N)'],
];

const functionNames: BitNames = [
  [ScswBit.startFunction, 'start'],
  [ScswBit.haltFunction, 'halt'],
  [ScswBit.clearFunction, 'clear'],
];

const activityNames: BitNames = [
  [ScswBit.resumePending, 'resume pending'],
  [ScswBit.startPending, 'start pending'],
  [ScswBit.haltPending, 'halt pending'],
  [ScswBit.clearPending, 'clear pending'],
  [ScswBit.subchannelActive, 'subchannel active'],
  [ScswBit.deviceActive, 'device active'],
  [ScswBit.suspended, 'suspended'],
];

const statusNames: BitNames = [
  [ScswBit.alertStatus, 'alert'],
  [ScswBit.intermediateStatus, 'intermediate'],
  [ScswBit.primaryStatus, 'primary'],
  [ScswBit.secondaryStatus, 'secondary'],
  [ScswBit.statusPending, 'status pending'],
];

const deviceStatusNames: BitNames = [
  [DeviceStatus.attention, 'attention'],
  [DeviceStatus.statusModifier, 'status modifier'],
  [DeviceStatus.controlUnitEnd, 'control unit end'],
  [DeviceStatus.busy, 'busy'],
  [DeviceStatus.channelEnd, 'channel end'],
  [DeviceStatus.deviceEnd, 'device end'],
  [DeviceStatus.unitCheck, 'unit check'],
  [DeviceStatus.unitException, 'unit exception'],
];

const subchannelStatusNames: BitNames = [
  [SubchannelStatus.programControlledInterruption, 'program-controlled interruption'],
  [SubchannelStatus.incorrectLength, 'incorrect length'],
  [SubchannelStatus.programCheck, 'program check'],
  [SubchannelStatus.protectionCheck, 'protection check'],
  [SubchannelStatus.channelDataCheck, 'channel-data check'],
  [SubchannelStatus.channelControlCheck, 'channel-control check'],
  [SubchannelStatus.interfaceControlCheck, 'interface-control check'],
  [SubchannelStatus.chainingCheck, 'chaining check'],
];

const erwNames: BitNames = [
  [ErwBit.authorization, 'authorization check'],
  [ErwBit.pathVerificationRequired, 'path verification required'],
  [ErwBit.channelPathTimeout, 'channel-path timeout'],
  [ErwBit.failingStorageAddressValid, 'failing-storage address valid'],
  [ErwBit.concurrentSense, 'concurrent sense'],
  [ErwBit.secondaryCcwAddressValid, 'secondary-CCW address valid'],
  [ErwBit.failingStorageAddressFormat, 'failing-storage address of 64 bits'],
];

const extendedStatusFlagNames: BitNames = [
  [0x4000_0000, 'key check'],
  [0x2000_0000, 'measurement-block program check'],
  [0x1000_0000, 'measurement-block data check'],
  [0x0800_0000, 'measurement-block protection check'],
  [0x0400_0000, 'CCW check'],
  [0x0200_0000, 'IDAW check'],
];

const fieldValidityNames: BitNames = [
  [0x4000, 'last-path-used mask'],
  [0x2000, 'termination code'],
  [0x1000, 'sequence code'],
  [0x0800, 'device status'],
  [0x0400, 'CCW address'],
];

const conditionCodeTexts = [
  '0',
  '1: the status was found while the function was being initiated',
  '2: reserved',
  '3: the device is not operational on the paths tried',
] as const;

const storageAccessTexts = ['unknown', 'read', 'write', 'read backward'] as const;
const terminationTexts = ['halt signal', 'stop, stack, or normal termination', 'clear signal', 'reserved'] as const;

/** Names of the device-status bits in `status`. */
export function deviceStatusText(status: number): string {
  return listOf(bitNames(status, deviceStatusNames));
}

/** Names of the subchannel-status bits in `status`. */
export function subchannelStatusText(status: number): string {
  return listOf(bitNames(status, subchannelStatusNames));
}

/** The SCSW, field by field; always the same rows in the same order. */
export function explainScsw(scsw: Scsw): ExplainedRow[] {
  const { control } = scsw;
  return [
    [
      'SCSW',
      `${hex(control)} ${hex(scsw.ccwAddress)} ${hex(scsw.deviceStatus, 2)}${hex(scsw.subchannelStatus, 2)}${hex(scsw.count, 4)}`,
    ],
    ['key', (control >>> 28).toString()],
    ['request', listOf(bitNames(control, requestNames))],
    ['deferred condition code', conditionCodeTexts[deferredConditionCode(control) as 0 | 1 | 2 | 3]],
    ['conditions', listOf(bitNames(control, conditionNames))],
    ['function control', listOf(bitNames(control & ScswMask.functionControl, functionNames))],
    ['activity control', listOf(bitNames(control & ScswMask.activityControl, activityNames))],
    ['status control', listOf(bitNames(statusControl(control), statusNames))],
    ['CCW address', hex(scsw.ccwAddress)],
    ['device status', `${hex(scsw.deviceStatus, 2)} ${deviceStatusText(scsw.deviceStatus)}`],
    ['subchannel status', `${hex(scsw.subchannelStatus, 2)} ${subchannelStatusText(scsw.subchannelStatus)}`],
    ['residual count', residualCountText(scsw)],
  ];
}

/** The count means something only with primary status and with no subchannel status but PCI and incorrect length. */
function residualCountText(scsw: Scsw): string {
  const harmless = SubchannelStatus.programControlledInterruption | SubchannelStatus.incorrectLength;
  const meant =
    (scsw.control & ScswBit.primaryStatus) !== 0 &&
    deferredConditionCode(scsw.control) === 0 &&
    (scsw.subchannelStatus & ~harmless) === 0;
  return meant ? scsw.count.toString() : `${scsw.count} (not meaningful)`;
}

/**
 * An IRB of 64 bytes, or of 96 with the extended-measurement word. Fields that its own validity bits declare absent are left
 * out, except where they are not zero: a leftover is worth seeing.
 * @throws RangeError if fewer than 64 bytes are there.
 */
export function explainIrb(bytes: Uint8Array): ExplainedRow[] {
  const irb = decodeIrb(bytes);
  const rows = [...explainScsw(irb.scsw), ...explainExtendedStatus(irb), ...explainExtendedControl(irb)];
  if (bytes.length >= IRB_LENGTH) {
    const measurement = bytes.subarray(IrbOffset.emw, IRB_LENGTH);
    if (!isZero(measurement)) rows.push(['extended-measurement word', wordsOf(measurement)]);
  }
  return rows;
}

function explainExtendedStatus(irb: Irb): ExplainedRow[] {
  const { eswWord0, erw } = irb;
  const rows: ExplainedRow[] = [
    ['last-path-used mask', hex((eswWord0 & SubchannelLogout.lastPathUsedMask) >>> 16, 2)],
    ...explainLogout(irb),
    ['extended-report word', `${hex(erw)} ${listOf(erwTexts(erw))}`],
  ];
  const [high, low] = irb.failingStorageAddress;
  const validAddress = (erw & ErwBit.failingStorageAddressValid) !== 0;
  if (validAddress || high !== 0 || low !== 0) {
    rows.push(['failing-storage address', `${hex(high)} ${hex(low)}${validAddress ? '' : ' (not valid)'}`]);
  }
  const validSecondary = (erw & ErwBit.secondaryCcwAddressValid) !== 0;
  if (validSecondary || irb.secondaryCcwAddress !== 0) {
    rows.push(['secondary-CCW address', `${hex(irb.secondaryCcwAddress)}${validSecondary ? '' : ' (not valid)'}`]);
  }
  return rows;
}

function erwTexts(erw: number): string[] {
  const count = concurrentSenseCount(erw);
  return bitNames(erw, erwNames).map((name) => (name === 'concurrent sense' ? `${name} of ${count} bytes` : name));
}

/** ESW word 0 outside the last-path-used mask: the logout in format 0, connect time or nothing in the others. */
function explainLogout({ scsw, eswWord0 }: Irb): ExplainedRow[] {
  if (eswFormat(scsw.control) !== 0) {
    const time = eswWord0 & 0xffff;
    const format = time === 0 ? '1' : `2 or 3: device-connect time ${hex(time, 4)} if 2`;
    const leftover = eswWord0 >>> 24 === 0 ? '' : `; byte 0 is ${hex(eswWord0 >>> 24, 2)}, not zero`;
    return [['extended-status format', `${format}${leftover}`]];
  }
  const marks: BitNames = [
    [SubchannelLogout.ancillaryReport, 'ancillary report'],
    [SubchannelLogout.deviceStatusCheck, 'device-status check'],
    [SubchannelLogout.secondaryError, 'secondary error'],
    [SubchannelLogout.ioErrorAlert, 'I/O-error alert'],
  ];
  return [
    ['extended-status format', '0'],
    ['extended-status flags', listOf(bitNames(eswWord0, extendedStatusFlagNames))],
    ['valid fields', listOf(bitNames(eswWord0, fieldValidityNames))],
    ['storage access', storageAccessTexts[((eswWord0 >>> 8) & 3) as 0 | 1 | 2 | 3]],
    ['termination code', terminationTexts[((eswWord0 >>> 6) & 3) as 0 | 1 | 2 | 3]],
    ['logout conditions', listOf(bitNames(eswWord0, marks))],
    ['sequence code', (eswWord0 & SubchannelLogout.sequenceCode).toString()],
  ];
}

function explainExtendedControl({ scsw, erw, ecw }: Irb): ExplainedRow[] {
  if ((erw & ErwBit.concurrentSense) !== 0) return explainSense(ecw);
  if (isZero(ecw)) return [];
  const valid = (scsw.control & ScswBit.extendedControl) !== 0;
  return [['extended-control word', `${wordsOf(ecw)}${valid ? '' : ' (not valid)'}`]];
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function wordsOf(bytes: Uint8Array): string {
  const words: string[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; at += 4) words.push(hex(view.getUint32(at)));
  return words.join(' ');
}
