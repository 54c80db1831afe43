/** Runs a process to its end. */

import { CcwspecError } from '../errors/index.js';
import { startProcess, type Ending, type ProcessOptions, type RunningProcess } from './start.js';

/** How a process is run. */
export interface RunOptions extends Omit<ProcessOptions, 'input'> {
  /** what it reads on its standard input; nothing if left out */
  readonly stdin?: string | Uint8Array;
  /** true: any exit code is a result; a time limit or an abort is an error all the same */
  readonly anyCode?: boolean;
}

/** What came of it. */
export interface ProcessResult {
  readonly ending: Ending;
  /** its standard output, as far as it was kept */
  readonly output: string;
  /** its standard error, as far as it was kept */
  readonly errors: string;
}

/** Lines of the output that an error shows. */
const SHOWN = 12;

/**
 * Runs `program` with `args` until it ends.
 * @throws CcwspecError E-PROCESS-MISSING, E-PROCESS-START; E-PROCESS-TIME if it ran longer than the time limit; E-PROCESS-ENDED
 * if it was aborted, ended with another code than 0, or was killed; each with the last lines of what it said
 */
export async function runProcess(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<ProcessResult> {
  const { stdin, anyCode = false, ...rest } = options;
  const running = await startProcess(program, args, { ...rest, input: stdin === undefined ? 'none' : 'pipe' });
  if (stdin !== undefined) running.stdin.end(stdin);
  const ending = await running.ended;
  const { stopped, code, signal } = ending;
  if (stopped !== undefined || signal !== undefined || (code !== 0 && !anyCode)) {
    throw endedBadly(running, ending, options);
  }
  return { ending, output: running.output.text(), errors: running.errors.text() };
}

function endedBadly(running: RunningProcess, ending: Ending, { timeLimit = 0 }: RunOptions): CcwspecError {
  const program = running.words[0] ?? '';
  if (ending.stopped === 'time limit') {
    return new CcwspecError(
      'E-PROCESS-TIME',
      `${program} ran longer than ${timeLimit / 1000} s and was stopped${said(running)}`,
    );
  }
  const how =
    ending.stopped !== undefined
      ? 'was stopped'
      : ending.signal !== undefined
        ? `was ended by ${ending.signal}`
        : `ended with exit code ${ending.code ?? '?'}`;
  return new CcwspecError('E-PROCESS-ENDED', `${running.words.join(' ')} ${how}${said(running)}`);
}

function said({ output, errors }: RunningProcess): string {
  const text = errors.text().trimEnd() || output.text().trimEnd();
  if (text === '') return ', without a word';
  const lines = text.split('\n').slice(-SHOWN);
  return `; it said:\n${lines.map((line) => `    ${line}`).join('\n')}`;
}
