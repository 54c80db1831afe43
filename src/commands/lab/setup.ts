import { Flags } from '@oclif/core';

import { BaseCommand, jsonFlag } from '../../cli/base-command.js';

export default class LabSetup extends BaseCommand {
  static override summary = 'Show what the lab lacks on this machine, and the one command that brings it.';
  static override description =
    'With --yes it runs that command: apt-get as root; where you are not root, it shows it with sudo and runs nothing. Ends with 0 if nothing is missing (any more), else with 2.';
  static override examples = [
    { description: 'What is missing', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'Install it', command: '<%= config.bin %> <%= command.id %> --yes' },
  ];
  static override flags = {
    yes: Flags.boolean({ description: 'install what is missing' }),
    json: jsonFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(LabSetup);
    const { setUpLab } = await import('../../cli/lab-setup.js');
    const { lines, missing } = await setUpLab(flags.yes);
    if (flags.json) this.json({ missing });
    else this.print(lines);
    if (missing.length > 0) process.exitCode = 2;
  }
}
