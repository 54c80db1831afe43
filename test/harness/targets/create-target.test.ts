import assert from 'node:assert/strict';

import { CcwspecError } from '../../../src/harness/errors/index.js';
import { capabilities } from '../../../src/harness/ports/index.js';
import { createTarget, targetNames } from '../../../src/harness/targets/index.js';
import { modelOf, plainEnvironment } from './support.js';

const refuses = (make: () => unknown, code: string, what: RegExp): void => {
  assert.throws(make, (error) => error instanceof CcwspecError && error.code === code && what.test(error.what));
};

describe('targets by name', () => {
  it('takes model for the newest kernel', () => {
    assert.equal(modelOf().name, targetNames[0]);
    assert.deepEqual(targetNames, ['model:linux-6.12.117', 'model:linux-6.1.176']);
  });

  it('gives a target of a plugin', () => {
    const { description, versions, capabilities: has, missing } = modelOf();
    const start = (): never => assert.fail('it is not started');
    const other = { name: 'lpar', description, versions, capabilities: has, missing, isolation: 'run' as const, start };
    assert.equal(createTarget('lpar', { ...plainEnvironment, targets: [other] }), other);
  });

  it('names the closest target', () => {
    refuses(() => modelOf({}, 'model:linux-6.12'), 'E-TARGET', /did you mean model:linux-6\.12\.117\?/);
  });

  it('has or lacks every capability, and says why it lacks one', () => {
    for (const name of targetNames) {
      const { capabilities: has, missing } = modelOf({}, name);
      for (const capability of Object.keys(capabilities) as (keyof typeof capabilities)[]) {
        assert.notEqual(has.has(capability), (missing.get(capability) ?? '') !== '', `${name}: ${capability}`);
      }
    }
    assert.match(modelOf({}, 'model:linux-6.1.176').missing.get('iommufd') ?? '', /6\.1\.176/);
    assert.match(modelOf().missing.get('many-paths') ?? '', /-o paths=8/);
    assert(modelOf({ paths: '2' }).capabilities.has('many-paths'));
    assert.match(modelOf({}, 'model', 'eckd:readonly=yes').missing.get('scratch-track') ?? '', /readonly=yes/);
  });

  it('gives the platform to the device too, unless the device has its own', () => {
    assert.match(modelOf({ platform: 'hercules-3.13' }).versions['device'] ?? '', /platform=hercules-3\.13/);
    const own = modelOf({ platform: 'hercules-3.13' }, 'model', 'eckd:platform=architecture');
    assert.match(own.versions['device'] ?? '', /platform=architecture/);
  });

  it('refuses settings that do not fit', () => {
    refuses(() => modelOf({ paths: '0' }), 'E-USAGE', /paths=0: a subchannel has 1 to 8/);
    refuses(() => modelOf({ storage: '0' }), 'E-USAGE', /storage=0: expected 1 to/);
    refuses(() => modelOf({ platform: 'hercules-3.12' }), 'E-USAGE', /did you mean hercules-3\.13\?/);
    refuses(() => modelOf({ defect: 'CVE-1' }), 'E-USAGE', /no such bug/);
  });

  it('brings a known bug back by its id', () => {
    const defects = [{ id: 'ends-early', overrides: { driver: { isFinal: () => true } } }];
    const options = new Map([['defect', 'ends-early']]);
    assert.equal(
      createTarget('model', { ...plainEnvironment, defects, options }).name,
      'model:linux-6.12.117+ends-early',
    );
  });
});
