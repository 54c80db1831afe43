#!/usr/bin/env node
// Writes docs/museum.md. `node scripts/build.mjs` first.
import { writeFileSync } from 'node:fs';
import { museumPage } from './museum-page.mjs';

writeFileSync(new URL('../docs/museum.md', import.meta.url), await museumPage());
