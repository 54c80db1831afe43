/** `ccwspec lab setup`: what the lab lacks, and bringing it. */

import { runProcess } from '../harness/process/index.js';
import { installCommand, missingNeeds } from '../harness/targets/lab/index.js';
import { tellProgress } from './progress.js';
import { tableLines } from './present/table.js';

/** What setup found, or left. */
export interface SetupResult {
  readonly lines: readonly string[];
  /** Debian packages that are missing, after installing if that was wanted */
  readonly missing: readonly string[];
}

const INSTALL_LIMIT = 1_800_000;

/**
 * Looks for what is missing, and installs it if `install` is true and we are root.
 * @throws CcwspecError E-PROCESS-ENDED with what apt-get said
 */
export async function setUpLab(install: boolean): Promise<SetupResult> {
  const needs = missingNeeds();
  if (needs.length === 0) return { lines: ['The lab has everything that it needs.'], missing: [] };
  const [program = '', ...args] = installCommand(needs);
  const isRoot = process.getuid?.() === 0;
  const command = `${isRoot ? '' : 'sudo '}${program} ${args.join(' ')}`;
  if (install && isRoot) {
    tellProgress(command);
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await runProcess(program, args, { env, timeLimit: INSTALL_LIMIT, group: true });
    return setUpLab(false);
  }
  const rows = needs.map(({ debianPackage, sign, neededFor }) => [debianPackage, `${sign}, for ${neededFor}`]);
  const advice = install ? 'This needs root; nothing was installed. Run:' : 'This brings what is missing:';
  return {
    lines: ['The lab lacks:', ...tableLines(rows, '  '), '', advice, `  ${command}`],
    missing: [...new Set(needs.map(({ debianPackage }) => debianPackage))],
  };
}
