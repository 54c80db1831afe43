#!/usr/bin/env node
// npm start: install, build, run the default suite on the model. Words behind `npm start --` go to `ccwspec run`.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { prepare, root } from './prepare.mjs';

prepare();
// In this process: a second one would take longer to start than all that is above, when there is nothing to do.
const binary = join(root, 'bin', 'ccwspec.js');
process.chdir(root);
process.argv.splice(1, 1, binary, 'run');
await import(pathToFileURL(binary).href);
