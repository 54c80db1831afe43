import { BaseCommand, jsonFlag } from '../../cli/base-command.js';
import { hostFlags } from '../../cli/flags.js';

export default class TargetStatus extends BaseCommand {
  static override summary = 'List the devices of a real host: what each is, which driver has it, what is attached.';
  static override examples = [
    { description: 'Devices of this machine', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'Devices of another one', command: '<%= config.bin %> <%= command.id %> --target ssh:lpar7' },
  ];
  static override flags = { target: hostFlags.target, option: hostFlags.option, json: jsonFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(TargetStatus);
    const { deviceStatus } = await import('../../cli/target-devices.js');
    const devices = await deviceStatus({ ...flags, subchannel: undefined, 'device-number': undefined });
    if (flags.json) this.json({ target: flags.target, devices });
    else {
      const { deviceStatusLines } = await import('../../cli/present/host.js');
      this.print(deviceStatusLines(devices));
    }
  }
}
