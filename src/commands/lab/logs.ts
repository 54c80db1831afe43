import { Args, Flags } from '@oclif/core';

import { BaseCommand, jsonFlag } from '../../cli/base-command.js';

export default class LabLogs extends BaseCommand {
  static override summary = "Show the console of the lab's machine, of the latest boot or an earlier one.";
  static override examples = [
    { description: 'The latest', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'Which ones there are', command: '<%= config.bin %> <%= command.id %> --list' },
    {
      description: 'Only what the kernel complained about',
      command: '<%= config.bin %> <%= command.id %> --reports',
    },
  ];
  static override args = {
    name: Args.string({
      name: 'NAME',
      description: 'which one, as --list names it, or its beginning (default: the latest)',
    }),
  };
  static override flags = {
    list: Flags.boolean({ description: 'list the logs that are kept, the newest last', exclusive: ['reports'] }),
    reports: Flags.boolean({ description: 'only reports of trouble: oops, panic, KASAN, lockdep, …' }),
    json: jsonFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(LabLogs);
    const { keptLogs, labLog } = await import('../../harness/targets/lab/index.js');
    if (flags.list) {
      const logs = await keptLogs();
      if (flags.json) this.json({ logs });
      else this.print(logs.length === 0 ? ['No lab was booted yet.'] : logs);
      return;
    }
    const log = await labLog(args.name);
    const [text, reports] = [log.since(0), log.reports()];
    if (flags.json) this.json({ path: log.path, reports, ...(flags.reports ? {} : { text }) });
    else if (flags.reports) this.print(reports.length === 0 ? ['The kernel did not complain.'] : reports.join('\n\n'));
    else this.print(text.trimEnd());
  }
}
