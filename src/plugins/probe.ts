/** Loading a third-party plugin in a thread of its own first: one that hangs or ends the process is then only an error. */

import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { CcwspecError, messageOf } from '../harness/errors/index.js';

/** What the thread says when the module has been loaded. */
export type ProbeMessage = { readonly loaded: true } | { readonly loaded: false; readonly message: string };

/** @throws CcwspecError E-PLUGIN-LOAD if `entry` throws on load, or has not loaded after `limit` milliseconds */
export async function probePlugin(entry: string, limit: number): Promise<void> {
  const worker = new Worker(new URL('./probe-thread.js', import.meta.url), {
    workerData: pathToFileURL(entry).href,
    stdout: true,
    stderr: true,
  });
  worker.stdout.pipe(process.stderr, { end: false });
  worker.stderr.pipe(process.stderr, { end: false });
  const trouble = await new Promise<string | undefined>((resolve) => {
    const timer = setTimeout(() => {
      resolve(`did not finish loading within ${limit} ms: it waits for something, or loops, at its top level`);
    }, limit);
    const settle = (trouble: string | undefined): void => {
      clearTimeout(timer);
      resolve(trouble);
    };
    worker.on('message', (message: ProbeMessage) => {
      settle(message.loaded ? undefined : `threw while it was loaded: ${message.message}`);
    });
    worker.on('error', (thrown) => {
      settle(`threw while it was loaded: ${messageOf(thrown)}`);
    });
    worker.on('exit', (code) => {
      const waits = code === 13 || code === 0;
      settle(
        waits
          ? 'never finishes loading: it waits at its top level for what never comes'
          : `ended its thread with exit code ${code} while it was loaded`,
      );
    });
  });
  await worker.terminate();
  if (trouble !== undefined) throw new CcwspecError('E-PLUGIN-LOAD', `${entry} ${trouble}`);
}
