import { Args } from '@oclif/core';

import { BaseCommand, jsonFlag } from '../cli/base-command.js';
import { targetFlags } from '../cli/flags.js';

export default class Explain extends BaseCommand {
  static override summary = 'Explain a case, a requirement, a bug, an error code, a verdict or an exit code.';
  static override examples = [
    {
      description: 'A requirement: what it says, where it stands, which cases decide it',
      command: '<%= config.bin %> <%= command.id %> TRN-014',
    },
    {
      description: 'A bug: what happened, which cases guard it',
      command: '<%= config.bin %> <%= command.id %> CVE-2026-80555',
    },
    { description: 'An error code', command: '<%= config.bin %> <%= command.id %> E-SUITE-FILE' },
    { description: 'A verdict', command: '<%= config.bin %> <%= command.id %> unexpected-pass' },
    { description: 'An exit code', command: '<%= config.bin %> <%= command.id %> 4' },
  ];
  static override args = {
    id: Args.string({
      name: 'ID',
      description: 'id of a case or requirement, CVE number or commit of a bug, error code, verdict, exit code',
      required: true,
    }),
  };
  static override flags = { plugin: targetFlags.plugin, json: jsonFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Explain);
    const { explain } = await import('../cli/explain.js');
    const explanation = await explain(args.id, flags.plugin);
    if (flags.json) this.json(explanation);
    else {
      const { explanationLines } = await import('../cli/present/explain.js');
      this.print(explanationLines(explanation));
    }
  }
}
