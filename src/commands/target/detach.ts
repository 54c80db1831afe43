import { BaseCommand, jsonFlag } from '../../cli/base-command.js';
import { hostFlags } from '../../cli/flags.js';
import { ExitCode } from '../../harness/errors/catalogue.js';

export default class TargetDetach extends BaseCommand {
  static override summary = 'Give a device of a real host back as it was before it was attached.';
  static override description =
    'Removes the mediated device, gives the subchannel back to the driver that it had, and sets the device online again if it was. ' +
    'It goes on past a step that fails, and ends with 2 then. Without a name it gives back everything that was attached from here ' +
    'by hand, or left by a run that was killed.';
  static override examples = [
    { description: 'Everything that was attached from here', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'One device', command: '<%= config.bin %> <%= command.id %> --device-number 0.0.401c' },
  ];
  static override flags = { ...hostFlags, json: jsonFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(TargetDetach);
    const { detachDevices } = await import('../../cli/target-devices.js');
    const detached = await detachDevices(flags);
    if (flags.json) this.json({ target: flags.target, detached });
    else {
      const { detachedLines } = await import('../../cli/present/host.js');
      this.print(detachedLines(detached));
    }
    if (detached.some(({ problems }) => problems.length > 0)) process.exitCode = ExitCode.harnessError;
  }
}
