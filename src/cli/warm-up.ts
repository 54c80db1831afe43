/**
 * What a worker does while the main thread still plans: a few cases on the model, whose outcome nobody looks at. What V8 compiles
 * on the way is there when the run begins.
 */

import { setImmediate } from 'node:timers/promises';

import type { TargetSession } from '../harness/ports/index.js';
import { RunningContext } from '../harness/runner/context.js';
import { CaseExpect } from '../harness/runner/expectations.js';
import type { RegisteredCase } from '../harness/runner/plan.js';
import { createTarget } from '../harness/targets/index.js';
import type { PluginSet } from '../plugins/loader.js';

/** Between them they go through every layer; none of them waits for long, or needs a file. */
export const warmUpCases: readonly string[] = [
  'vfio-ccw/info/device',
  'vfio-ccw/chains/256-ccws',
  'css/ssch/sense-id-from-start-to-test',
  'halt-clear/async/halt-idle',
  'eckd/read/what-was-written',
  'vfio-ccw/regions/slices-of-the-io-region',
  'eckd/write/behind-a-search',
  'halt-clear/async/clear-suspended',
];

/** Executes `warmUpCases`, as long as `isWanted` says false: then there is something better to do. */
export async function warmUp({ plugins, cases }: PluginSet, isWanted: () => boolean): Promise<void> {
  const target = createTarget('model', {
    deviceKinds: plugins.flatMap(({ plugin }) => plugin.devices ?? []),
    targets: [],
    device: undefined,
    options: new Map(),
    inPlace: false,
    writable: true,
    defects: [],
    scratch: () => {
      throw new Error('the device of a warm-up is in memory');
    },
  });
  const byId = new Map(cases.map((registered) => [registered.definition.id, registered]));
  for (const id of warmUpCases) {
    // The task comes as a message, which is delivered between two turns of the event loop.
    await setImmediate();
    const registered = byId.get(id);
    if (isWanted()) return;
    if (registered !== undefined) await execute(registered, await target.start(0));
  }
}

async function execute({ definition }: RegisteredCase, session: TargetSession): Promise<void> {
  try {
    await session.ledger();
    await definition.run(new RunningContext(session, new CaseExpect(), new Map(), 0, () => undefined));
  } finally {
    await session.close();
  }
}
