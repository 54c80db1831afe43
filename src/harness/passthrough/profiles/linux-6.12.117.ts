/** vfio-ccw of Linux 6.12.117: all IDAW formats, guest storage keys, and the fixes of July 2026. */

import { CcwFlag, CommonCommand, idawKind, isInputCommand, OrbBit, ScswBit } from '../../arch/index.js';
import type { DriverProfile } from './driver-profile.js';

// Own constants: V8 folds them, and loads imported ones each time.
const NO_OPERATION = CommonCommand.noOperation;
const SKIP = CcwFlag.skip;

/** TRN-030 to TRN-036: skipping matters for commands that store, and for no others. */
function transfersData(command: number, flags: number, count: number): boolean {
  if (count === 0 || command === NO_OPERATION) return false;
  return (flags & SKIP) === 0 || !isInputCommand(command);
}

/** TRN-023, TRN-024: always format-1 CCWs and format-2 IDAWs; of 2 KiB if the guest's are of format 1. The key stays. */
function hostOrbControl(control: number): number {
  const blocks = (control & OrbBit.format2Idaw) === 0 ? OrbBit.idaw2k : 0;
  return (control | OrbBit.format | OrbBit.format2Idaw | blocks) >>> 0;
}

/** TRN-054: by page, and with the range's whole length. */
function unmapTouches(pageAddress: number, iova: number, length: number): boolean {
  const page = Math.floor(pageAddress / 4096);
  return page >= Math.floor(iova / 4096) && page <= Math.floor((iova + length - 1) / 4096);
}

export const driverLinux_6_12_117: DriverProfile = {
  slotsExamined: 256,
  longestSegment: 256,
  mostSegments: 16,
  releaseOnFailure: 'every segment',
  ticReachesBack: true,
  ticDisplacement: (bytes) => bytes,
  fetch: 'copy',
  idawsSupported: () => true,
  idawKind,
  guestIdawLength: (kind) => kind.length,
  firstIdawRechecked: true,
  directPages: 'block boundaries',
  laterIdawOffsetKept: true,
  untransferredList: 'guest words',
  halfPagesCoalesced: false,
  transfersData,
  hostOrbControl,
  allocationsPerSegment: 3,
  allocationsPerPageArray: 2,
  addressBehindSegmentTranslated: true,
  unmapTouches,

  transportModeRefused: true,
  completionLocks: 'program and region',
  isFinal: (control) => (control & (ScswBit.subchannelActive | ScswBit.deviceActive)) === 0,
  idleAfter: 'own program',
  signal: 'after idle',
  notOperationalCleanup: 'work item',
  workEndsWithClose: true,
  workEndsWithRelease: true,
  closeFreesProgram: 'locked',
  unmapLocks: true,
  crwListLocked: true,
  regionNumberChecked: 'entry and handler',
  stateBelongsTo: 'mdev',
  invalidSchibKept: false,
};
