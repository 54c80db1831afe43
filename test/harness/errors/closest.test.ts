import assert from 'node:assert/strict';

import { closest, didYouMean } from '../../../src/harness/errors/index.js';

describe('did you mean', () => {
  const commands = ['run', 'list', 'explain', 'exec', 'targets', 'plugins', 'doctor'];

  it('finds a name with one letter wrong, missing, too many or swapped', () => {
    assert.equal(closest('lisp', commands), 'list');
    assert.equal(closest('docto', commands), 'doctor');
    assert.equal(closest('plugginns', commands), 'plugins');
    assert.equal(closest('rnu', commands), 'run');
  });

  it('finds a name by its beginning', () => {
    assert.equal(closest('expl', commands), 'explain');
  });

  it('says nothing when nothing is near', () => {
    assert.equal(closest('reserve', commands), undefined);
    assert.equal(didYouMean('reserve', commands), '');
  });

  it('does not take a word of three letters for one with two others', () => {
    assert.equal(closest('foo', ['vfio', 'channel']), undefined);
  });

  it('does not mind capitals', () => {
    assert.equal(didYouMean('RUN', commands), '; did you mean run?');
  });
});
