import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { CcwspecError } from '../../src/harness/errors/index.js';
import { loadPlugins, type LoadOptions } from '../../src/plugins/loader.js';

const folder = fileURLToPath(new URL('../../../test/fixtures/plugins/', import.meta.url));

/** Loads fixtures alone, without the built-in plugins. */
const load = (names: readonly string[], options: LoadOptions = {}): ReturnType<typeof loadPlugins> =>
  loadPlugins({ specifiers: names.map((name) => `./${name}`), from: folder, builtIn: [], ...options });

async function refusal(names: readonly string[], options: LoadOptions = {}): Promise<CcwspecError> {
  try {
    await load(names, options);
  } catch (thrown) {
    assert.ok(thrown instanceof CcwspecError, String(thrown));
    assert.equal(thrown.exitCode, 78);
    return thrown;
  }
  return assert.fail('it was loaded');
}

describe('the plugin loader', function () {
  // Third-party plugins are loaded in a thread first, which takes as long as the host lets it.
  this.timeout(60_000);

  describe('finds a third-party plugin', () => {
    let project: string;

    before(() => {
      project = mkdtempSync(join(tmpdir(), 'ccwspec-loader-'));
      mkdirSync(join(project, 'node_modules'));
      mkdirSync(join(project, 'deeper'));
      symlinkSync(join(folder, 'ccwspec-plugin-acme'), join(project, 'node_modules', 'ccwspec-plugin-acme'));
    });

    after(() => {
      rmSync(project, { recursive: true });
    });

    const ids = ['acme/identify/names-the-control-unit', 'acme/identify/channel-end-and-device-end'];

    for (const [how, specifier, from] of [
      ['by the path of its folder', './ccwspec-plugin-acme', folder],
      ['by the path of its entry file', './ccwspec-plugin-acme/index.js', folder],
      ['by an absolute path', join(folder, 'ccwspec-plugin-acme'), '/'],
      ['by a file URL', pathToFileURL(join(folder, 'ccwspec-plugin-acme')).href, '/'],
    ] as const) {
      it(how, async () => {
        const { cases, plugins, requirements } = await loadPlugins({ specifiers: [specifier], from, builtIn: [] });
        assert.deepEqual(
          cases.map(({ definition }) => definition.id),
          ids,
        );
        assert.ok(cases.every(({ plugin }) => plugin === 'acme'));
        assert.equal(plugins[0]?.origin, join(folder, 'ccwspec-plugin-acme', 'index.js'));
        assert.ok(requirements.some(({ pathname }) => pathname.endsWith('/ccwspec-plugin-acme/requirements/')));
      });
    }

    it('as a package of the current folder, or of one above', async () => {
      for (const from of [project, join(project, 'deeper')]) {
        const { cases } = await loadPlugins({ specifiers: ['ccwspec-plugin-acme'], from, builtIn: [] });
        assert.deepEqual(
          cases.map(({ definition }) => definition.id),
          ids,
        );
      }
    });

    it('once, when it is named twice', async () => {
      const { plugins } = await load(['good.js', 'good.js']);
      assert.equal(plugins.length, 1);
    });

    it('with this very copy of the API', async () => {
      await load(['uses-the-api.js']);
      const module = (await import(pathToFileURL(join(folder, 'uses-the-api.js')).href)) as { errorClass: unknown };
      assert.equal(module.errorClass, CcwspecError);
    });
  });

  describe('says what is missing', () => {
    it('for a path', async () => {
      const error = await refusal(['nowhere.js']);
      assert.equal(error.code, 'E-PLUGIN-MISSING');
      assert.match(error.what, /no file or folder .*nowhere\.js/);
    });

    it('for a package, with the command that installs it', async () => {
      await assert.rejects(
        loadPlugins({ specifiers: ['ccwspec-plugin-none'], from: folder, builtIn: [] }),
        (error: CcwspecError) =>
          error.code === 'E-PLUGIN-MISSING' && error.next.includes('npm install ccwspec-plugin-none'),
      );
    });

    it('for a folder without the entry that it names', async () => {
      assert.match((await refusal(['without-entry'])).what, /no entry file \.\/dist\/index\.js/);
    });

    it('for a built-in plugin that was not built', async () => {
      await assert.rejects(loadPlugins({ builtIn: ['not-built'] }), /E-PLUGIN-MISSING: the built-in plugin not-built/);
    });
  });

  describe('refuses a plugin that does not load', () => {
    for (const [file, words, limit = 30_000] of [
      ['throws.js', /throws\.js threw while it was loaded: no licence for this plugin \(at .*throws\.js:\d+:\d+\)/],
      ['waits.js', /waits\.js never finishes loading/],
      ['waits-with-a-timer.js', /waits-with-a-timer\.js did not finish loading within 400 ms/, 400],
      ['loops.js', /loops\.js did not finish loading within 400 ms/, 400],
      ['ends-the-process.js', /ended its thread with exit code 3/],
    ] as const satisfies readonly (readonly [string, RegExp, number?])[]) {
      it(file, async () => {
        const error = await refusal([file], { limit });
        assert.equal(error.code, 'E-PLUGIN-LOAD');
        assert.match(error.what, words);
      });
    }
  });

  describe('refuses what is not a plugin for this version', () => {
    it('naming every wrong field', async () => {
      const { code, what } = await refusal(['wrong-fields.js']);
      assert.equal(code, 'E-PLUGIN-INVALID');
      for (const words of [
        'name must be a slug',
        'apiVersion must be a number',
        'description is missing',
        'discription is not a field; did you mean description?',
        'requirements must be a URL',
        'cases[0] (wrong/subject/one).decides must be a text',
        'cases[0] (wrong/subject/one).requirements must name at least one',
        "cases[0] (wrong/subject/one).needs has the unknown capability 'ecdk'; did you mean eckd?",
        'cases[0] (wrong/subject/one).touches must be one of nothing, scratch, volume',
        'cases[0] (wrong/subject/one).limit must be a number',
        'cases[0] (wrong/subject/one).run must be a function',
        "cases[1] must be an object, not 'not a case'",
      ]) {
        assert.ok(what.includes(words), `${words}\nin\n${what}`);
      }
    });

    it('without a default export', async () => {
      assert.match((await refusal(['no-plugin.js'])).what, /default export is undefined, not a plugin/);
    });

    it('for another API version', async () => {
      assert.match(
        (await refusal(['newer-api.js'])).what,
        /apiVersion is 2, but this ccwspec has plugin API 1: it needs a newer ccwspec/,
      );
    });

    it('with an id that is not a slug', async () => {
      assert.match(
        (await refusal(['bad-slug.js'])).what,
        /cases\[0\] \(slug\/Subject\/It Runs\)\.id must be plugin\/subject\/what-is-seen/,
      );
    });

    it('with an id under another name', async () => {
      assert.match(
        (await refusal(['foreign-id.js'])).what,
        /other\/subject\/runs must begin with the plugin's name: stranger\//,
      );
    });

    it('with a requirement that no catalogue has', async () => {
      assert.match(
        (await refusal(['unknown-requirement.js'])).what,
        /lost\/subject\/runs: there is no requirement ACM-003; did you mean ACM-00/,
      );
    });
  });

  describe('refuses plugins that contradict each other', () => {
    it('with two cases of one id, naming both', async () => {
      const { code, what } = await refusal(['good.js', 'same-id.js']);
      assert.equal(code, 'E-PLUGIN-CONFLICT');
      assert.match(
        what,
        /two cases have the id good\/subject\/runs: one of plugin good \(.*good\.js\), one of plugin other \(.*same-id\.js\)/,
      );
    });

    it('with one name', async () => {
      const { code, what } = await refusal(['good.js', 'same-name.js']);
      assert.equal(code, 'E-PLUGIN-CONFLICT');
      assert.match(what, /two plugins have the name good: .*good\.js, and .*same-name\.js/);
    });
  });
});
