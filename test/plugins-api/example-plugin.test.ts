import assert from 'node:assert/strict';
import { executePlan, makePlan, Pattern, type CaseEnd, type RunOutcome } from '../../src/harness/runner/index.js';
import { openBench } from './model-bench.js';

/** Runs the cases of the worked example in docs/plugins.md on the model. */
async function runExample(options: Record<string, string> = {}): Promise<{ outcome: RunOutcome; ends: CaseEnd[] }> {
  const { cases, target } = await openBench({ check: true, options });
  const plan = makePlan({ cases, target, selection: { cases: [new Pattern('acme/*')] }, seed: 1, options });
  const ends: CaseEnd[] = [];
  const outcome = await executePlan({
    plan,
    worker: {
      module: new URL('./model-bench.js', import.meta.url).href,
      export: 'openBench',
      argument: { check: false, options },
    },
    sinks: [
      {
        name: 'the test',
        take: (event) => {
          if (event.event === 'case-end') ends.push(event);
        },
      },
    ],
    version: '0.0.0-test',
  });
  return { outcome, ends };
}

describe('the worked example of a third-party plugin', function () {
  this.timeout(60_000);

  it('runs on the model, and passes', async () => {
    const { outcome, ends } = await runExample();
    assert.deepEqual(
      ends.map(({ id, verdict, failures }) => [id, verdict, failures]),
      [
        ['acme/identify/names-the-control-unit', 'pass', undefined],
        ['acme/identify/channel-end-and-device-end', 'pass', undefined],
      ],
    );
    assert.equal(outcome.exitCode, 0);
  });

  it('fails with its own clause when an option asks for another control unit', async () => {
    const { outcome, ends } = await runExample({ 'acme.control-units': '1750' });
    assert.equal(outcome.exitCode, 1);
    assert.match(
      ends[0]?.failures?.[0]?.text ?? '',
      /is one of 1750; it is not so\ndecided by:\n {2}ACM-001: .*\n {4}Acme Control Unit Reference/,
    );
  });
});
