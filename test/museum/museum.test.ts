/** Every bug of the museum, brought back in the model, is caught by each of the cases that guard it; they pass without it. */

import assert from 'node:assert/strict';
import { exhibits, type Exhibit } from '../../museum/index.js';
import { openBench, type OpenBench } from '../../src/cli/bench.js';
import { makePlan, Pattern, runInProcess, type CaseEnd } from '../../src/harness/runner/index.js';

function benchWith(options: Record<string, string>): Promise<OpenBench> {
  return openBench({ target: 'model', device: undefined, plugins: [], options, inPlace: false, writable: true });
}

/** Ids of the cases that guard `exhibit`, of those that the model can run: they name it, or the commit that fixed it. */
function guardsOf({ cases }: OpenBench, { id, fixedBy }: Exhibit): string[] {
  return cases
    .filter(({ definition }) => !definition.needs.includes('several-processors'))
    .filter(({ definition }) => definition.guards?.some((guard) => guard === id || guard === fixedBy) === true)
    .map(({ definition }) => definition.id);
}

async function run(bench: OpenBench, ids: readonly string[]): Promise<CaseEnd[]> {
  const selection = { cases: ids.map((id) => new Pattern(id)) };
  const plan = makePlan({ cases: bench.cases, target: bench.target, selection, seed: 1, touch: 'volume' });
  return runInProcess(bench, plan);
}

const described = (ends: readonly CaseEnd[]): string => ends.map(({ id, verdict }) => `${id}: ${verdict}`).join(', ');

describe('the museum', () => {
  let sound: OpenBench;
  before(async () => {
    sound = await benchWith({});
  });

  it('has ids of its own for its exhibits', () => {
    assert.equal(new Set(exhibits.map(({ id }) => id)).size, exhibits.length);
  });

  it('is guarded by cases that pass on the sound model', async () => {
    const ids = new Set(exhibits.flatMap((exhibit) => guardsOf(sound, exhibit)));
    const ends = await run(sound, [...ids]);
    assert.ok(ends.length > exhibits.length / 2);
    assert.equal(described(ends.filter(({ verdict }) => verdict !== 'pass')), '');
  });

  for (const exhibit of exhibits) {
    it(`${exhibit.id} would have been caught`, async () => {
      const bench = await benchWith({ defect: exhibit.id });
      const ends = await run(bench, guardsOf(bench, exhibit));
      const missed = ends.filter(({ verdict }) => verdict !== 'fail');
      assert.ok(ends.length > 0, 'no case guards it');
      assert.equal(described(missed), '', 'cases that say they guard it, and do not notice it');
    });
  }
});
