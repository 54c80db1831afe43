import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { percentage, writePages, type FileCoverage } from '../../../../../src/harness/targets/lab/coverage/index.js';
import { escapeHtml, filePage, indexPage } from '../../../../../src/harness/targets/lab/coverage/pages.js';

const SOURCE = `#include <linux/slab.h>
if (a && b < "c'")
	run();
	never();
`;

const file: FileCoverage = {
  name: 'vfio_ccw_drv.c',
  lines: [
    { line: 2, count: 8, branches: [8, 0] },
    { line: 3, count: 8, branches: [] },
    { line: 4, count: 0, branches: [] },
  ],
  functions: [
    { name: 'entered', line: 2, count: 8 },
    { name: 'never_entered', line: 4, count: 0 },
  ],
};

/** The line of a page that shows a line of the source. */
const shown = (page: string, line: number): string => page.split(`<span id="${line}"`)[1]!.split('</span>')[0]!;

describe('pages of coverage', () => {
  it('show the source as it stands there, not as HTML', () => {
    assert.equal(escapeHtml(`<a href="x">&'`), '&#60;a href=&#34;x&#34;&#62;&#38;&#39;');
    const page = filePage(file, SOURCE);
    assert.match(shown(page, 1), /#include &#60;linux\/slab\.h&#62;$/);
    assert.match(shown(page, 2), /if \(a &#38;&#38; b &#60; &#34;c&#39;&#34;\)$/);
    const about = indexPage({ about: ['<script>'], files: [{ ...file, name: 'a<b>.c' }], sources: new Map() });
    assert.ok(!about.includes('<script>') && !about.includes('a<b>'));
  });

  it('tell lines that ran, ran in part, and never ran from those without code', () => {
    const page = filePage(file, SOURCE);
    assert.match(shown(page, 1), /^>/);
    assert.match(shown(page, 2), /^ class="part">.*>2<.*>8<.*>1\/2</);
    assert.match(shown(page, 3), /^ class="hit">/);
    assert.match(shown(page, 4), /^ class="miss">.*>0</);
    assert.ok(!page.includes('<span id="5"'));
  });

  it('lead from the functions that were never entered to their lines', () => {
    const page = indexPage({ about: [], files: [file], sources: new Map() });
    assert.match(page, /<a href="vfio_ccw_drv\.c\.html#4">never_entered<\/a>/);
    assert.ok(!page.includes('>entered<'));
    assert.match(page, /<td>2 of 3<\/td><td>66\.6 %<\/td><td>1 of 2<\/td><td>50\.0 %<\/td>/);
  });

  it('are one for the table and one for each file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ccwspec-pages-'));
    try {
      await writePages(join(folder, 'coverage'), { about: [], files: [file], sources: new Map([[file.name, SOURCE]]) });
      assert.deepEqual(readdirSync(join(folder, 'coverage')).sort(), ['index.html', 'vfio_ccw_drv.c.html']);
      assert.match(readFileSync(join(folder, 'coverage', 'vfio_ccw_drv.c.html'), 'utf8'), /never\(\);/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a percentage', () => {
  it('is 100.0 for the whole alone, and nothing for a part of nothing', () => {
    assert.equal(percentage({ total: 10_000, reached: 9_999 }), '99.9 %');
    assert.equal(percentage({ total: 7, reached: 7 }), '100.0 %');
    assert.equal(percentage({ total: 7, reached: 0 }), '0.0 %');
    assert.equal(percentage({ total: 0, reached: 0 }), '');
  });
});
