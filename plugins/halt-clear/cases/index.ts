/** The cases of the plugin: through the asynchronous command region, by the driver itself, and through the instructions. */

import type { CaseDefinition } from 'ccwspec/plugin';
import asyncClear from './async-clear.js';
import asyncHalt from './async-halt.js';
import asyncHaltLate from './async-halt-late.js';
import asyncLimits from './async-limits.js';
import end from './end.js';
import instructionClear from './instruction-clear.js';
import instructionHalt from './instruction-halt.js';

const cases: readonly CaseDefinition[] = [
  ...asyncHalt,
  ...asyncHaltLate,
  ...asyncClear,
  ...asyncLimits,
  ...end,
  ...instructionHalt,
  ...instructionClear,
];

export default cases;
