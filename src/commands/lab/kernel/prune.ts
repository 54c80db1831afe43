import { Flags } from '@oclif/core';

import { BaseCommand, jsonFlag } from '../../../cli/base-command.js';

export default class LabKernelPrune extends BaseCommand {
  static override summary = 'Remove from the cache what the lab does not need any more.';
  static override description =
    'That is: kernels of configurations as they no longer are, unpacked kernel sources, builds of source trees that are gone. ' +
    'What is removed comes back by itself when it is needed, at the price of time.';
  static override examples = [
    { description: 'See what would go', command: '<%= config.bin %> <%= command.id %> --dry-run' },
    { description: 'Everything, also what is still good', command: '<%= config.bin %> <%= command.id %> --all' },
  ];
  static override flags = {
    all: Flags.boolean({ description: 'kernels and packages that are still good, too' }),
    'dry-run': Flags.boolean({ description: 'show what would go, and remove nothing' }),
    json: jsonFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(LabKernelPrune);
    const { pruneKernels, pruneLines } = await import('../../../cli/lab-kernels.js');
    const removed = await pruneKernels(flags.all, flags['dry-run']);
    if (flags.json) this.json({ removed });
    else this.print(pruneLines(removed, flags['dry-run']));
  }
}
