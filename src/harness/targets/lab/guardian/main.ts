/**
 * The guardian: a process of its own that starts what a lab is made of, and outlives us just long enough to end it. Its
 * standard input is a pipe from us: when that ends, for whatever reason, it kills what it started, removes the lab's folder,
 * and goes.
 */

import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CcwspecError, messageOf } from '../../../errors/index.js';
import { findProgram, startProcess, type RunningProcess } from '../../../process/index.js';
import { lineSplitter, type Report, type Request } from './messages.js';

const folder = mkdtempSync(join(tmpdir(), 'ccwspec-lab-'));
const processes = new Map<number, RunningProcess>();
const starting = new Set<Promise<void>>();
let ending = false;

/** The kernel itself kills a process when the one that started it is gone, should this one be killed. */
const setpriv = findProgram('setpriv');

function tell(report: Report): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

async function start(request: Extract<Request, { do: 'start' }>): Promise<void> {
  const { id, program, args, cwd, env, input, log } = request;
  const output = log === undefined ? 'none' : openSync(log, 'a', 0o600);
  try {
    const path = findProgram(program);
    const guarded = path !== undefined && setpriv !== undefined;
    const [first, rest] = guarded ? [setpriv, ['--pdeathsig', 'KILL', '--', path, ...args]] : [program, args];
    const running = await startProcess(first, rest, {
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      input: input ? 'pipe' : 'none',
      output,
      errors: output,
      group: true,
    });
    processes.set(id, running);
    if (ending) running.kill('SIGKILL');
    tell({ is: 'started', id, pid: running.pid });
    void running.ended.then(({ code, signal }) => {
      running.kill('SIGKILL'); // what it left behind in its group
      processes.delete(id);
      tell({ is: 'ended', id, code, signal });
    });
  } catch (thrown) {
    const error = thrown instanceof CcwspecError ? thrown : undefined;
    tell({
      is: 'refused',
      id,
      code: error?.code ?? 'E-PROCESS-START',
      what: error?.what ?? messageOf(thrown),
      next: error?.next ?? '',
    });
  } finally {
    if (typeof output === 'number') closeSync(output);
  }
}

function serve(request: Request): void {
  if (request.do === 'start') {
    const started = start(request);
    starting.add(started);
    void started.finally(() => starting.delete(started));
  } else if (request.do === 'write') processes.get(request.id)?.stdin.write(request.text);
  else processes.get(request.id)?.kill(request.signal);
}

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await Promise.allSettled(starting);
  const all = [...processes.values()];
  for (const running of all) running.kill('SIGKILL');
  await Promise.all(all.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'] as const) process.on(signal, () => undefined);
process.stdout.on('error', () => undefined); // nobody listens any more: the end of the input says so too
process.stdin.setEncoding('utf8');
process.stdin.on(
  'data',
  lineSplitter((line) => {
    serve(JSON.parse(line) as Request);
  }),
);
process.stdin.on('end', () => void end());
process.stdin.on('error', () => void end());
tell({ is: 'ready', folder });
