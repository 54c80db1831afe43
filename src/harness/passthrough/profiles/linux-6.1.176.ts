/**
 * vfio-ccw of Linux 6.1.176: fetches by pinning, translates format-2 IDAWs with 4 KiB blocks only, and has none of the
 * fixes of July 2026.
 */

import { idawKind, OrbBit } from '../../arch/index.js';
import type { DriverProfile } from './driver-profile.js';
import { driverLinux_6_12_117 } from './linux-6.12.117.js';

/** Format 2 with 4 KiB blocks: the only IDAWs that this driver writes or reads. */
const format2 = idawKind(OrbBit.format2Idaw);

export const driverLinux_6_1_176: DriverProfile = {
  ...driverLinux_6_12_117,
  slotsExamined: 257,
  mostSegments: Infinity,
  releaseOnFailure: 'failing path',
  fetch: 'pin',
  idawsSupported: (control) => (control & (OrbBit.format2Idaw | OrbBit.idaw2k)) === OrbBit.format2Idaw,
  idawKind: () => format2,
  guestIdawLength: () => 8,
  firstIdawRechecked: false,
  directPages: 'byte offset kept',
  laterIdawOffsetKept: false,
  untransferredList: 'page offset',
  halfPagesCoalesced: true,
  // The guest's key is replaced by 0; its block size stays, though the lists are of 4 KiB blocks whatever it says.
  hostOrbControl: (control) => ((control & ~OrbBit.key) | OrbBit.format | OrbBit.format2Idaw) >>> 0,
  allocationsPerSegment: 1,
  allocationsPerPageArray: 1,

  completionLocks: 'region',
  notOperationalCleanup: 'direct',
  workEndsWithClose: false,
  workEndsWithRelease: false,
  closeFreesProgram: 'unlocked',
  unmapLocks: false,
  crwListLocked: false,
  regionNumberChecked: 'entry',
  stateBelongsTo: 'subchannel',
  invalidSchibKept: true,
};
