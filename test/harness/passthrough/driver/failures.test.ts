import assert from 'node:assert/strict';
import { linux_6_1_176, linux_6_12_117 } from '../../../../src/harness/passthrough/profiles/index.js';
import { ccw, encodeCcws, Rig } from './support/rig.js';

const CC = 0x40;
const IDA = 0x04;

/** Two segments, a list, data over several pages, a CCW without data. */
function program(rig: Rig): number {
  rig.guest.store(0x4000, [0, 0, 0, 0, 0, 1, 0x0f, 0xf0, 0, 0, 0, 0, 0, 2, 0, 0]);
  rig.guest.store(0x2000, encodeCcws([ccw(0x02, 0x5800, 0x2000, CC), ccw(0x03, 0, 1)]));
  return rig.run([ccw(0x02, 0x4000, 0x20, CC | IDA), ccw(0x02, 0x3000, 8, CC), ccw(0x08, 0x2000, 0)]);
}

describe('injected failures', () => {
  for (const { name, driver } of [linux_6_12_117, linux_6_1_176]) {
    it(`${name}: whichever allocation fails, the request fails with ENOMEM and nothing is left`, () => {
      let failures = 0;
      for (let ordinal = 1; ; ordinal++) {
        const rig = Rig.open(driver);
        rig.host.injection.failAllocationIn = ordinal;
        const result = program(rig);
        if (result === 124) break;
        assert.equal(result, -12);
        assert.equal(rig.device.stateName, 'IDLE');
        rig.assertAtRest();
        rig.host.injection.failAllocationIn = 0;
        assert.equal(program(rig), 124);
        failures++;
      }
      assert.equal(failures, driver === linux_6_12_117.driver ? 2 * 3 + 4 * 3 : 2 * 2 + 4 * 2 + 2);
    });
  }

  it('whichever pin fails, nothing is left', () => {
    for (let limit = 0; limit < 6; limit++) {
      const rig = Rig.open();
      rig.guest.pinLimit = limit;
      assert.equal(program(rig), -12);
      rig.assertAtRest();
    }
    const rig = Rig.open();
    rig.guest.pinLimit = 6;
    assert.equal(program(rig), 124);
  });

  it('a pin that falls short is undone', () => {
    const rig = Rig.open();
    rig.host.injection.pinShort = true;
    assert.equal(rig.run([ccw(0x02, 0x3000, 0x3000)]), -22);
    rig.assertAtRest();
    assert.equal(rig.run([ccw(0x02, 0x3000, 0x3000)]), 124);
  });

  it('a report without memory is lost without a trace', () => {
    const rig = Rig.open();
    rig.host.injection.failAllocationIn = 1;
    rig.commonIo.pathAvailability(0x10, false);
    rig.commonIo.pathAvailability(0x10, true);
    assert.deepEqual([...(rig.read(3, 4) as Uint8Array)], [4, 2, 0, 0x10]);
    assert.deepEqual([...(rig.read(3, 4) as Uint8Array)], [0, 0, 0, 0]);
  });

  it('open and create report that there is no memory', () => {
    const rig = new Rig();
    for (const ordinal of [1, 2, 3]) {
      rig.host.injection.failAllocationIn = ordinal;
      assert.equal(rig.device.open(rig.guest), -12);
    }
    assert.equal(rig.device.open(rig.guest), 0);
    rig.device.close();
    rig.device.destroy();
    rig.host.injection.failAllocationIn = 6;
    assert.equal(rig.driver.createDevice(), -12);
  });

  it('START and HALT outcomes strike once, and are written down', () => {
    const rig = Rig.open();
    rig.host.recorder.recording = true;
    rig.host.injection.nextStart = 'program-check';
    assert.equal(rig.run([ccw(0x03, 0, 1)]), -5);
    rig.host.injection.nextHaltOrClear = 2;
    assert.equal(rig.async(1), -16);
    assert.equal(rig.run([ccw(0x03, 0, 1)]), 124);
    assert.deepEqual(
      rig.host.recorder.instructions.filter((line) => !line.startsWith('stsch')),
      ['ssch program-check', 'hsch 2', 'ssch 0'],
    );
  });
});

describe('memory of a device', () => {
  it('lasts for any number of programs', function () {
    this.timeout(20_000);
    const rig = Rig.open();
    // One 64-byte allocation leaked per CCW would need more than the 256 KiB that there are.
    for (let round = 0; round < 5_000; round++) {
      assert.equal(program(rig), 124);
      rig.reset();
    }
    rig.assertAtRest();
  });
});
