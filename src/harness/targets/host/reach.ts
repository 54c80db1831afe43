/** From a target's name to a real host: `vfio` is this machine, `ssh:HOST` another one. */

import { CcwspecError } from '../../errors/index.js';
import { findProgram } from '../../process/index.js';
import { kernelReports } from '../lab/kernel-reports.js';
import type { HostConnection } from './connection.js';
import { HostTarget } from './host-target.js';
import type { DeviceName } from './subchannels.js';

/** The machine that ccwspec runs on. */
export const LOCAL_HOST = 'vfio';
const SSH = 'ssh:';
const AGENT = 'ccwspec-agent';

/** Settings of real hosts, `-o key=value`, with what each is. */
export const hostSettings: Readonly<Record<string, string>> = {
  'vary-paths': 'yes: cases may vary channel paths although other devices of the host are behind them (default no)',
  agent: `the agent's program on the host (default ${AGENT}, found in PATH)`,
};

/** True for the name of a real host. */
export function isHostName(name: string): boolean {
  return name === LOCAL_HOST || name.startsWith(SSH);
}

/**
 * Connects to the agent of the host that `name` means.
 * @param agent the agent's program there
 * @throws CcwspecError E-AGENT-SSH, E-AGENT-VERSION, E-PROCESS-MISSING, E-USAGE for a host without a name
 */
export async function reachHost(name: string, agent: string = AGENT): Promise<HostConnection> {
  const { openSshAgent, openStdioAgent } = await import('../agent/index.js');
  if (name.startsWith(SSH)) return openSshAgent(name.slice(SSH.length), { agent });
  return openStdioAgent([await localAgent(agent)], { peer: 'the agent on this machine' });
}

/** The agent in PATH, or one that is built here. */
async function localAgent(agent: string): Promise<string> {
  const found = findProgram(agent);
  if (found !== undefined) return found;
  if (agent !== AGENT) throw new CcwspecError('E-PROCESS-MISSING', `there is no program ${agent}`);
  const { buildAgent } = await import('../agent/build.js');
  return buildAgent({ architecture: 'native' });
}

/** What a host target is made with, of what the command line says. */
export interface HostEnvironment {
  readonly device: DeviceName;
  readonly options: ReadonlyMap<string, string>;
  readonly writable: boolean;
}

/** Makes the target; the host is not reached before it is prepared or started. @throws CcwspecError E-USAGE */
export function makeHostTarget(name: string, { device, options, writable }: HostEnvironment): HostTarget {
  const vary = options.get('vary-paths') ?? 'no';
  if (vary !== 'yes' && vary !== 'no') throw new CcwspecError('E-USAGE', `-o vary-paths=${vary}: expected yes or no`);
  const where = name === LOCAL_HOST ? 'this machine' : name.slice(SSH.length);
  return new HostTarget({
    name,
    description: `the vfio-ccw driver of ${where}, through ${AGENT}`,
    connect: () => reachHost(name, options.get('agent')),
    device,
    writable,
    varyPaths: vary === 'yes',
    reportsIn: kernelReports,
  });
}
