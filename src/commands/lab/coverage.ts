import { Args, Flags } from '@oclif/core';

import { BaseCommand, jsonFlag } from '../../cli/base-command.js';
import { labFlags } from '../../cli/lab-flags.js';

export default class LabCoverage extends BaseCommand {
  static override summary = 'Run suites on a kernel that counts, and show which lines of the driver they reached.';
  static override description =
    'Builds a kernel that counts the lines of the six vfio_ccw files (once; your own tree incrementally), runs the suites on ' +
    'it, adds up what the machines counted, and prints lines, branches and functions of each file. The results folder gets ' +
    'coverage.json, pages with the source, and the reports of each run. Without words it runs vfio-ccw, css and halt-clear: on ' +
    'QEMU with the disk and with the terminal, whose channel path can be varied, and on Hercules, there with eckd. Ends with 1 ' +
    'if a case failed.';
  static override examples = [
    { description: 'The whole driver, on both platforms', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'What one group of cases reaches in your own tree',
      command: "<%= config.bin %> <%= command.id %> 'vfio-ccw/regions/*' --platform qemu --kernel ~/src/linux",
    },
  ];
  static override strict = false;
  static override args = {
    what: Args.string({ name: 'SUITE|CASE', description: 'suites (by name or file) and cases (by id or glob)' }),
  };
  static override flags = {
    platform: Flags.string({
      description: 'where to run',
      options: ['qemu', 'hercules', 'both'],
      default: 'both',
      helpValue: 'qemu|hercules|both',
    }),
    kernel: Flags.string({
      description: 'kernel whose driver is counted: a source tree, or debian:VERSION (default: debian:6.12)',
      helpValue: 'PATH|debian:VERSION',
    }),
    qemu: labFlags.qemu,
    output: Flags.string({ description: 'folder for results', default: 'results', helpValue: 'DIR' }),
    json: jsonFlag,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(LabCoverage);
    const { coverDriver } = await import('../../cli/lab-coverage.js');
    const { summary, text, exitCode } = await coverDriver(argv.map(String), flags, this.config.version);
    if (flags.json) this.json(summary);
    else this.print(text);
    process.exitCode = exitCode;
  }
}
