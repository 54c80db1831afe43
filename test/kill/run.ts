/** One run of `ccwspec run` in folders of its own. */

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { PlatformName } from './victims.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const binary = join(root, 'bin', 'ccwspec.js');
const qemu = join(root, 'test', 'kill', 'qemu-with-second-monitor.sh');

/** What runs: short cases of all kinds, a few seconds on QEMU. */
const cases: Readonly<Record<PlatformName, readonly string[]>> = {
  qemu: ['vfio-ccw/regions/*', 'vfio-ccw/info/*', 'css/ssch/*', 'css/stsch/*'],
  hercules: ['vfio-ccw/regions/*', 'eckd/sense/*', 'eckd/read/*'],
};

/** How a run ended. */
export interface Ended {
  /** exit code; null if a signal ended it */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A run. */
export class KilledRun {
  /** folder for temporary files, which nothing else uses */
  readonly temporary: string;
  /** what --output names */
  readonly results: string;
  /** signals that were sent to the harness */
  readonly signals: NodeJS.Signals[] = [];
  readonly ended: Promise<Ended>;
  stdout = '';
  /** cases whose end was printed */
  verdicts = 0;
  /** when the first one's was, by performance.now() */
  firstVerdict: number | undefined;
  stderr = '';
  isOver = false;
  private readonly folder: string;
  private readonly child: ChildProcess;

  /** Starts it. @param more words behind those that every run has */
  constructor(
    readonly platform: PlatformName,
    more: readonly string[] = [],
  ) {
    this.folder = mkdtempSync(join(tmpdir(), 'ccwspec-kill-'));
    this.temporary = join(this.folder, 'tmp');
    this.results = join(this.folder, 'results');
    mkdirSync(this.temporary);
    const own = platform === 'qemu' ? ['--qemu', qemu] : [];
    const words = ['run', ...cases[platform], '--target', `lab:${platform}`, '--json', '--output', this.results];
    // A group of its own, as a shell gives it: Ctrl-C is sent to the group.
    this.child = spawn(process.execPath, [binary, ...words, ...own, ...more], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: root,
      env: { ...process.env, TMPDIR: this.temporary },
      detached: true,
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.verdicts += text.match(/^\{"event":"case-end"/gm)?.length ?? 0;
      if (this.verdicts > 0) this.firstVerdict ??= performance.now();
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve) => {
      this.child.once('exit', () => (this.isOver = true));
      this.child.once('close', (code, signal) => {
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
