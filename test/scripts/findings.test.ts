import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

interface FindingsPage {
  readonly text: string;
  readonly problems: readonly string[];
}

const { findingsPage } = (await import(new URL('../../../scripts/findings-page.mjs', import.meta.url).href)) as {
  findingsPage: () => Promise<FindingsPage>;
};

describe('docs/findings.md', function () {
  this.timeout(60_000);
  let page: FindingsPage;
  before(async () => (page = await findingsPage()));

  it('says what the findings and the suites say; if not, run `npm run findings`', () => {
    assert.equal(readFileSync(new URL('../../../docs/findings.md', import.meta.url), 'utf8'), page.text);
  });

  it('tells only what a run of the program, or a recording, gives back', () => {
    assert.deepEqual(page.problems, []);
  });
});
