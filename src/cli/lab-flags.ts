/** Flags that say what a lab is made of, spelled once. */

import { Flags } from '@oclif/core';

const kernelForms =
  'a bzImage, a kernel source tree, or debian:6.12, debian:6.1, debian:6.1.176-1, … (default: debian:6.12)';

/** Flags that choose the kernel. */
export const kernelFlags = {
  kernel: Flags.string({ description: `the lab's kernel: ${kernelForms}`, helpValue: 'KERNEL' }),
  'kernel-config': Flags.string({
    description: 'configuration that a kernel is built with: base; debug adds KASAN, lockdep, kmemleak and UBSAN',
    options: ['base', 'debug', 'coverage'],
    helpValue: 'base|debug|coverage',
  }),
};

/** Flags of everything that boots a lab. */
export const labFlags = {
  ...kernelFlags,
  qemu: Flags.string({ description: 'your own qemu-system-s390x, for the lab on QEMU', helpValue: 'PATH' }),
};
