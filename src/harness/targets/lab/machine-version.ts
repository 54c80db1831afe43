/** Which QEMU or Hercules the lab would run on. */

import { runProcess } from '../../process/index.js';
import type { LabOptions, Platform } from './lab.js';

const TIME_LIMIT = 10_000;

/**
 * The version of the machine's program, as it says it itself: `7.2.22`, `3.13`.
 * @returns `unknown` for a program that says something else
 * @throws CcwspecError E-PROCESS-MISSING, E-PROCESS-START, E-PROCESS-TIME
 */
export async function machineVersion(platform: Platform, { qemu }: Pick<LabOptions, 'qemu'>): Promise<string> {
  // Hercules itself has no such option; its tools are of the same version.
  const [program, option] = platform === 'qemu' ? [qemu ?? 'qemu-system-s390x', '--version'] : ['dasdinit', '-v'];
  const { output, errors } = await runProcess(program, [option], { timeLimit: TIME_LIMIT, anyCode: true });
  return /[Vv]ersion (\d+(?:\.\d+)*)/.exec(output + errors)?.[1] ?? 'unknown';
}
