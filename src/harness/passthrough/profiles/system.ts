/** What differs between kernel releases in VFIO, iommufd and sysfs around the driver. */

import { Errno } from '../../uapi/index.js';

/** One release of everything around the driver. */
export interface SystemProfile {
  /** what `uname -r` prints */
  readonly release: string;
  /** /dev/iommu and the character devices of VFIO exist (since 6.6 for emulated devices) */
  readonly iommufd: boolean;
  /** result of VFIO_GROUP_SET_CONTAINER with a file that is neither a container nor an iommufd */
  readonly foreignContainer: number;
  /**
   * Unregistration takes the device's names away before it waits for the last close; earlier kernels did so afterwards, so
   * that VFIO_GROUP_GET_DEVICE_FD still found a device whose removal waited.
   */
  readonly namesGoFirst: boolean;
}

export const systemLinux_6_12_117: SystemProfile = {
  release: '6.12.117',
  iommufd: true,
  foreignContainer: -Errno.EBADFD,
  namesGoFirst: true,
};

export const systemLinux_6_1_176: SystemProfile = {
  release: '6.1.176',
  iommufd: false,
  foreignContainer: -Errno.EINVAL,
  namesGoFirst: false,
};
