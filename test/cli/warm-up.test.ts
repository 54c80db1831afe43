import assert from 'node:assert/strict';

import { warmUp, warmUpCases } from '../../src/cli/warm-up.js';
import { loadPlugins } from '../../src/plugins/loader.js';

describe('the warm-up of a worker', () => {
  it('executes cases that there are, and that pass', async () => {
    const plugins = await loadPlugins({ purpose: 'run' });
    const executed: string[] = [];
    const cases = plugins.cases.map(({ plugin, definition }) => ({
      plugin,
      definition: {
        ...definition,
        run: async (context: Parameters<typeof definition.run>[0]) => {
          await definition.run(context);
          executed.push(definition.id);
        },
      },
    }));
    await warmUp({ ...plugins, cases }, () => false);
    assert.deepEqual(executed, warmUpCases);
  });

  it('ends when there is something better to do', async () => {
    const plugins = await loadPlugins({ purpose: 'run' });
    let asked = 0;
    await warmUp(plugins, () => ++asked > 2);
    assert.equal(asked, 3);
  });
});
