/** What Ctrl-C does to a command that has no reports to write. */

import { ExitCode } from '../harness/errors/catalogue.js';

/** Ends the process with the exit code of an interrupted command. */
export function endInterrupted(): never {
  process.exit(ExitCode.interrupted);
}
