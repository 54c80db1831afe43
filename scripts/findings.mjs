#!/usr/bin/env node
// Writes docs/findings.md. Ends with 1 if what the data says came back is not what a run or recording gives. `node
// scripts/build.mjs` first.
import { writeFileSync } from 'node:fs';

import { findingsPage } from './findings-page.mjs';

const { text, problems } = await findingsPage();
writeFileSync(new URL('../docs/findings.md', import.meta.url), text);
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
