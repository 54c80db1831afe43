import { Args, Flags } from '@oclif/core';

import { BaseCommand, jsonFlag } from '../cli/base-command.js';
import { targetFlags } from '../cli/flags.js';
import { ExitCode } from '../harness/errors/catalogue.js';

export default class Exec extends BaseCommand {
  static override summary = 'Run a channel program from a file, and show what came of it.';
  static override description =
    'FILE is assembly or JSON (docs/programs.md); one with several programs runs them in order on one open device. Guest memory ' +
    'is zeroed and loaded for each, the whole I/O region is written, and the IRB area is read after every interruption. Ends with ' +
    '0 if the program ran, whatever the device said; 78 for a file that cannot be used, 2 if the target failed. With several ' +
    'targets it shows where their answers differ from those of the first, and ends with 1 if one does.';
  static override examples = [
    { description: 'One program, in words', command: '<%= config.bin %> <%= command.id %> sense-id.ccw' },
    {
      description: 'A recording, as programs read it',
      command: '<%= config.bin %> <%= command.id %> recording.json --json',
    },
    {
      description: 'On a volume of your own (a copy of it: the file stays as it is)',
      command: '<%= config.bin %> <%= command.id %> read-label.ccw --device eckd:image=volume.3390',
    },
    {
      description: 'As Linux 6.1.176 does it, on a machine that decides as Hercules does',
      command: '<%= config.bin %> <%= command.id %> chain.ccw --target model:linux-6.1.176 -o platform=hercules-3.13',
    },
    {
      description: 'Where two kernels answer otherwise',
      command: '<%= config.bin %> <%= command.id %> chain.ccw --target model --target model:linux-6.1.176',
    },
  ];
  static override args = {
    file: Args.string({ name: 'FILE', description: 'program file: assembly or JSON', required: true }),
  };
  static override flags = {
    ...targetFlags,
    target: Flags.string({
      char: 't',
      description: `${targetFlags.target.description ?? ''}; may be given more than once, with settings of its own in quotes`,
      multiple: true,
      multipleNonGreedy: true,
      default: ['model'],
      helpValue: 'TARGET',
    }),
    json: jsonFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Exec);
    const { execFile } = await import('../cli/exec-file.js');
    const { file, runs } = await execFile(args.file, flags);
    if (runs.length > 1) {
      const { comparedPrograms, comparedProgramLines } = await import('../cli/present/exec.js');
      const programs = comparedPrograms(runs);
      if (flags.json) this.json({ targets: runs.map(({ label }) => label), programs });
      else this.print(comparedProgramLines(runs, programs));
      process.exitCode = programs.some(({ differs }) => differs) ? ExitCode.failed : ExitCode.passed;
      return;
    }
    const run = runs[0]?.run ?? [];
    if (flags.json) {
      const { encodeOutcome } = await import('../harness/program-file/index.js');
      const outcomes = run.map(({ outcome }) => encodeOutcome(outcome));
      this.json(file.isList ? outcomes : outcomes[0]);
    } else {
      const { explainOutcome } = await import('../harness/exec/index.js');
      this.print(run.flatMap(({ program, outcome }) => [...explainOutcome(program, outcome), '']).slice(0, -1));
    }
  }
}
