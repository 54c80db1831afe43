import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { exitCodeMeaning, verdictMeanings } from '../../src/cli/contract.js';
import { ExitCode } from '../../src/harness/errors/catalogue.js';

describe('the contract of verdicts and exit codes', () => {
  const page = readFileSync(new URL('../../../docs/verdicts.md', import.meta.url), 'utf8');

  it('has the numbers that are published', () => {
    assert.deepEqual(Object.values(ExitCode), [0, 1, 2, 3, 4, 64, 78, 130]);
  });

  it('is on its page word for word', () => {
    for (const code of Object.values(ExitCode))
      assert(page.includes(`| ${code} | ${exitCodeMeaning(code) ?? ''} |`), String(code));
    for (const [verdict, meaning] of Object.entries(verdictMeanings)) {
      assert(page.includes(`| \`${verdict}\` | ${meaning.split(';')[0] ?? ''}`), verdict);
    }
  });

  it('knows no other code', () => {
    assert.equal(exitCodeMeaning(5), undefined);
  });
});
