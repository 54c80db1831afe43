import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { errorsPage } from '../../../src/harness/errors/page.js';

describe('docs/errors.md', () => {
  it('says what the catalogue says; if not, run `node scripts/errors-page.mjs`', () => {
    const root = new URL('../../../../', import.meta.url);
    assert.equal(readFileSync(new URL('docs/errors.md', root), 'utf8'), errorsPage());
  });
});
