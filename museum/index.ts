/**
 * Known bugs of the driver: what happened, and the defect that brings each back in the model (`-o defect=ID`). The suites
 * prove that they would have caught them: test/museum runs the cases that guard each bug against its defect.
 */

import { earlier } from './earlier.js';
import type { Exhibit } from './exhibit.js';
import { series2026 } from './series-2026.js';

export type { Exhibit } from './exhibit.js';

export const exhibits: readonly Exhibit[] = [...series2026, ...earlier];
