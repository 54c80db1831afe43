import { Args, Flags } from '@oclif/core';

import { BaseCommand, jsonFlag } from '../cli/base-command.js';
import { takeBenchThread } from '../cli/bench-thread.js';
import { selectionFlags, targetFlags } from '../cli/flags.js';

export default class Run extends BaseCommand {
  static override summary = 'Run suites or cases on a target, and write the reports.';
  static override description =
    'Runs the suite `default` if nothing is named. Progress and summary go to standard output (to standard error with --json), ' +
    'the reports to a folder of their own under --output; `latest` there leads to the newest one. Ctrl-C lets the running case ' +
    'finish and writes the reports; a second one stops at once. docs/verdicts.md lists verdicts and exit codes.';
  static override examples = [
    { description: 'The default suite on the model', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'One suite and a group of cases, as Linux 6.1.176 behaves',
      command: "<%= config.bin %> <%= command.id %> smoke 'vfio-ccw/regions/*' --target model:linux-6.1.176",
    },
    {
      description: 'The driver of your own kernel tree, on QEMU',
      command: '<%= config.bin %> <%= command.id %> vfio-ccw --target lab:qemu --kernel ~/src/linux',
    },
    {
      description: 'What failed in the latest run, again',
      command: '<%= config.bin %> <%= command.id %> --last-failed',
    },
    { description: 'For a CI', command: '<%= config.bin %> <%= command.id %> vfio-ccw --junit junit.xml --bail 10' },
    {
      description: 'For git bisect, in a kernel tree',
      command: 'git bisect run npx ccwspec run vfio-ccw --target lab:qemu --kernel . --bisect',
    },
    { description: 'With eight channel paths', command: '<%= config.bin %> <%= command.id %> paths -o paths=8' },
  ];
  static override strict = false;
  static override args = {
    what: Args.string({ name: 'SUITE|CASE', description: 'suites (by name or file) and cases (by id or glob)' }),
  };
  static override flags = {
    ...targetFlags,
    ...selectionFlags,
    seed: Flags.integer({
      description: 'seed of the run, 32 bits',
      default: 1,
      min: 0,
      max: 0xffff_ffff,
      helpValue: 'NUMBER',
    }),
    'repeat-each': Flags.integer({ description: 'run each case this often', default: 1, min: 1, helpValue: 'N' }),
    workers: Flags.integer({
      description:
        'run so many cases side by side, each on a model or a lab of its own (default: 2 for lab:qemu, else 1)',
      min: 1,
      max: 64,
      helpValue: 'N',
    }),
    bail: Flags.integer({ description: 'stop after so many failures', min: 1, helpValue: 'N' }),
    'timeout-scale': Flags.string({ description: 'multiply every time limit', default: '1', helpValue: 'FACTOR' }),
    junit: Flags.string({ description: 'write the JUnit report here too', helpValue: 'FILE' }),
    bisect: Flags.boolean({ description: 'end with 125 where nothing can be judged, for `git bisect run`' }),
    json: Flags.boolean({ ...jsonFlag, description: 'print the events as JSON lines on standard output' }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Run);
    const thread = takeBenchThread();
    try {
      const { runSuites } = await import('../cli/run-suites.js');
      process.exitCode = await runSuites(argv.map(String), flags, this.config.version, thread);
    } finally {
      thread.end();
    }
  }
}
