/** The thread of `probe`: loads one module and says how that went. */

import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../harness/errors/index.js';
import type { ProbeMessage } from './probe.js';
import { offerPublicEntry } from './resolve.js';

async function load(url: string): Promise<ProbeMessage> {
  offerPublicEntry();
  try {
    await import(url);
    return { loaded: true };
  } catch (thrown) {
    return { loaded: false, message: `${messageOf(thrown)}${placeIn(thrown)}` };
  }
}

/** Where in the plugin it was thrown, as the stack says it first; a syntax error's stack does not. */
function placeIn(thrown: unknown): string {
  const place = thrown instanceof Error ? /file:\/\/[^\s)]+:\d+(:\d+)?/.exec(thrown.stack ?? '')?.[0] : undefined;
  return place === undefined ? '' : ` (at ${decodeURI(place.slice('file://'.length))})`;
}

const message = await load(workerData as string);
parentPort?.postMessage(message);
