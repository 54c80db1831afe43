/** `ccwspec.log`: the whole run in words, with notes and the target's own record of the cases that failed. */

import type { EventSink, RunEvent } from '../runner/index.js';
import { AppendedFile } from './files.js';
import { caseName, countsText, durationText, endLine, failureLines, headLines, kernelLines } from './text.js';

/** @throws CcwspecError E-OUTPUT */
export function logSink(file: string): EventSink {
  const output = new AppendedFile(file);
  return {
    name: file,
    take: (event) => {
      const lines = linesOf(event);
      if (lines.length > 0) output.write(`${lines.join('\n')}\n`);
    },
    close: () => {
      output.close();
    },
  };
}

function linesOf(event: RunEvent): string[] {
  switch (event.event) {
    case 'run-start':
      return [`${event.at}  node ${event.tool.node}, ${event.tool.host}`, ...headLines(event)];
    case 'case-start':
      return [];
    case 'note':
      return [`  note ${event.id}: ${event.text}`];
    case 'case-end': {
      const virtual = event.virtual === undefined ? '' : `, ${durationText(event.virtual)} virtual`;
      const time = event.duration === 0 ? '' : ` [${durationText(event.duration)}${virtual}]`;
      const kernel = event.failures === undefined ? [] : kernelLines(event);
      const evidence = [...(event.evidence ?? []), ...kernel].map((line) => `    | ${line}`);
      return [
        `${event.verdict} ${endLine(event)}${time}`,
        ...failureLines(event.failures ?? []).map((line) => `    ${line}`.trimEnd()),
        ...evidence,
      ];
    }
    case 'not-run':
      return [`not run ${caseName(event)}: ${event.reason}`];
    case 'problem':
      return [`problem: ${event.text}`];
    case 'run-end':
      return [
        `${event.at}  ${countsText(event.counts)}, in ${durationText(event.duration)}; exit code ${event.exitCode}`,
        event.why,
      ];
  }
}
