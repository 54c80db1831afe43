import { Args } from '@oclif/core';

import { BaseCommand, jsonFlag } from '../cli/base-command.js';
import { selectionFlags, targetFlags } from '../cli/flags.js';

export default class List extends BaseCommand {
  static override summary = 'List cases: what each decides, needs, changes and covers.';
  static override description =
    'Lists every case if nothing is named. With the flags of `run` it lists what a run would select; a case that the target ' +
    'cannot run is marked, with all reasons in --json.';
  static override examples = [
    { description: 'Every case', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'What a run of a suite would select',
      command: '<%= config.bin %> <%= command.id %> reserve-release',
    },
    { description: 'Cases about a subject', command: '<%= config.bin %> <%= command.id %> --grep residual' },
    { description: 'For programs', command: '<%= config.bin %> <%= command.id %> --json' },
  ];
  static override strict = false;
  static override args = {
    what: Args.string({ name: 'SUITE|CASE', description: 'suites (by name or file) and cases (by id or glob)' }),
  };
  static override flags = { ...targetFlags, ...selectionFlags, json: jsonFlag };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(List);
    const { listCases } = await import('../cli/list-cases.js');
    const listed = await listCases(argv.map(String), flags);
    if (flags.json) this.json(listed);
    else {
      const { listLines } = await import('../cli/present/list.js');
      this.print(listLines(listed));
    }
  }
}
