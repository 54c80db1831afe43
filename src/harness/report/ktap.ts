/** KTAP version 1, as kernel tools read it: Documentation/dev-tools/ktap.rst of the kernel's documentation. */

import type { CaseEnd, EventSink, RunEvent } from '../runner/index.js';
import { StreamWriter, type ReportStream } from './streams.js';
import { caseName, failureLines, firstLine, reasonText } from './text.js';

/**
 * KTAP to a stream: the plan first, a line for each case, its text as diagnostic lines before it. Numbers must come in order: the
 * lines of a case that ended before one in front of it wait for that.
 */
export function ktapSink(stream: ReportStream): EventSink {
  const writer = new StreamWriter(stream);
  const lines = (...all: readonly string[]): void => {
    writer.write(`${all.join('\n')}\n`);
  };
  const waiting = new Map<number, readonly string[]>();
  let next = 0;
  const inOrder = (index: number, own: readonly string[]): void => {
    waiting.set(index, own);
    for (let ready = waiting.get(next); ready !== undefined; ready = waiting.get(next)) {
      lines(...ready);
      waiting.delete(next++);
    }
  };
  return {
    name: 'standard output',
    take: (event: RunEvent) => {
      switch (event.event) {
        case 'run-start':
          lines('KTAP version 1', `1..${event.plan.selected}`);
          break;
        case 'case-end':
          inOrder(event.index, resultLines(event));
          break;
        case 'not-run':
          inOrder(event.index, [
            `ok ${event.index + 1} ${escaped(caseName(event))} # SKIP not run: ${escaped(event.reason)}`,
          ]);
          break;
        case 'problem':
          lines(`# ${event.text}`);
          break;
        case 'run-end':
          lines(`# ${event.why}`);
          break;
        case 'case-start':
        case 'note':
          break;
      }
    },
  };
}

function resultLines(end: CaseEnd): string[] {
  const diagnostics = failureLines(end.failures ?? []).map((line) => `# ${line}`.trimEnd());
  const name = `${end.index + 1} ${escaped(caseName(end))}`;
  return [...diagnostics, resultLine(end, name)];
}

function resultLine(end: CaseEnd, name: string): string {
  switch (end.verdict) {
    case 'pass':
      return `ok ${name}`;
    case 'skip':
      return `ok ${name} # SKIP ${escaped(firstLine(reasonText(end)))}`;
    case 'blocked':
      return `ok ${name} # SKIP blocked: ${escaped(firstLine(reasonText(end)))}`;
    case 'deviation':
      return `not ok ${name} # XFAIL ${escaped(end.deviation?.reason ?? '')}`;
    case 'error':
      return `not ok ${name} # ERROR`;
    case 'fail':
      return end.failures?.[0]?.kind === 'timeout' || end.failures?.[0]?.kind === 'hang'
        ? `not ok ${name} # TIMEOUT`
        : `not ok ${name}`;
    case 'unexpected-pass':
      return `not ok ${name}`;
  }
}

/** `#` begins a directive. */
function escaped(text: string): string {
  return text.replace(/#/g, '\\#');
}
