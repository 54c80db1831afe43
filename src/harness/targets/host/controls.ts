/** What the capabilities of a real host promise beyond the ports. */

import type { Capability, MemoryRace, TargetControls } from '../../ports/index.js';
import { describeResult } from '../../uapi/index.js';
import { CcwspecError } from '../../errors/index.js';
import type { HostSystem } from './connection.js';
import { pathControl, type HostPaths } from './paths.js';
import { RESCAN } from './subchannels.js';
import { RefusedWrite } from './sysfs.js';

/** What the controls act on. */
export interface ControlParts {
  readonly capabilities: ReadonlySet<Capability>;
  /** the process that the running case has */
  readonly system: () => HostSystem;
  readonly paths: HostPaths;
  readonly unplug: (() => Promise<void>) | undefined;
}

/** Without this, allocations that may sleep never fail. */
const SPARED = '/sys/kernel/debug/failslab/ignore-gfp-wait';

/** The controls of the capabilities that are there. */
export function hostControls({ capabilities, system, paths, unplug }: ControlParts): TargetControls {
  const has = (capability: Capability): boolean => capabilities.has(capability);
  return {
    ...(has('path-control') ? { paths: pathControl(system, paths) } : {}),
    ...(has('allocation-faults')
      ? { allocationFaults: { failAllocation: (n: number) => failAllocation(system(), n) } }
      : {}),
    ...(has('memory-race')
      ? {
          memoryRace: (...race: Parameters<MemoryRace>) =>
            succeed('memory that changes', system().alternate?.(...race)),
        }
      : {}),
    ...(has('locked-memory-limit') ? { setLockedMemoryLimit: (bytes: number) => limit(system(), bytes) } : {}),
    ...(unplug === undefined ? {} : { unplug, evaluateSubchannel: () => evaluate(system()) }),
  };
}

async function evaluate(system: HostSystem): Promise<void> {
  const result = await system.writeAttribute(RESCAN, '1\n');
  if (result < 0) throw new RefusedWrite(RESCAN, '1\n', result);
}

async function failAllocation(system: HostSystem, ordinal: number): Promise<void> {
  if (ordinal > 0) await system.writeAttribute(SPARED, 'N\n');
  await succeed('an allocation that fails', system.failAllocation?.(ordinal));
}

async function limit(system: HostSystem, bytes: number): Promise<void> {
  await succeed('a limit on locked memory', system.limit?.(bytes));
}

async function succeed(what: string, call: Promise<number> | undefined): Promise<void> {
  const result = await call;
  if (result === undefined || result < 0) {
    throw new CcwspecError('E-TARGET', `the host gives no ${what}: ${describeResult(result ?? 0)}`);
  }
}
