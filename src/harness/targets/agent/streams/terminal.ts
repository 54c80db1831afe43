/** An agent that has a full-screen 3270, reached as the terminal at its other end. */

import { Tn3270, type Tn3270Options } from '../tn3270/index.js';
import { AgentConnection, type ConnectionOptions } from '../connection.js';
import { type ConnectOptions, connectSocket } from './socket.js';

/** How a terminal port with an agent behind it is used. */
export interface Tn3270AgentOptions extends ConnectOptions, ConnectionOptions, Tn3270Options {
  /** the server's address; 127.0.0.1 if left out */
  readonly host?: string;
}

/**
 * Reaches the agent of a guest as the terminal of its 3270.
 * @param port of the terminal server (Hercules' CNSLPORT); it is tried until it accepts
 * @throws CcwspecError E-AGENT-CONNECT if it does not accept in time; E-AGENT-TIMEOUT if no agent has opened the terminal and
 * answered in `helloTimeoutMs`; E-AGENT-GONE with the last screen; E-AGENT-VERSION, E-AGENT-PROTOCOL
 */
export async function openTn3270Agent(port: number, options: Tn3270AgentOptions = {}): Promise<AgentConnection> {
  const { host = '127.0.0.1' } = options;
  const name = `the terminal port ${host}:${port}`;
  const socket = await connectSocket({ host, port }, name, options);
  const terminal = new Tn3270(socket, options);
  return AgentConnection.over(terminal, {
    peer: `the agent behind ${name}`,
    lastWords: () => terminal.screen,
    ...options,
  });
}
