/** Commands of the project as a user starts them: wall time and memory. */

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const binary = join(root, 'bin', 'ccwspec.js');

/** Best wall time of `times` starts, in milliseconds. @throws Error if one does not end with 0 */
function best(times: number, start: () => void): number {
  let shortest = Infinity;
  for (let time = 0; time < times; time++) {
    const begin = performance.now();
    start();
    shortest = Math.min(shortest, performance.now() - begin);
  }
  return shortest;
}

/** `ccwspec list`, without what it prints. */
export function listWall(): number {
  return best(5, () => execFileSync(process.execPath, [binary, 'list'], { cwd: root, stdio: 'ignore' }));
}

/** `npm start` on an installed and built clone. */
export function startWall(): number {
  return best(2, () => execFileSync('npm', ['start'], { cwd: root, stdio: 'ignore' }));
}

/** The default suite, five times: the fewest milliseconds between its first event and its last, and the largest resident set in MB. */
export function defaultSuite(): { milliseconds: number; megabytes: number } {
  const runs = Array.from({ length: 5 }, oneDefaultSuite);
  return {
    milliseconds: Math.min(...runs.map(({ milliseconds }) => milliseconds)),
    megabytes: Math.max(...runs.map(({ megabytes }) => megabytes)),
  };
}

function oneDefaultSuite(): { milliseconds: number; megabytes: number } {
  const output = join(tmpdir(), `ccwspec-bench-${process.pid}`);
  try {
    const time = ['-e', MEASURED, binary, 'run', '--output', output];
    const run = spawnSync(process.execPath, time, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
    const megabytes = Number(/maxrss (\d+)/.exec(run.stderr)?.[1] ?? NaN) / 1000;
    const events = readFileSync(join(output, 'latest', 'events.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const end = JSON.parse(events.at(-1) ?? '{}') as { duration?: number };
    return { milliseconds: end.duration ?? NaN, megabytes };
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

/** Runs the binary in this very process and says how large it became. */
const MEASURED = `
  process.on('exit', () => process.stderr.write('maxrss ' + process.resourceUsage().maxRSS + '\\n'));
  import(process.argv[1]);
`;
