import assert from 'node:assert/strict';

import { ccwspec } from './ccwspec.js';

describe('ccwspec lab coverage', function () {
  this.timeout(30_000);

  it('refuses a platform that does not exist, an image, and a kernel that is not there', async () => {
    const platform = await ccwspec(['lab', 'coverage', '--platform', 'zvm']);
    assert.equal(platform.code, 64);
    const image = await ccwspec(['lab', 'coverage', '--kernel', process.execPath]);
    assert.equal(image.code, 64);
    assert.match(image.stderr, /^E-USAGE: .*is an image/m);
    const nothing = await ccwspec(['lab', 'coverage', '--kernel', '/nowhere/bzImage']);
    assert.equal(nothing.code, 64);
    assert.match(nothing.stderr, /^E-LAB-KERNEL-IMAGE/m);
  });

  it('refuses words that name nothing before it builds a kernel', async () => {
    const { code, stderr } = await ccwspec(['lab', 'coverage', 'vfio-cww']);
    assert.equal(code, 64);
    assert.match(stderr, /vfio-cww/);
    assert.ok(!stderr.includes('building'));
  });
});
