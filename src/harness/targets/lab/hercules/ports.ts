/** Free TCP ports for a machine's terminals. */

import { createServer } from 'node:net';

import { CcwspecError } from '../../../errors/index.js';

/** A port of the loopback interface that nobody had a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      server.close(() => {
        if (port === undefined) reject(new CcwspecError('E-INTERNAL', 'a listening socket has no port'));
        else resolve(port);
      });
    });
  });
}
