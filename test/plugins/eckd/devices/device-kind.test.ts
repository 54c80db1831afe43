import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CcwspecError, type DeviceModel, toHex } from '../../../../src/plugins/index.js';
import { eckdKind, FreshVolume, writeCkdImage } from '../../../../plugins/eckd/devices/index.js';
import { ChannelStandIn } from '../channel-stand-in.js';

function create(settings: Record<string, string>, inPlace = false, writable = true): DeviceModel {
  return eckdKind.create({ settings: new Map(Object.entries(settings)), scratch: tmpdir(), inPlace, writable });
}

const answer = (settings: Record<string, string>, code: number) =>
  toHex(new ChannelStandIn(create(settings)).run({ code }).received[0]!);

describe('eckd device kind', () => {
  it('is a 3390-1 behind a 3990-2 when nothing is said', () => {
    assert.equal(answer({}, 0xe4), 'ff3990c23390020040fa0100');
    assert.equal(
      answer({}, 0x64),
      '3990c2339002d000000020260459000fe000e5a205940222130906740000000000000000' +
        '0000000026261002dfee0001067708000000000000ff000000000000',
    );
  });

  for (const [cu, senseId] of [
    ['3990-3', 'ff3990ec3390020040fa010041270004423e0040'],
    ['3990-6', 'ff3990e93390020040fa010041270004423e0060'],
    ['2105', 'ff2105e83390020040fa010041270004423e01a0433e0008'],
    ['2107', 'ff2107e83390020040fa010041270004423e01a0433e0008'],
  ] as const) {
    it(`answers sense ID as a ${cu}`, () => {
      assert.equal(answer({ cu }, 0xe4), senseId);
    });
  }

  for (const [model, identity, cylinders] of [
    ['3390-2', '06', '08b2'],
    ['3390-3', '0a', '0d0b'],
    ['3390-9', '0c', '2721'],
    ['3390-27', '0c', '7ff8'],
    ['3390-54', '0c', 'fff0'],
  ] as const) {
    it(`is a ${model} of 0x${cylinders} cylinders`, () => {
      const characteristics = answer({ model }, 0x64);
      assert.equal(characteristics.slice(10, 12), identity);
      assert.equal(characteristics.slice(24, 28), cylinders);
    });
  }

  it('gives configuration data with serial, device number and subsystem identifier', () => {
    const data = answer({}, 0xfa);
    assert.equal(data.length, 512);
    assert.equal(data.slice(0, 64), 'c40101004040f3f3f9f0f0f0f2c8d9c3e9e9f0f0f0f0f0f0f0f0f0f0f0f10120');
    assert.equal(data.slice(128, 192), 'd40200004040f3f9f9f0f0c3f2c8d9c3e9e9f0f0f0f0f0f0f0f0f0f0f0f10001');
    assert.equal(data.slice(448, 488), '8000000100001e00012080202020010000808020');
    const other = answer({ serial: '123456789012', devno: '4321', ssid: 'beef', cu: '2107' }, 0xfa);
    assert.equal(other.slice(36, 64), 'f1f2f3f4f5f6f7f8f9f0f1f24321');
    assert.equal(other.slice(464, 468), 'beef');
    assert.equal(answer({ devno: '4321', ssid: 'beef' }, 0x54).slice(0, 8), '00211f00');
    assert.equal(answer({ devno: '4321', ssid: 'beef' }, 0x54).slice(-4), 'beef');
  });

  it('writes the volume serial into the label', () => {
    const stand = new ChannelStandIn(create({ volser: 'ABC123' }));
    const search = { code: 0x29, data: 'e5d6d3f1', loop: 0 };
    const { received } = stand.run({ code: 0x07, data: '000000000000' }, search, { code: 0x06 });
    assert.equal(toHex(received.at(-1)!.subarray(0, 10)), 'e5d6d3f1c1c2c3f1f2f3');
  });

  for (const [setting, value] of [
    ['model', '3390-4'],
    ['model', 'constructor'],
    ['cylinders', '0'],
    ['cylinders', '1182007'],
    ['cylinders', '1e3'],
    ['volser', 'abc'],
    ['volser', 'TOOLONG'],
    ['layout', 'ext4'],
    ['cu', '3880'],
    ['devno', '120'],
    ['ssid', 'xyzw'],
    ['serial', '12'],
    ['readonly', 'maybe'],
    ['platform', 'hercules'],
  ] as const) {
    it(`refuses ${setting}=${value}`, () => {
      assert.throws(
        () => create({ [setting]: value }),
        (error) => error instanceof CcwspecError && error.code === 'E-DEVICE-OPTION' && error.message.includes(value),
      );
    });
  }

  it('is read-only when it is asked to be, or when a run that may not write names an image in place', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ccwspec-kind-'));
    try {
      const [image] = writeCkdImage(new FreshVolume(1, 'IMG001'), join(folder, 'vol'));
      const write = (device: DeviceModel) => {
        const outcome = new ChannelStandIn(device).run(
          { code: 0x63, data: '80c00000000000000000000000000000' },
          { code: 0x47, data: '01800001000000000000000002ff0090' },
          { code: 0x85, data: new Uint8Array(144) },
        );
        device.close?.();
        return toHex(outcome.sense.subarray(0, 2));
      };
      assert.equal(write(create({ readonly: 'yes' })), '1002');
      assert.equal(write(create({ image: image! }, true, false)), '1002');
      assert.equal(write(create({ image: image! }, true, true)), '0000');
      assert.equal(write(create({ image: image! }, false, false)), '0000');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
