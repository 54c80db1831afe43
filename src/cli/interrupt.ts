/** Ctrl-C during a run: the first lets the running case finish and the reports be written, the second stops at once. */

import type { StopRequest } from '../harness/runner/execute.js';
import { endInterrupted } from './end-interrupted.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Has SIGINT and SIGTERM ask `stop`, until the function that this returns is called. A third signal ends the process without
 * another word, should the run not do so.
 */
export function stopOnInterrupt(stop: StopRequest): () => void {
  const onSignal = (): void => {
    if (stop.level === 2) endInterrupted();
    if (stop.level === 0) {
      process.stderr.write(
        '\nInterrupted: the running case may finish, then the reports are written. Again: stop at once.\n',
      );
    }
    stop.request();
  };
  // One comes before the other goes: a signal that has arrived, and finds no listener left, is lost.
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.removeListener('SIGINT', endInterrupted);
  return () => {
    process.on('SIGINT', endInterrupted);
    for (const signal of SIGNALS) process.removeListener(signal, onSignal);
  };
}
