import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const { museumPage } = (await import(new URL('../../../scripts/museum-page.mjs', import.meta.url).href)) as {
  museumPage: () => Promise<string>;
};

describe('docs/museum.md', function () {
  this.timeout(60_000);

  it('says what the museum says, and which cases catch each bug; if not, run `node scripts/museum-table.mjs`', async () => {
    assert.equal(readFileSync(new URL('../../../docs/museum.md', import.meta.url), 'utf8'), await museumPage());
  });
});
