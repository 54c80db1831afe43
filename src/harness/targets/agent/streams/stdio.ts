/** An agent as a process of this machine, on its standard input and output. */

import { CcwspecError } from '../../../errors/index.js';
import { startProcess } from '../../../process/index.js';
import { AgentConnection, type ConnectionOptions } from '../connection.js';
import { ProcessStream } from './process-stream.js';

/** How a process that brings an agent is started, beside how its connection is used. */
export interface StdioOptions extends Omit<ConnectionOptions, 'lastWords' | 'explainEnd'> {
  /** variables that it gets beside ours; undefined takes one away */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** ends it when it is aborted */
  readonly signal?: AbortSignal;
  /** a better error than E-AGENT-GONE for a process that ended, from its exit code and its last words */
  readonly explainEnding?: (exitCode: number | undefined, lastWords: string) => CcwspecError | undefined;
}

/**
 * Starts a command that speaks the protocol on its standard input and output: the agent, or something that reaches one.
 * @param command the program and its arguments; no shell is between
 * @throws CcwspecError E-PROCESS-MISSING, E-PROCESS-START; E-AGENT-GONE with its last words if it ended; E-AGENT-VERSION,
 * E-AGENT-PROTOCOL, E-AGENT-TIMEOUT
 */
export async function openStdioAgent(command: readonly string[], options: StdioOptions = {}): Promise<AgentConnection> {
  const [program, ...args] = command;
  if (program === undefined) throw new CcwspecError('E-USAGE', 'no command was given to start the agent with');
  const { env, signal, explainEnding, peer = command.join(' '), ...rest } = options;
  const process = await startProcess(program, args, {
    input: 'pipe',
    output: 'pipe',
    ...(env === undefined ? {} : { env }),
    ...(signal === undefined ? {} : { signal }),
  });
  const stream = new ProcessStream(process);
  return AgentConnection.over(stream, {
    ...rest,
    peer,
    lastWords: () => stream.lastWords,
    ...(explainEnding === undefined ? {} : { explainEnd: (lastWords) => explainEnding(stream.exitCode, lastWords) }),
  });
}
