/** The shape of every explanation: one row for each field, in the structure's order. */

/**
 * A field in words: the manual's name, and what it holds. The labels of one kind of structure are always the same ones in the
 * same order as far as they are present, so two explanations can be compared row by row.
 */
export type ExplainedRow = readonly [label: string, text: string];

/** Rows as lines, with the texts in one column. */
export function formatRows(rows: readonly ExplainedRow[], indent = ''): string[] {
  const width = rows.reduce((widest, [label]) => Math.max(widest, label.length), 0);
  return rows.map(([label, text]) => `${indent}${label.padEnd(width)}  ${text}`.trimEnd());
}

/** `names` as a list, or `none`. */
export function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
