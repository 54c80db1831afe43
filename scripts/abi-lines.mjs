// Reads a recording of the device ABI (one call a line) and gives each line a name that cases refer to in `recorded`.

/**
 * @param {string} text the recording
 * @returns {{ name: string, section: string, label: string, result: string, line: number }[]} names are
 *   `SECTION: label`, with ` / label` of an indented line appended and ` #n` for a repetition
 */
export function abiLines(text) {
  const lines = [];
  const seen = new Map();
  let section = 'SETUP';
  let parent = '';
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/\s+$/, '');
    if (line === '') continue;
    if (line.startsWith('==')) {
      section = line.slice(2);
      parent = '';
      continue;
    }
    let [, indent, label, result] = /^( *)(.*?)(?:\s{2,}(.*))?$/.exec(line) ?? [];
    if (section === 'SETUP') [label, result] = [line, ''];
    else if (line.startsWith(' ')) {
      const detail = /^ +((?:->|\S).*?)(?:\s{2,}(.*))?$/.exec(line);
      if (indent.length > 20) [label, result] = [`${parent} / interrupt`, line.trim()];
      else [label, result] = [`${parent} / ${detail[1]}`, detail[2] ?? ''];
    } else {
      if (/^(region info|pread|irq info|region1 argsz)$/.test(label)) {
        const [, first, rest] = /^(.*?): (.*)$/.exec(result) ?? [undefined, '', result];
        [label, result] = [`${label} ${first}`, rest];
      }
      parent = label;
    }
    const base = `${section}: ${label}`;
    const times = (seen.get(base) ?? 0) + 1;
    seen.set(base, times);
    lines.push({
      name: times === 1 ? base : `${base} #${times}`,
      section,
      label,
      result: result ?? '',
      line: index + 1,
    });
  }
  return lines;
}
