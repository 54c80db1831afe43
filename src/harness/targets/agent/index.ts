/**
 * The agent's client: `AgentConnection` speaks the protocol (agent/protocol.md) over any stream of bytes, `AgentSystem` is
 * `SystemPort` on top of it. `frame`, `request`, `requests` and `answers` are its bytes, `agent-calls` lists of calls as one request, `pending` the order in which requests go out,
 * `streams/` the ways to reach an agent, `tn3270/` the terminal that the 3270 way needs.
 */
export { AgentMemory } from './agent-memory.js';
export { AgentSystem } from './agent-system.js';
export type { AgentHello, BatchAnswer } from './answers.js';
export { AgentConnection, type ConnectionOptions } from './connection.js';
export { PROTOCOL_VERSION } from './frame.js';
export { OpenFlag } from './open-flag.js';
export * as agentRequests from './requests.js';
export { openSocketAgent, type SocketOptions } from './streams/socket.js';
export { openSshAgent, type SshOptions, sshCommand } from './streams/ssh.js';
export { openStdioAgent, type StdioOptions } from './streams/stdio.js';
export { openTn3270Agent, type Tn3270AgentOptions } from './streams/terminal.js';
