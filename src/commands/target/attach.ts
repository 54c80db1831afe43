import { Flags } from '@oclif/core';

import { BaseCommand, jsonFlag } from '../../cli/base-command.js';
import { hostFlags } from '../../cli/flags.js';

export default class TargetAttach extends BaseCommand {
  static override summary = 'Pass a device of a real host to vfio-ccw, as `run` does by itself.';
  static override description =
    'Sets the device offline, takes its subchannel from its driver, gives it to vfio_ccw, and makes a mediated device of it. It ' +
    'stays so until `ccwspec target detach`; a run that names the device uses it as it is. A device that the host uses (a mounted ' +
    'file system, swap space) is refused.';
  static override examples = [
    { description: 'A DASD of this machine', command: '<%= config.bin %> <%= command.id %> --device-number 0.0.401c' },
    {
      description: 'A subchannel of another machine',
      command: '<%= config.bin %> <%= command.id %> --target ssh:lpar7 --subchannel 0.0.0313',
    },
  ];
  static override flags = {
    ...hostFlags,
    uuid: Flags.string({ description: 'UUID of the mediated device (default: a new one)', helpValue: 'UUID' }),
    json: jsonFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(TargetAttach);
    const { attachDevice } = await import('../../cli/target-devices.js');
    const places = await attachDevice(flags);
    if (flags.json) this.json(places);
    else {
      const { attachedLines } = await import('../../cli/present/host.js');
      this.print(attachedLines(places));
    }
  }
}
