#!/usr/bin/env node
// Writes oclif.manifest.json and the catalogues of the built-in plugins, so that `ccwspec list` loads one command's module and
// not all of them, and no case's.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Plugin } from '@oclif/core';

const root = fileURLToPath(new URL('..', import.meta.url));
const plugin = new Plugin({ root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
writeFileSync(join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, null, 2)}\n`);

const { writeCatalogues } = await import(new URL('../dist/src/plugins/loader.js', import.meta.url).href);
await writeCatalogues();
