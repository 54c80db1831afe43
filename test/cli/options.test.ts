import assert from 'node:assert/strict';

import fc from 'fast-check';

import { parseOptions } from '../../src/cli/options.js';
import { CcwspecError } from '../../src/harness/errors/index.js';

const refuses = (strings: string[], what: RegExp): Promise<void> =>
  assert.rejects(
    parseOptions(strings),
    (error) => error instanceof CcwspecError && error.code === 'E-USAGE' && what.test(error.what),
  );

describe('-o key=value', () => {
  it('keeps values as they are written', async () => {
    const strings = ['devno=1e5', 'cu=0x10', 'eckd.model=3390-1', 'no-fcx=true', 'empty=', 'sum=1=1', 'flag=--bail'];
    assert.deepEqual(await parseOptions(strings), {
      devno: '1e5',
      cu: '0x10',
      'eckd.model': '3390-1',
      'no-fcx': 'true',
      empty: '',
      sum: '1=1',
      flag: '--bail',
    });
  });

  it('takes several settings in one string, and quotes off values', async () => {
    assert.deepEqual(await parseOptions([`paths=8 note="two words" other='a b'`]), {
      paths: '8',
      note: 'two words',
      other: 'a b',
    });
  });

  it('keeps any value without spaces and quotes', async () => {
    const value = fc.string({ unit: fc.constantFrom(...Array.from('abz09.,:;/\\-_=+*?[]{}$%&#@!')), maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(value, async (text) => {
        assert.deepEqual(await parseOptions([`key=${text}`]), { key: text });
      }),
    );
  });

  it('refuses a word without an equals sign', async () => {
    await refuses(['paths'], /-o paths: 'paths' is not key=value/);
    await refuses(['=8'], /not key=value/);
    await refuses(['text=two words'], /'words' is not key=value/);
    await refuses(['--bail=1'], /'--bail=1' is not key=value/);
  });

  it('refuses a key that is given twice', () => refuses(['paths=1', 'paths=2'], /-o paths is given twice/));
});
