/** The tools of Debian's package hercules, for tests that exchange volumes with them. */

import { spawnSync } from 'node:child_process';
import type { Context } from 'mocha';
import { toHex } from '../../../src/plugins/index.js';
import type { Volume } from '../../../plugins/eckd/devices/index.js';
import { endOfRecords } from '../../../plugins/eckd/devices/track.js';
import { leaveOut } from '../../support/leave-out.js';

/** What a tool left behind when it ended. */
export interface ToolRun {
  readonly status: number | null;
  readonly output: Buffer;
  /** standard error: title, progress, and what went wrong */
  readonly remarks: string;
}

/** Runs a tool, whatever it ends with. */
export function runTool(name: string, ...args: readonly string[]): ToolRun {
  const { status, stdout, stderr, error } = spawnSync(name, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  if (error !== undefined) throw error;
  return { status, output: stdout, remarks: stderr.toString('latin1') };
}

/** Standard output of a tool, which must end with 0. */
export function tool(name: string, ...args: readonly string[]): string {
  const { status, output, remarks } = runTool(name, ...args);
  const text = output.toString('latin1');
  if (status !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${status}: ${text}${remarks}`);
  return text;
}

const isInstalled = spawnSync('dasdinit', [], { stdio: 'ignore' }).error === undefined;

/** Leaves out what runs in `context` where the tools are not installed. */
export function needHercules(context: Context): void {
  if (!isInstalled) leaveOut(context, 'the package hercules is not installed');
}

/** The records of a track, without what lies behind its end marker. */
export function content(volume: Volume, track: number): string {
  const image = volume.readTrack(track);
  return toHex(image.subarray(0, endOfRecords(image)));
}
