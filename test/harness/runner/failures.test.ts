/** Whose fault it is that something was thrown while a case ran. */

import assert from 'node:assert/strict';
import { CcwspecError } from '../../../src/harness/errors/index.js';
import { harnessKinds, kindOf } from '../../../src/harness/runner/failures.js';

describe('what is thrown while a case runs', () => {
  it('is no failure of the case where the harness, or a file that was given to it, is at fault', () => {
    for (const code of ['E-MODEL-UNIMPLEMENTED', 'E-IMAGE'] as const) {
      assert.ok(harnessKinds.has(kindOf(new CcwspecError(code, 'wrong'))), code);
    }
  });

  it('is a failure of the case where that asked for what there is not, or broke', () => {
    for (const thrown of [new CcwspecError('E-USAGE', 'wrong'), new TypeError('wrong'), 'wrong']) {
      assert.equal(kindOf(thrown), 'exception');
    }
  });
});
