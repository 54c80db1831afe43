#!/usr/bin/env node
// Writes docs/errors.md from the catalogue of error codes. `node scripts/build.mjs` first.
import { writeFileSync } from 'node:fs';
import { errorsPage } from '../dist/src/harness/errors/page.js';

writeFileSync(new URL('../docs/errors.md', import.meta.url), errorsPage());
