/** Runs the real binary, as a shell does. */

import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const binary = fileURLToPath(new URL('../../../bin/ccwspec.js', import.meta.url));

/** How the binary ended. */
export interface Ended {
  /** exit code; null if a signal ended it */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Circumstances {
  readonly cwd?: string;
  /** file descriptor that takes standard output; default a pipe, read to its end */
  readonly stdout?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the process, and everything that it has printed so far, whenever there is more. */
  readonly watch?: (child: ChildProcess, printed: { readonly stdout: string; readonly stderr: string }) => void;
}

/** Runs `ccwspec` with `words` to its end. */
export function ccwspec(words: readonly string[], circumstances: Circumstances = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [binary, ...words], {
      stdio: ['ignore', circumstances.stdout ?? 'pipe', 'pipe'],
      cwd: circumstances.cwd,
      env: { ...process.env, NO_COLOR: '1', ...circumstances.env },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      circumstances.watch?.(child, { stdout, stderr });
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      circumstances.watch?.(child, { stdout, stderr });
    });
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}
