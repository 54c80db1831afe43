/** What every machine of the lab is started with. */

import type { Kernel } from './kernel/index.js';
import type { LabOptions } from './lab.js';

/** Everything that is made before a machine starts. */
export interface Parts {
  readonly kernel: Kernel;
  /** the guest's first file system, a cpio archive */
  readonly initramfs: Uint8Array;
  /** milliseconds from power-on to the agent */
  readonly limit: number;
  readonly options: LabOptions;
}
