/** Connecting to a socket that may not be there yet. */

import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { CcwspecError, messageOf } from '../../../errors/index.js';
import { AgentConnection, type ConnectionOptions } from '../connection.js';

/** How a socket is waited for. */
export interface ConnectOptions {
  /** milliseconds until the socket must accept; 30,000 if left out */
  readonly connectTimeoutMs?: number;
  /** stops waiting when it is aborted */
  readonly signal?: AbortSignal;
}

/** How a socket with an agent behind it is used. */
export interface SocketOptions extends ConnectOptions, ConnectionOptions {}

const DEFAULT_CONNECT_MS = 30_000;
const BETWEEN_TRIES_MS = 10;
/** Longer paths of Unix sockets are cut without a word. */
const LONGEST_PATH = 107;

/** Answers of connect that mean "not yet". */
const notYet: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'EAGAIN']);

/**
 * Reaches the agent of a guest through the socket of a virtio-serial port.
 * @param path of the Unix socket; it is tried until it accepts
 * @throws CcwspecError E-AGENT-CONNECT if it does not accept in time; E-AGENT-TIMEOUT if the guest does not answer in
 * `helloTimeoutMs`; E-AGENT-GONE, E-AGENT-VERSION, E-AGENT-PROTOCOL
 */
export async function openSocketAgent(path: string, options: SocketOptions = {}): Promise<AgentConnection> {
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw new CcwspecError(
      'E-AGENT-CONNECT',
      `${path} is too long for a Unix socket: ${LONGEST_PATH} bytes are the most`,
      'Set TMPDIR to a folder with a shorter path.',
    );
  }
  const socket = await connectSocket({ path }, path, options);
  return AgentConnection.over(socket, { peer: `the agent behind ${path}`, ...options });
}

/**
 * Connects to a socket, trying again while nobody listens there yet.
 * @param name of the socket, for messages
 * @throws CcwspecError E-AGENT-CONNECT
 */
export async function connectSocket(where: NetConnectOpts, name: string, options: ConnectOptions): Promise<Socket> {
  const { connectTimeoutMs = DEFAULT_CONNECT_MS, signal } = options;
  const end = performance.now() + connectTimeoutMs;
  for (;;) {
    const answer = await tryConnect(where);
    if (!(answer instanceof Error)) return answer;
    const isOver = performance.now() >= end;
    if (signal?.aborted === true || isOver || !notYet.has((answer as NodeJS.ErrnoException).code ?? '')) {
      const when = isOver ? ` within ${connectTimeoutMs / 1000} s` : '';
      throw new CcwspecError('E-AGENT-CONNECT', `${name} did not accept a connection${when}: ${messageOf(answer)}`);
    }
    await delay(BETWEEN_TRIES_MS);
  }
}

function tryConnect(where: NetConnectOpts): Promise<Socket | Error> {
  return new Promise((resolve) => {
    const socket = connect(where);
    socket.once('error', resolve);
    socket.once('connect', () => {
      socket.removeListener('error', resolve);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}
