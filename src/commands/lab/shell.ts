import { BaseCommand } from '../../cli/base-command.js';
import { labFlags } from '../../cli/lab-flags.js';
import { tellProgress } from '../../cli/progress.js';

export default class LabShell extends BaseCommand {
  static override summary = "Boot the lab on QEMU, with a prompt in the guest in place of the agent's way in.";
  static override description =
    'The devices are those of lab:qemu, and bin/ccwspec-agent is there too. `exit` or Ctrl-] turns the machine off. Commands ' +
    'on standard input are run as well: `echo "cat /proc/version" | ccwspec lab shell`.';
  static override examples = [
    { description: 'A prompt', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'On your own kernel', command: '<%= config.bin %> <%= command.id %> --kernel ~/src/linux' },
  ];
  static override flags = labFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(LabShell);
    const { runShell } = await import('../../harness/targets/lab/shell.js');
    await runShell(
      {
        kernel: flags.kernel,
        kernelConfiguration: flags['kernel-config'],
        qemu: flags.qemu,
        progress: tellProgress,
      },
      { input: process.stdin, output: process.stdout },
    );
  }
}
