import assert from 'node:assert/strict';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import tmp from 'tmp';
import type { CaseContext } from '../../src/harness/runner/case.js';
import { PLUGIN_API_VERSION, type Plugin } from '../../src/plugins/api.js';
import { readCatalogue, writeCatalogue } from '../../src/plugins/catalogue.js';
import { builtInPlugins, loadPlugins } from '../../src/plugins/loader.js';

describe('catalogues of plugins', () => {
  let folder: tmp.DirResult;
  let url: URL;
  let ran: string[];

  const plugin = (): Plugin => ({
    name: 'acme',
    apiVersion: PLUGIN_API_VERSION,
    description: 'disks of Acme',
    cases: [
      {
        id: 'acme/read/zeros',
        decides: 'A read of a new disk gives zeros.',
        requirements: ['EC-001'],
        guards: ['CVE-2026-80550'],
        needs: ['vfio'],
        touches: 'nothing',
        limit: 5,
        run: () => {
          ran.push('acme/read/zeros');
          return Promise.resolve();
        },
      },
    ],
    devices: [
      {
        kind: 'acme-disk',
        description: 'a disk',
        settings: { size: { description: 'in tracks', default: '15' } },
        capabilities: ['eckd'],
        create: () => {
          throw new Error('no disk today');
        },
      },
    ],
    options: { colour: 'of the disk' },
  });

  beforeEach(() => {
    folder = tmp.dirSync({ unsafeCleanup: true });
    url = pathToFileURL(`${folder.name}/`);
    ran = [];
  });
  afterEach(() => {
    folder.removeCallback();
  });

  it('says what the plugin says, and runs the plugin itself', async () => {
    writeCatalogue(url, plugin());
    const read = readCatalogue(url, () => Promise.resolve(plugin()));
    assert.ok(read);
    const plain = (whole: Plugin): unknown => JSON.parse(JSON.stringify(whole));
    assert.deepEqual(plain(read), plain(plugin()));
    await read.cases[0]!.run({} as CaseContext);
    assert.deepEqual(ran, ['acme/read/zeros']);
    const create = read.devices![0]!.create;
    const environment = { settings: new Map<string, string>(), scratch: '', inPlace: false, writable: false };
    await assert.rejects(Promise.resolve(create(environment)), /no disk today/);
  });

  it('is not there before it has been written', () => {
    assert.equal(
      readCatalogue(url, () => assert.fail()),
      undefined,
    );
  });

  it('is not used when a module of the plugin is younger', () => {
    writeCatalogue(url, plugin());
    mkdirSync(new URL('cases/', url));
    const module = new URL('cases/read.js', url);
    writeFileSync(module, '');
    const tomorrow = Date.now() / 1000 + 86_400;
    utimesSync(module, tomorrow, tomorrow);
    assert.equal(
      readCatalogue(url, () => assert.fail()),
      undefined,
    );
  });

  it('says so when the plugin no longer has the case', async () => {
    writeCatalogue(url, plugin());
    const read = readCatalogue(url, () => Promise.resolve({ ...plugin(), cases: [] }));
    await assert.rejects(read!.cases[0]!.run({} as CaseContext), /does not have the case acme\/read\/zeros/);
  });

  it('has no place for what is not plain data', () => {
    assert.throws(() => {
      writeCatalogue(url, { ...plugin(), requirements: url });
    }, TypeError);
  });

  it('lists of the built-in plugins what they list themselves', async () => {
    const [planned, whole] = await Promise.all([loadPlugins(), loadPlugins({ purpose: 'run' })]);
    const plain = (set: typeof whole): unknown => JSON.parse(JSON.stringify(set.cases));
    assert.deepEqual(plain(planned), plain(whole));
    assert.deepEqual(
      planned.plugins.map(({ plugin: { name } }) => name),
      builtInPlugins,
    );
  });
});
