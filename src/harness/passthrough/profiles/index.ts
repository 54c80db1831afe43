/**
 * Kernel releases as sets of small pieces, and defects as replaced pieces.
 *
 * - driver-profile.ts: the pieces of the vfio-ccw driver; linux-6.12.117.ts and linux-6.1.176.ts: two releases of it
 * - system.ts: the pieces of the VFIO core, containers, iommufd and sysfs, for the same releases
 */

import type { DriverProfile } from './driver-profile.js';
import { driverLinux_6_1_176 } from './linux-6.1.176.js';
import { driverLinux_6_12_117 } from './linux-6.12.117.js';
import { systemLinux_6_1_176, systemLinux_6_12_117, type SystemProfile } from './system.js';

export type { DriverProfile, LifecyclePieces, TranslationPieces } from './driver-profile.js';
export type { SystemProfile } from './system.js';

/** A kernel as the model plays it. */
export interface KernelProfile {
  /** as in a target's name: `linux-6.12.117` */
  readonly name: string;
  /** release, as in /proc/sys/kernel/osrelease: `6.12.117` */
  readonly version: string;
  readonly driver: DriverProfile;
  readonly system: SystemProfile;
}

export const linux_6_12_117: KernelProfile = {
  name: 'linux-6.12.117',
  version: '6.12.117',
  driver: driverLinux_6_12_117,
  system: systemLinux_6_12_117,
};

export const linux_6_1_176: KernelProfile = {
  name: 'linux-6.1.176',
  version: '6.1.176',
  driver: driverLinux_6_1_176,
  system: systemLinux_6_1_176,
};

/** Every release that the model plays, newest first; the first is the default. */
export const kernelProfiles: readonly KernelProfile[] = [linux_6_12_117, linux_6_1_176];

/** Pieces that replace those of a profile. */
export interface ProfileOverrides {
  readonly driver?: Partial<DriverProfile>;
  readonly system?: Partial<SystemProfile>;
}

/** A profile with some of its pieces replaced; `name` is the original's, with `suffix` behind a plus sign if given. */
export function withOverrides(profile: KernelProfile, pieces: ProfileOverrides, suffix?: string): KernelProfile {
  return {
    name: suffix === undefined ? profile.name : `${profile.name}+${suffix}`,
    version: profile.version,
    driver: { ...profile.driver, ...pieces.driver },
    system: { ...profile.system, ...pieces.system },
  };
}

/** A known bug that can be brought back in the model. */
export interface Defect {
  /** stable slug, as in the museum: `cve-2026-80550-slot-257` */
  readonly id: string;
  readonly overrides: ProfileOverrides;
}

/** Marks `defect` as one; gives editors the types. */
export function defineDefect(defect: Defect): Defect {
  return defect;
}

/** A profile with a defect brought back; its name ends with the defect's id. */
export function withDefect(profile: KernelProfile, defect: Defect): KernelProfile {
  return withOverrides(profile, defect.overrides, defect.id);
}
