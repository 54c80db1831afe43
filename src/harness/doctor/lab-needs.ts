/** What the lab needs of Debian: one table, for doctor, for `lab setup`, and for the errors of a boot. */

/** One thing that the lab needs. */
export interface Need {
  readonly debianPackage: string;
  /** a program of the package, or a file of it with its path: it is here if that is */
  readonly sign: string;
  readonly neededFor: string;
}

/** The parts of the lab that need something. */
export const labNeeds = {
  qemu: [{ debianPackage: 'qemu-system-misc', sign: 'qemu-system-s390x', neededFor: 'lab:qemu' }],
  hercules: [{ debianPackage: 'hercules', sign: 'hercules', neededFor: 'lab:hercules' }],
  guest: [
    { debianPackage: 'gcc-s390x-linux-gnu', sign: 's390x-linux-gnu-gcc', neededFor: "the lab's agent and kernels" },
    {
      debianPackage: 'libc6-dev-s390x-cross',
      sign: '/usr/s390x-linux-gnu/lib/libc.a',
      neededFor: "the lab's agent",
    },
  ],
  kernel: [
    { debianPackage: 'make', sign: 'make', neededFor: 'building kernels' },
    { debianPackage: 'gcc', sign: 'gcc', neededFor: 'building kernels' },
    { debianPackage: 'libc6-dev', sign: '/usr/include/stdio.h', neededFor: 'building kernels' },
    { debianPackage: 'flex', sign: 'flex', neededFor: 'building kernels' },
    { debianPackage: 'bison', sign: 'bison', neededFor: 'building kernels' },
    { debianPackage: 'bc', sign: 'bc', neededFor: 'building kernels' },
    { debianPackage: 'perl', sign: 'perl', neededFor: 'building kernels' },
    { debianPackage: 'xz-utils', sign: 'xz', neededFor: "unpacking Debian's kernel sources" },
  ],
} as const satisfies Record<string, readonly Need[]>;

export type LabPart = keyof typeof labNeeds;
