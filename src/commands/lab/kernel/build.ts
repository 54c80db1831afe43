import { Args } from '@oclif/core';

import { BaseCommand, jsonFlag } from '../../../cli/base-command.js';
import { kernelFlags } from '../../../cli/lab-flags.js';
import { tellProgress } from '../../../cli/progress.js';

export default class LabKernelBuild extends BaseCommand {
  static override summary = 'Build a kernel for the lab, or find it built.';
  static override description =
    "A Debian version without the last part is the newest in the archive. Debian's kernels are built once for each configuration and kept; your own tree is built in the cache folder, incrementally, and stays as it is.";
  static override examples = [
    { description: 'The kernel that a lab has by itself', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'One with KASAN and lockdep',
      command: '<%= config.bin %> <%= command.id %> debian:6.1.176-1 --kernel-config debug',
    },
    { description: 'Your own', command: '<%= config.bin %> <%= command.id %> ~/src/linux' },
  ];
  static override args = {
    kernel: Args.string({
      name: 'KERNEL',
      description: 'a kernel source tree, or debian:VERSION (default: debian:6.12)',
    }),
  };
  static override flags = { 'kernel-config': kernelFlags['kernel-config'], json: jsonFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(LabKernelBuild);
    const { findKernel } = await import('../../../harness/targets/lab/kernel/index.js');
    const kernel = await findKernel({
      kernel: args.kernel,
      configuration: flags['kernel-config'],
      newest: true,
      progress: tellProgress,
    });
    if (flags.json) this.json(kernel);
    else this.print(kernel.image);
  }
}
