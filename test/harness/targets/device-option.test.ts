import assert from 'node:assert/strict';

import fc from 'fast-check';

import { CcwspecError } from '../../../src/harness/errors/index.js';
import { parseDeviceOption } from '../../../src/harness/targets/device-option.js';
import type { DeviceKind } from '../../../src/plugins/api.js';

const drum: DeviceKind = {
  kind: 'drum',
  description: 'a drum',
  settings: {
    model: { description: 'model', default: '2301-1', values: ['2301-1', '2303-1'] },
    volser: { notWith: 'image', description: 'volume serial', default: 'DRUM01' },
    image: { description: 'image file' },
  },
  capabilities: [],
  create: () => {
    throw new Error('no drum is made in these tests');
  },
};

function refusal(text: string): CcwspecError {
  try {
    parseDeviceOption(text, [drum]);
  } catch (error) {
    assert(error instanceof CcwspecError);
    assert.equal(error.code, 'E-DEVICE-OPTION');
    assert.equal(error.exitCode, 64);
    return error;
  }
  assert.fail(`${text} was taken`);
}

describe('--device', () => {
  it('reads settings and fills in the defaults of those left out', () => {
    const { kind, settings, given } = parseDeviceOption('drum:volser=ABC123', [drum]);
    assert.equal(kind, drum);
    assert.deepEqual(Object.fromEntries(settings), { volser: 'ABC123', model: '2301-1' });
    assert.deepEqual([...given], ['volser']);
  });

  it('takes a kind without settings', () => {
    assert.equal(parseDeviceOption('drum', [drum]).settings.get('volser'), 'DRUM01');
  });

  it('keeps an equals sign in a value', () => {
    assert.equal(parseDeviceOption('drum:image=a=b', [drum]).settings.get('image'), 'a=b');
  });

  it('keeps any value whose commas are doubled', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        const text = `drum:model=2303-1,image=${value.replaceAll(',', ',,')}`;
        const { settings } = parseDeviceOption(text, [drum]);
        assert.equal(settings.get('image'), value);
        assert.equal(settings.get('model'), '2303-1');
      }),
    );
  });

  it('names the closest kind', () => {
    assert.match(refusal('drun:model=2301-1').what, /device kind 'drun'; did you mean drum\?/);
  });

  it('names the closest setting', () => {
    assert.match(refusal('drum:volsre=X').what, /no setting 'volsre'; did you mean volser\?/);
  });

  it('lists the settings when none is close', () => {
    assert.match(refusal('drum:colour=red').what, /no setting 'colour'; its settings are model, volser, image/);
  });

  it('names the closest value', () => {
    assert.match(refusal('drum:model=2303').what, /cannot be '2303'; did you mean 2303-1\?/);
  });

  it('does not take a setting of Object.prototype', () => {
    assert.match(refusal('drum:constructor=1').what, /no setting/);
  });

  it('asks for a value', () => {
    assert.match(refusal('drum:volser').what, /write volser=VALUE/);
  });

  it('refuses a setting that is given twice', () => {
    assert.match(refusal('drum:volser=A,volser=B').what, /twice/);
  });

  it('refuses a setting that another one leaves without meaning', () => {
    assert.match(refusal('drum:volser=A,image=F').what, /'volser' has no meaning together with 'image'/);
  });
});
