/** The agents that every test runs against: as this machine has it, with the sanitizers, and big-endian. */

import { buildAgent, agentCompiler, type AgentBuild } from '../../src/harness/targets/agent/build.js';
import { findProgram } from '../../src/harness/process/index.js';
import { leaveOut } from '../support/leave-out.js';
import { Peer } from './peer.js';

/** One of them. */
export interface AgentUnderTest {
  readonly name: string;
  readonly build: AgentBuild;
  /** what runs it, if not the machine itself */
  readonly emulator?: string;
}

const agents: readonly AgentUnderTest[] = [
  { name: 'native', build: { architecture: 'native' } },
  { name: 'with sanitizers', build: { architecture: 'native', sanitized: true } },
  { name: 'big-endian', build: { architecture: 's390x' }, emulator: 'qemu-s390x-static' },
];

/** What a test has: the agent of its suite. */
export interface Agent {
  readonly isEmulated: boolean;
  /** whether its memory is its own: neither an emulator's nor a sanitizer's beside it */
  readonly isPlain: boolean;
  /** Starts one more; it is ended after the test if the test has not closed it. */
  start(hello?: boolean): Promise<Peer>;
}

const BUILD_MS = 300_000;

/** Defines a suite for each of the agents. */
export function describeAgents(title: string, define: (agent: Agent) => void): void {
  for (const under of agents) {
    describe(`${title}: ${under.name}`, function () {
      let command: readonly string[] = [];
      let started: Peer[] = [];

      before(async function () {
        this.timeout(BUILD_MS);
        const needed = [agentCompiler(under.build), ...(under.emulator === undefined ? [] : [under.emulator])];
        const missing = needed.find((program) => findProgram(program) === undefined);
        if (missing !== undefined) leaveOut(this, `there is no ${missing}`);
        const program = await buildAgent(under.build);
        command = under.emulator === undefined ? [program] : [under.emulator, program];
      });

      afterEach(async () => {
        const left = started;
        started = [];
        await Promise.all(left.map((peer) => peer.kill()));
      });

      define({
        isEmulated: under.emulator !== undefined,
        isPlain: under.emulator === undefined && under.build.sanitized !== true,
        start: async (hello) => {
          const peer = await Peer.start(command, hello);
          started.push(peer);
          return peer;
        },
      });
    });
  }
}
