// The table that maps each line of an ABI transcript to the cases that decide it.

/** Column at which a transcript's results begin. */
const RESULT_COLUMN = 45;
/** A result that begins with what was asked for: `0: 0 argsz 128 …`, `off 7c n 1: -22(EINVAL)`. */
const KEYED = /^((?:off [0-9a-f]+ n )?\d+): (.*)$/;

/**
 * The lines of a transcript. A line is known by its section and label: `MAIN/region info 0`, `MAIN/pread off 7c n 1`,
 * `IOMMUFD/BIND flags1`. A continuation line (its label begins with a blank, or is missing) belongs to the line before it.
 */
export function transcriptLines(text) {
  const lines = [];
  let section;
  for (const line of text.split('\n')) {
    const title = /^==(\w+)$/.exec(line)?.[1];
    if (title !== undefined) section = title;
    else if (section !== undefined && line.length > RESULT_COLUMN && line[RESULT_COLUMN - 1] === ' ') {
      const label = line.slice(0, RESULT_COLUMN).trimEnd();
      const result = line.slice(RESULT_COLUMN).trim();
      const last = lines.at(-1);
      if ((label === '' || label.startsWith(' ')) && last !== undefined) {
        last.result += `; ${label.trim()} ${result}`.replace('->', '').replace(/ +/g, ' ');
      } else {
        const keyed = KEYED.exec(result);
        lines.push({ section, label: keyed === null ? label : `${label} ${keyed[1]}`, result: keyed === null ? result : keyed[2] });
      }
    }
  }
  return lines;
}

/** Markdown: one row for each line, with the ids of the cases whose `recorded` names it. */
export function transcriptTable(name, text, cases, table) {
  const deciding = new Map();
  for (const { definition } of cases) {
    for (const recorded of definition.recorded ?? []) deciding.set(recorded, [...(deciding.get(recorded) ?? []), definition.id]);
  }
  const rows = transcriptLines(text).map(({ section, label, result }) => {
    const ids = [...new Set([...(deciding.get(`${section}/${label}`) ?? []), ...(deciding.get(label) ?? [])])];
    return { ids, cells: [section, label, result.slice(0, 90), ids.map((id) => `\`${id}\``).join(', ') || '—'] };
  });
  const decided = rows.filter(({ ids }) => ids.length > 0).length;
  return [
    '',
    `## Lines of ${name}`,
    '',
    `${decided} of ${rows.length} lines are decided by a case. A case names them in \`recorded\`, as label or as section/label.`,
    '',
    ...table(['section', 'line', 'what the kernel answered', 'decided by'], rows.map(({ cells }) => cells)),
  ];
}
