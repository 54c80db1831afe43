import { Args, Flags } from '@oclif/core';

import { BaseCommand, jsonFlag } from '../cli/base-command.js';
import { commonTargetFlags, none, selectionFlags } from '../cli/flags.js';

export default class Compare extends BaseCommand {
  static override summary = 'Run the same cases on several targets, and show where they differ.';
  static override description =
    'Runs the suite `default`, or what --only names, on each target in turn. Prints the matrix, case by target, with the first ' +
    'field that differs, and writes it as compare.json; the reports of each run stand beside it, and the JUnit of each names ' +
    'the outcome on the others. A target with settings of its own is one word in quotes. Ends with 1 if a case differs other ' +
    'than the suites list, with 0 if none does.';
  static override examples = [
    {
      description: 'Two kernels, as the model plays them',
      command: '<%= config.bin %> <%= command.id %> model model:linux-6.1.176 --only vfio-ccw',
    },
    {
      description: 'The model and the real driver',
      command: '<%= config.bin %> <%= command.id %> model lab:qemu --only vfio-ccw',
    },
    {
      description: 'The architecture and a machine that decides as Hercules does',
      command: "<%= config.bin %> <%= command.id %> model 'model -o platform=hercules-3.13' --only eckd --differing",
    },
  ];
  static override strict = false;
  static override args = {
    targets: Args.string({ name: 'TARGET', description: 'targets, two or more; with settings of its own in quotes' }),
  };
  static override flags = {
    only: Flags.string({
      description:
        'suites (by name or file) and cases (by id or glob), as the words of `run` (may be given more than once)',
      multiple: true,
      multipleNonGreedy: true,
      default: [],
      defaultHelp: none,
      helpValue: 'SUITE|CASE',
    }),
    ...commonTargetFlags,
    ...selectionFlags,
    seed: Flags.integer({
      description: 'seed of the runs, 32 bits',
      default: 1,
      min: 0,
      max: 0xffff_ffff,
      helpValue: 'NUMBER',
    }),
    'timeout-scale': Flags.string({ description: 'multiply every time limit', default: '1', helpValue: 'FACTOR' }),
    differing: Flags.boolean({ description: 'print only the cases that differ' }),
    json: Flags.boolean({ ...jsonFlag, description: 'print compare.json on standard output' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Compare);
    const { compareTargets } = await import('../cli/compare-targets.js');
    const { comparison, path } = await compareTargets(argv.map(String), flags, this.config.version);
    if (flags.json) this.json(comparison);
    else {
      const { comparisonLines } = await import('../cli/present/compare.js');
      this.print([...comparisonLines(comparison, flags.differing), `Reports: ${path}`]);
    }
    process.exitCode = comparison.exitCode;
  }
}
