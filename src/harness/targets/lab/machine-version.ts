/** Which QEMU or Hercules the lab would run on. */

import { CcwspecError } from '../../errors/index.js';
import { runProcess } from '../../process/index.js';
import type { LabOptions, Platform } from './lab.js';
import { DEFAULT_QEMU } from './qemu/prepare.js';

const TIME_LIMIT = 10_000;

/** The machine that the lab is on QEMU. */
const MACHINE = /^s390-ccw-virtio\b/m;

/**
 * The version of the machine's program, as it says it itself: `7.2.22`, `3.13`.
 * @throws CcwspecError E-LAB-QEMU if what the user names is no QEMU, or has no such machine; E-PROCESS-MISSING,
 * E-PROCESS-START, E-PROCESS-TIME
 */
export async function machineVersion(platform: Platform, { qemu }: Pick<LabOptions, 'qemu'>): Promise<string> {
  // Hercules itself has no such option; its tools are of the same version.
  if (platform === 'hercules')
    return /[Vv]ersion (\d+(?:\.\d+)*)/.exec(await said('dasdinit', ['-v']))?.[1] ?? 'unknown';
  const program = qemu ?? DEFAULT_QEMU;
  const [banner, machines] = await Promise.all([
    said(program, ['--version']),
    qemu === undefined ? undefined : said(qemu, ['-machine', 'help']),
  ]);
  const version = /^QEMU emulator version (\d+(?:\.\d+)*)/m.exec(banner)?.[1];
  if (version === undefined) {
    const [first = ''] = banner.trimStart().split('\n');
    const words = first === '' ? 'says nothing' : `says "${first.slice(0, LONGEST)}"`;
    throw new CcwspecError('E-LAB-QEMU', `${program} is no QEMU: asked for its version, it ${words}`);
  }
  if (machines !== undefined && !MACHINE.test(machines)) {
    throw new CcwspecError('E-LAB-QEMU', `${program} is a QEMU ${version} without the machine s390-ccw-virtio`);
  }
  return version;
}

const LONGEST = 100;

async function said(program: string, words: readonly string[]): Promise<string> {
  const { output, errors } = await runProcess(program, words, { timeLimit: TIME_LIMIT, anyCode: true });
  return output + errors;
}
