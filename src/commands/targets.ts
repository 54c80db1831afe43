import { BaseCommand, jsonFlag } from '../cli/base-command.js';
import { targetFlags } from '../cli/flags.js';

export default class Targets extends BaseCommand {
  static override summary = 'List the targets: which are available here, what the models can do, and why not the rest.';
  static override description =
    'Looks only: no lab is booted and no host reached. What a lab or a host can do turns out when it runs: cases that need more ' +
    'are skipped with the reason.';
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
    const { targetAvailability } = await import('../cli/target-availability.js');
    const [targets, availability] = await Promise.all([describeTargets(flags), targetAvailability()]);
    if (flags.json) this.json({ availability, targets });
    else {
      const { availabilityLines, targetLines } = await import('../cli/present/targets.js');
      this.print([...availabilityLines(availability), '', ...targetLines(targets)]);
    }
  }
}
