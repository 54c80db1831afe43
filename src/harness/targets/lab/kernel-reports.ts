/** Finds what a kernel complains about in its own log. */

/** How a line begins that reports trouble, behind the time stamp. */
const beginnings: readonly RegExp[] = [
  /^BUG: /,
  /^WARNING: /,
  /^INFO: (?:task .* blocked|possible recursive locking|trying to register|rcu|suspicious)/,
  /^Kernel panic/,
  /^Kernel BUG at/i,
  /^Unable to handle kernel/,
  /^(?:Oops|illegal operation|addressing exception|specification exception|protection exception|data exception|translation exception|operand exception|privileged operation|monitor event|fixpoint divide exception|space switch event|transaction constraint exception): [0-9a-f]{4}/i,
  /^KASAN: /,
  /^KCSAN: /,
  /^UBSAN: /,
  /^ODEBUG: /,
  /^kmemleak: [1-9]\d* new suspected memory leaks?/,
  /^unreferenced object 0x/,
  /^possible circular locking/,
  /^general protection fault/,
  /^stack segment/,
  /^list_(?:add|del) corruption/,
  /^refcount_t: /,
  /^rcu: INFO: .*(?:detected stalls|self-detected stall)/,
  /^watchdog: BUG: /,
  /^DEBUG_LOCKS_WARN_ON/,
];

/** Lines that only frame a report: it begins with one, or ends with one. */
const FRAME = /^(?:={10,}|-{10,}|-{4,}\[ cut here \]-{4,})$/;
const END = /^(?:={10,}|---\[ end (?:trace|Kernel panic).*)$/;

/** Lines of trouble follow each other without others between for as long as they look like part of a report. */
const PART =
  /^(?: |\t|\(?\[<|Call Trace|CPU: |Hardware name|Krnl |Workqueue: |Modules linked in|Tainted|Last Breaking|R:|PSW|INFO: |but task|the existing|other info|stack backtrace|which lock|which already|in_atomic|preempt_count|Preemption disabled|irq event stamp|(?:hard|soft)irqs last|page last|Last potentially|Second to last|Possible unsafe|\*\*\* |Chain exists|Read of size|Write of size|Freed by|Allocated by|The buggy|The freed|Memory state|Object |page:|raw: |flags: |>|#\d|->|\.\.\. |is trying|is holding|\d+\.\d+\.\S+ #|\d+ locks? held|no locks held|lock: |hex dump|comm |backtrace|index \d|load of|shift exponent|signed integer|Failing address|AS:|Fault in|Kernel panic|fatal exception|.*\/\d+ is |.*: .*\/\d+$|(?:0x)?[0-9a-f]{8,})/i;

/** The longest report that is kept, in lines: lockdep's dependency chains can go on. */
const LONGEST = 250;

/** Time stamp, level and facility in front of a line, on a console and in records of /dev/kmsg. */
const STAMP = /^(?:<\d+>|\d+,\d+,\d+,[^;]*;)?(?:\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?)?/;

/**
 * Every report of trouble in `text`, each with the lines that belong to it.
 * @param text lines of a console, or records of /dev/kmsg; what stands in front of the kernel's own words does not matter
 */
export function kernelReports(text: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, '').replace(STAMP, ''));
  const reports: string[] = [];
  for (let index = 0; index < lines.length; index++) {
    if (!isBeginning(lines[index] ?? '')) continue;
    const start = FRAME.test(lines[index - 1] ?? '') ? index - 1 : index;
    const end = endOf(lines, index);
    reports.push(lines.slice(start, end).join('\n').trimEnd());
    index = end - 1;
  }
  return reports;
}

function isBeginning(line: string): boolean {
  return beginnings.some((beginning) => beginning.test(line));
}

/** Behind the last line of the report that begins at `start`. */
function endOf(lines: readonly string[], start: number): number {
  const limit = Math.min(lines.length, start + LONGEST);
  for (let index = start + 1; index < limit; index++) {
    const line = lines[index] ?? '';
    if (END.test(line) && index > start + 2) return index + 1;
    if (line === '' || PART.test(line) || FRAME.test(line) || isBeginning(line)) continue;
    return index;
  }
  return limit;
}
