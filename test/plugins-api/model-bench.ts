/** A bench with a third-party plugin on the in-process model, as `ccwspec run --plugin` makes it. */

import { fileURLToPath } from 'node:url';
import type { Bench } from '../../src/harness/runner/index.js';
import { createTarget } from '../../src/harness/targets/index.js';
import { loadPlugins } from '../../src/plugins/loader.js';

const folder = fileURLToPath(new URL('../../../test/fixtures/plugins/', import.meta.url));

/** @param check false in a worker, where the plugins have been checked before */
export async function openBench({
  check,
  options = {},
}: {
  check: boolean;
  options?: Record<string, string>;
}): Promise<Bench> {
  const purpose = check ? 'plan' : 'run';
  const set = await loadPlugins({ specifiers: ['./ccwspec-plugin-acme'], from: folder, builtIn: ['eckd'], purpose });
  const target = createTarget('model', {
    deviceKinds: set.plugins.flatMap(({ plugin }) => plugin.devices ?? []),
    targets: [],
    device: undefined,
    options: new Map(Object.entries(options)),
    inPlace: false,
    writable: true,
    defects: [],
    scratch: () => {
      throw new Error('a new volume needs no scratch folder');
    },
  });
  return { ...set, target };
}
