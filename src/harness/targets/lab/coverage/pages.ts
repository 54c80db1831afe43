/** Coverage as pages for a browser: a table of the files, and one page a file with its source, line by line. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  figuresOf,
  sumOf,
  unreachedFunctions,
  type FileCoverage,
  type Figures,
  type LineCount,
  type Share,
} from './report.js';

/** What the pages show. */
export interface PageContent {
  /** what was counted and with what, one line each, for the top of the table */
  readonly about: readonly string[];
  readonly files: readonly FileCoverage[];
  /** text of each file, by name */
  readonly sources: ReadonlyMap<string, string>;
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 72em; padding: 0 1em; color: #1c1c1c; background: #fff }
table { border-collapse: collapse } th, td { padding: .2em .9em; text-align: right } th:first-child, td:first-child { text-align: left }
tr + tr { border-top: 1px solid #ddd } a { color: #05518f }
pre { font: 13px/1.45 ui-monospace, monospace; tab-size: 8; overflow-x: auto } pre span { display: block; min-width: max-content }
pre i { display: inline-block; font-style: normal; text-align: right; color: #595959; user-select: none; margin-right: 1em }
i.n { width: 4em } i.c { width: 7em } i.b { width: 5em }
.hit { background: #e3f4e3 } .part { background: #fff3cc } .miss { background: #fbdcdc }
@media (prefers-color-scheme: dark) {
  body { color: #e4e4e4; background: #161616 } a { color: #8ec5f5 } tr + tr { border-color: #444 } pre i { color: #a8a8a8 }
  .hit { background: #17351b } .part { background: #423508 } .miss { background: #4a1c1c }
}`;

/** Text that stands for itself in HTML, also in an attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** `91.3 %`; nothing for a part of nothing. */
export function percentage({ total, reached }: Share): string {
  // What is not whole is never shown as 100.0.
  return total === 0 ? '' : `${(Math.floor((reached / total) * 1000) / 10).toFixed(1)} %`;
}

/** Writes `index.html` and one page for each file. @param folder is made if it is not there */
export async function writePages(folder: string, content: PageContent): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'index.html'), indexPage(content));
  for (const file of content.files) {
    await writeFile(join(folder, `${file.name}.html`), filePage(file, content.sources.get(file.name) ?? ''));
  }
}

/** The page with the table. */
export function indexPage({ about, files }: PageContent): string {
  const rows = files.map((file) =>
    row(`<a href="${escapeHtml(file.name)}.html">${escapeHtml(file.name)}</a>`, figuresOf(file)),
  );
  const never = unreachedFunctions(files).map(
    ({ file, name, line }) =>
      `<li><a href="${escapeHtml(file)}.html#${line}">${escapeHtml(name)}</a> (${escapeHtml(file)}, line ${line})</li>`,
  );
  return page('Coverage of vfio-ccw', [
    ...about.map((line) => `<p>${escapeHtml(line)}</p>`),
    '<table><tr><th>file</th><th>lines</th><th></th><th>branches</th><th></th><th>functions</th><th></th></tr>',
    ...rows,
    row('all', sumOf(files.map(figuresOf))),
    '</table>',
    '<h2>Functions that were never entered</h2>',
    never.length === 0 ? '<p>None.</p>' : `<ul>${never.join('\n')}</ul>`,
  ]);
}

/** The page of one file. @param source its text */
export function filePage(file: FileCoverage, source: string): string {
  const counts = new Map(file.lines.map((line) => [line.line, line]));
  const lines = source.replace(/\n$/, '').split('\n');
  return page(file.name, [
    '<p><a href="index.html">All files</a>. Left of each line: its number, how often it ran, and how many of its branches were taken.</p>',
    `<table>${row('this file', figuresOf(file))}</table>`,
    `<pre>${lines.map((text, index) => sourceLine(index + 1, text, counts.get(index + 1))).join('')}</pre>`,
  ]);
}

function sourceLine(number: number, text: string, counted: LineCount | undefined): string {
  const taken = counted?.branches.filter((count) => count > 0).length ?? 0;
  const all = counted?.branches.length ?? 0;
  const colour = counted === undefined ? '' : ` class="${counted.count === 0 ? 'miss' : taken < all ? 'part' : 'hit'}"`;
  const branches = all === 0 ? '' : `${taken}/${all}`;
  const left = `<i class="n">${number}</i><i class="c">${counted?.count ?? ''}</i><i class="b">${branches}</i>`;
  return `<span id="${number}"${colour}>${left}${escapeHtml(text)}</span>`;
}

function row(name: string, { lines, branches, functions }: Figures): string {
  const cells = [lines, branches, functions].map(
    (share) => `<td>${share.reached} of ${share.total}</td><td>${percentage(share)}</td>`,
  );
  return `<tr><td>${name}</td>${cells.join('')}</tr>`;
}

function page(title: string, body: readonly string[]): string {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>`;
  return `<!doctype html>\n<html lang="en"><head>${head}<style>${STYLE}</style></head>\n<body><h1>${escapeHtml(title)}</h1>\n${body.join('\n')}\n</body></html>\n`;
}
