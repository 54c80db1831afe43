/**
 * Coverage of the driver: `counters` reads what the kernel counted before its machine goes, `gcov` turns that into lines and
 * branches, `report` holds and merges them, `pages` shows them beside the source.
 */
export { countedMachines, folderForMachine, saveCounters, type CounterReader } from './counters.js';
export { GCOV, readCoverage, readGcovOutput } from './gcov.js';
export { keepNotes, type KernelNotes } from './notes.js';
export { percentage, writePages } from './pages.js';
export {
  figuresOf,
  mergeFiles,
  sumOf,
  unreachedFunctions,
  type FileCoverage,
  type FunctionCount,
  type Figures,
  type LineCount,
  type Share,
} from './report.js';
