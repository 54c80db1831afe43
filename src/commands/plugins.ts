import { BaseCommand, jsonFlag } from '../cli/base-command.js';
import { targetFlags } from '../cli/flags.js';

export default class Plugins extends BaseCommand {
  static override summary = 'List the plugins: how many cases each has, and its device kinds with their settings.';
  static override examples = [
    { description: 'The plugins that come with ccwspec', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'With one of your own',
      command: '<%= config.bin %> <%= command.id %> --plugin ./my-plugin/index.js',
    },
    { description: 'For programs', command: '<%= config.bin %> <%= command.id %> --json' },
  ];
  static override flags = { plugin: targetFlags.plugin, json: jsonFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(Plugins);
    const { describePlugins } = await import('../cli/describe-plugins.js');
    const plugins = await describePlugins(flags.plugin);
    if (flags.json) this.json({ plugins });
    else {
      const { pluginLines } = await import('../cli/present/plugins.js');
      this.print(pluginLines(plugins));
    }
  }
}
