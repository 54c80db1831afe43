// The table that maps each line of an ABI transcript to the cases that decide it.
import { abiLines } from './abi-lines.mjs';

/** Lines of this section show the machine's sysfs before anything is opened; they are no calls. */
const NOT_CALLS = 'SETUP';
const LONGEST_RESULT = 90;

/** Markdown: one row for each line, with the ids of the cases whose `recorded` names it. */
export function transcriptTable(title, text, cases, table) {
  const deciding = new Map();
  for (const { definition } of cases) {
    for (const name of definition.recorded ?? []) deciding.set(name, [...(deciding.get(name) ?? []), definition.id]);
  }
  const lines = abiLines(text).filter(({ section, name }) => section !== NOT_CALLS || deciding.has(name));
  const rows = lines.map(({ name, result }) => {
    const ids = (deciding.get(name) ?? []).map((id) => `\`${id}\``);
    return [name, result.slice(0, LONGEST_RESULT), ids.join(', ') || '—'];
  });
  const decided = lines.filter(({ name }) => deciding.has(name)).length;
  return [
    '',
    `## Lines of ${title}`,
    '',
    `${decided} of ${lines.length} lines are decided by a case, which names them in \`recorded\`.`,
    '',
    ...table(['line', 'what the kernel answered', 'decided by'], rows),
  ];
}
