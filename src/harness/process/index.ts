/**
 * The one place that starts processes: `start` for one that lives while we talk to it, `run` for one whose ending and output
 * are the result, `programs` says where a program is and which Debian package has it. Never through a shell.
 */
export { findProgram, packageOf, requirePrograms } from './programs.js';
export { runProcess, type ProcessResult, type RunOptions } from './run.js';
export { startProcess, type Ending, type ProcessOptions, type RunningProcess } from './start.js';
export { Tail } from './tail.js';
