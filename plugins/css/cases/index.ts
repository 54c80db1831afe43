/** The cases of the plugin, one file a subject. */

import type { CaseDefinition } from 'ccwspec/plugin';
import functions from './functions.js';
import schid from './schid.js';
import ssch from './ssch.js';

const cases: readonly CaseDefinition[] = [...schid, ...ssch, ...functions];

export default cases;
