import { BaseCommand, jsonFlag } from '../cli/base-command.js';
import { targetFlags } from '../cli/flags.js';

export default class Targets extends BaseCommand {
  static override summary = 'List the targets: what each is made of, what it can do, and why it cannot do the rest.';
  static override examples = [
    { description: 'Every target', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'The capabilities with another device',
      command: '<%= config.bin %> <%= command.id %> --device eckd:model=3390-9',
    },
    { description: 'For programs', command: '<%= config.bin %> <%= command.id %> --json' },
  ];
  static override flags = {
    plugin: targetFlags.plugin,
    device: targetFlags.device,
    option: targetFlags.option,
    json: jsonFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Targets);
    const { describeTargets } = await import('../cli/describe-targets.js');
    const targets = await describeTargets(flags);
    if (flags.json) this.json({ targets });
    else {
      const { targetLines } = await import('../cli/present/targets.js');
      this.print(targetLines(targets));
    }
  }
}
