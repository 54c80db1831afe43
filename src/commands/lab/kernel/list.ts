import { BaseCommand, jsonFlag } from '../../../cli/base-command.js';

export default class LabKernelList extends BaseCommand {
  static override summary = 'List the kernels that the lab has built and kept.';
  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'For programs', command: '<%= config.bin %> <%= command.id %> --json' },
  ];
  static override flags = { json: jsonFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(LabKernelList);
    const { listKernels, kernelLines } = await import('../../../cli/lab-kernels.js');
    const kernels = await listKernels();
    if (flags.json) this.json({ kernels });
    else this.print(kernelLines(kernels));
  }
}
