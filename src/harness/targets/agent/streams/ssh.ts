/** An agent on another host, over ssh. */

import { CcwspecError } from '../../../errors/index.js';
import type { AgentConnection } from '../connection.js';
import { openStdioAgent, type StdioOptions } from './stdio.js';

/** How an agent on another host is reached. */
export interface SshOptions extends Omit<StdioOptions, 'peer' | 'explainEnding'> {
  /** the agent's path on the host; `ccwspec-agent`, found in the PATH of the login, if left out */
  readonly agent?: string;
  /** the ssh program; `ssh` if left out */
  readonly ssh?: string;
}

const CONNECT_TIMEOUT_S = 10;
/** ssh's own exit code for an error of its own; a shell's for a command that it does not find, or may not run. */
const SSH_FAILED = 255;
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** What ssh says on its standard error when it cannot connect, and what to do about it. */
const reasons: readonly { readonly said: RegExp; readonly what: string; readonly next: (host: string) => string }[] = [
  {
    said: /Host key verification failed|authenticity of host|REMOTE HOST IDENTIFICATION HAS CHANGED/,
    what: "does not know the host's key, or knows another one",
    next: (host) => `Connect once by hand and compare the key: ssh ${host} true`,
  },
  {
    said: /Permission denied|Too many authentication failures|no more authentication methods|passphrase/i,
    what: 'was not let in without a password',
    next: (host) =>
      `Set up a key: ssh-keygen (if you have none), ssh-copy-id ${host}, and ssh-add if it has a passphrase; then \`ssh -o BatchMode=yes ${host} true\` must work.`,
  },
  {
    said: /Could not resolve hostname/,
    what: 'does not know a host of this name',
    next: () => 'Correct the name, or give it an entry in ~/.ssh/config.',
  },
  {
    said: /Connection (timed out|refused)|No route to host|Network is unreachable|Operation timed out/,
    what: 'did not reach the host',
    next: (host) => `Check that the host is up and runs an ssh server: ssh ${host} true`,
  },
];

/**
 * Starts the agent on a host. ssh asks for nothing: no password, no unknown host key.
 * @param host a host name, `user@host`, or a name of ~/.ssh/config
 * @throws CcwspecError E-USAGE for a host that ssh would take for an option; E-AGENT-SSH if ssh was not let in, did not reach
 * the host, or found no agent there; otherwise as openStdioAgent
 */
export async function openSshAgent(host: string, options: SshOptions = {}): Promise<AgentConnection> {
  checkHost(host);
  const { agent = 'ccwspec-agent', ssh = 'ssh', ...rest } = options;
  return openStdioAgent(sshCommand(host, agent, ssh), {
    ...rest,
    peer: `the agent on ${host}`,
    explainEnding: (exitCode, lastWords) => explain(host, agent, exitCode, lastWords),
  });
}

/** The command that starts an agent on a host. */
export function sshCommand(host: string, agent: string, ssh = 'ssh'): string[] {
  const options = ['BatchMode=yes', `ConnectTimeout=${CONNECT_TIMEOUT_S}`, 'ServerAliveInterval=10', 'RequestTTY=no'];
  return [ssh, ...options.flatMap((option) => ['-o', option]), '--', host, agent];
}

/** @throws CcwspecError E-USAGE */
function checkHost(host: string): void {
  if (/^[^-\s\p{Cc}][^\s\p{Cc}]*$/u.test(host)) return;
  throw new CcwspecError(
    'E-USAGE',
    `${JSON.stringify(host)} is not a host name: it is empty, begins with '-', or has a blank in it`,
    'Name a host as ssh does: HOST, USER@HOST, or a name of ~/.ssh/config.',
  );
}

function explain(host: string, agent: string, exitCode: number | undefined, said: string): CcwspecError | undefined {
  const quoted = said === '' ? '' : `:\n${said.replace(/^/gm, '    ')}`;
  if (exitCode === NOT_FOUND || exitCode === NOT_EXECUTABLE) {
    return new CcwspecError(
      'E-AGENT-SSH',
      `there is no ${agent} on ${host} that the login there can run${quoted}`,
      `Build it for the host (agent/Makefile) and copy it into a folder of its PATH: scp ccwspec-agent ${host}:`,
    );
  }
  if (exitCode !== SSH_FAILED) return undefined;
  const reason = reasons.find((candidate) => candidate.said.test(said));
  return reason === undefined
    ? new CcwspecError('E-AGENT-SSH', `ssh to ${host} failed${quoted}`)
    : new CcwspecError('E-AGENT-SSH', `ssh ${reason.what} (${host})${quoted}`, reason.next(host));
}
