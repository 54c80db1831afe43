import assert from 'node:assert/strict';
import { toCcwspecError } from '../../src/cli/report-error.js';
import { missingPackage } from '../../src/harness/errors/index.js';

describe('errors that nobody foresaw', () => {
  it('names a package that is not installed, and how to install it', async () => {
    const name: string = 'a-package-that-nobody-has';
    const thrown: unknown = await import(name).catch((error: unknown) => error);
    assert.equal(missingPackage(thrown), 'a-package-that-nobody-has');
    const { code, message, exitCode } = toCcwspecError(thrown);
    assert.deepEqual({ code, exitCode }, { code: 'E-INSTALL', exitCode: 2 });
    assert.match(message, /a-package-that-nobody-has is not installed\n {2}Run `npm ci`/);
  });

  it('does not take a file of ours for a package', async () => {
    const path: string = './no-such-file.js';
    const thrown: unknown = await import(path).catch((error: unknown) => error);
    assert.equal(missingPackage(thrown), undefined);
    assert.equal(toCcwspecError(thrown).code, 'E-INTERNAL');
  });
});
