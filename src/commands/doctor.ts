import { Flags } from '@oclif/core';

import { BaseCommand, jsonFlag } from '../cli/base-command.js';

export default class Doctor extends BaseCommand {
  static override summary = 'Show what this machine has and lacks for ccwspec.';
  static override description =
    'Looks at Node, the results folder and the programs of other packages, says what each is needed for, and which targets are available. Changes nothing. Ends with 2 if something is missing that every run needs.';
  static override examples = [
    { description: 'Look at this machine', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'The same for programs', command: '<%= config.bin %> <%= command.id %> --json' },
  ];
  static override flags = {
    output: Flags.string({ description: 'folder for results', default: 'results', helpValue: 'DIR' }),
    json: jsonFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const { examine } = await import('../harness/doctor/index.js');
    const { doctorLines, doctorExitCode } = await import('../cli/present/doctor.js');
    const { targetAvailability } = await import('../cli/target-availability.js');
    const { availabilityLines } = await import('../cli/present/targets.js');
    const findings = examine(flags.output);
    const targets = await targetAvailability();
    if (flags.json) this.json({ findings, targets });
    else this.print([...doctorLines(findings), '', 'Targets:', ...availabilityLines(targets)]);
    process.exitCode = doctorExitCode(findings);
  }
}
