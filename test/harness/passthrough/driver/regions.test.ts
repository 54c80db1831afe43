import assert from 'node:assert/strict';
import { PmcwFlag, SchibOffset, viewOf } from '../../../../src/harness/arch/index.js';
import { regionOffset, VfioRequest } from '../../../../src/harness/uapi/index.js';
import { ccw, FakeEventfd, irqSet, Rig } from './support/rig.js';

const NO_EVENTFDS = { get: () => -9 };

describe('regions of the device', () => {
  describe('bounds (section 2.6)', () => {
    const rows: readonly [offset: number, length: number, result: number][] = [
      [0, 124, 124],
      [0, 125, -22],
      [1, 124, -22],
      [0x7b, 1, 1],
      [0x7c, 0, 0],
      [0x7c, 1, -22],
      [0x7d, 0, -22],
      [0x3ff, 1, -22],
      [0x400, 8, 8],
      [0x400, 9, -22],
      [0x404, 4, 4],
      [0x408, 0, 0],
      [0x800, 52, 52],
      [0x800, 53, -22],
      [0x833, 1, 1],
      [0xc00, 8, 8],
      [0xc00, 9, -22],
      [0x1000, 4, -22],
      [255 * 1024, 1, -22],
      [2 ** 42, 124, 124],
      [2 ** 42 + 0x800, 4, 4],
      [2 ** 42 + 0x1000, 4, -22],
      [2 ** 42 - 1024, 4, -22],
    ];
    for (const [offset, length, result] of rows) {
      it(`read of ${length} at ${offset.toString(16)}: ${result}`, () => {
        const rig = Rig.open();
        assert.equal(rig.device.read(new Uint8Array(length), length, offset), result);
      });
    }

    it('refuses every write of the SCHIB and CRW regions', () => {
      const rig = Rig.open();
      for (const region of [2, 3]) {
        for (const length of [0, 1, 8]) assert.equal(rig.write(new Uint8Array(length), regionOffset(region)), -22);
      }
    });

    it('reports a fault of the user’s buffer, and raises no request for it', () => {
      const rig = Rig.open();
      assert.equal(rig.device.read(undefined, 124, 0), -14);
      assert.equal(rig.device.write(undefined, 124, 0), -14);
      assert.equal(rig.device.write(undefined, 8, regionOffset(1)), -14);
      assert.equal(rig.device.stateName, 'IDLE');
    });

    it('has one region while closed', () => {
      const rig = new Rig();
      assert.equal(rig.read(1, 8), -22);
      assert.ok(rig.read(0, 124) instanceof Uint8Array);
    });
  });

  describe('I/O region', () => {
    it('stores the bytes of a request that it refuses', () => {
      const rig = Rig.open();
      const bytes = new Uint8Array(124).fill(0xaa);
      viewOf(bytes).setUint32(12, 0x2000);
      assert.equal(rig.write(bytes), -95);
      assert.deepEqual(
        [...rig.irb().subarray(60, 68)],
        Array.from({ length: 8 }, () => 0xaa),
      );
      assert.equal(viewOf(rig.read(0, 4, 120) as Uint8Array).getInt32(0), -95);
    });

    it('hands back the caller’s own return code if no function bit is on', () => {
      for (const [code, result] of [
        [0, 124],
        [5, 5],
        [-14, -14],
      ] as const) {
        const rig = Rig.open();
        const bytes = new Uint8Array(124);
        viewOf(bytes).setInt32(120, code);
        assert.equal(rig.write(bytes), result);
        assert.equal(rig.device.stateName, 'IDLE');
        assert.deepEqual(rig.fake.orbs, []);
      }
    });

    it('runs the stored request again for a write of no bytes', () => {
      const rig = Rig.open();
      assert.equal(rig.run([ccw(0x03, 0, 1)]), 124);
      rig.reset();
      assert.equal(rig.write(new Uint8Array(0), 124), 0);
      assert.equal(rig.fake.orbs.length, 2);
    });

    it('refuses a write in the middle of another, and takes one afterwards', () => {
      const rig = Rig.open();
      const inner: number[] = [];
      rig.scheduler.onPoint = (point) => {
        if (point !== 'driver:program-copied') return;
        inner.push(rig.write(new Uint8Array(124)), rig.async(1));
        assert.equal(rig.device.blocked, true);
      };
      assert.equal(rig.run([ccw(0x03, 0, 1)]), 124);
      assert.deepEqual(inner, [-11, -11]);
      assert.equal(rig.device.blocked, false);
      assert.equal(rig.run([ccw(0x03, 0, 1)]), -16);
    });
  });

  describe('asynchronous command region', () => {
    it('runs the stored command again when only the return code is written', () => {
      const rig = Rig.open();
      assert.equal(rig.async(2), 8);
      assert.equal(rig.write(new Uint8Array(4), regionOffset(1) + 4), 4);
      assert.equal(rig.fake.calls.filter((call) => call === 'csch 0').length, 2);
    });

    it('refuses what is no command', () => {
      const rig = Rig.open();
      for (const command of [0, 3, 4, 0xffff_ffff]) assert.equal(rig.async(command), -22);
    });
  });

  describe('SCHIB region', () => {
    it('shows the host’s SCHIB afresh: enabled, interruption subclass 3', () => {
      const rig = Rig.open();
      const schib = viewOf(rig.read(2, 52) as Uint8Array);
      assert.equal(schib.getUint32(0), rig.subchannel.controlBlock);
      assert.equal(schib.getUint16(SchibOffset.flags), 0x1881);
      rig.fake.view.setUint8(SchibOffset.pam, 0x40);
      assert.deepEqual([...(rig.read(2, 1, SchibOffset.pam) as Uint8Array)], [0x40]);
    });

    it('says that there is no device when it is gone', () => {
      const rig = Rig.open();
      rig.fake.view.setUint16(SchibOffset.flags, PmcwFlag.enabled);
      assert.equal(rig.read(2, 52), -19);
      rig.fake.operational = false;
      assert.equal(rig.read(2, 0), -19);
    });
  });

  describe('CRW region', () => {
    it('gives reports in order, one a read, whatever is read, and signals while more are there', () => {
      const rig = Rig.open().arm();
      rig.commonIo.pathAvailability(0x10, false);
      rig.commonIo.pathAvailability(0x11, true);
      rig.commonIo.pathAvailability(0x10, true);
      rig.settle();
      const signals = rig.eventfds[1]!;
      assert.equal(signals.count, 1);
      assert.deepEqual([...(rig.read(3, 8) as Uint8Array)], [4, 6, 0, 0x10, 0, 0, 0, 0]);
      assert.equal(signals.count, 2);
      assert.deepEqual([...(rig.read(3, 4, 4) as Uint8Array)], [0, 0, 0, 0]);
      assert.equal(signals.count, 3);
      assert.equal(rig.device.read(undefined, 8, regionOffset(3)), -14);
      assert.equal(signals.count, 3);
      assert.deepEqual([...(rig.read(3, 8) as Uint8Array)], [0, 0, 0, 0, 0, 0, 0, 0]);
      rig.assertAtRest();
    });
  });
});

describe('requests of the device', () => {
  function structure(length: number, argsz: number, index = 0): Uint8Array {
    const bytes = new Uint8Array(length).fill(0x5a);
    viewOf(bytes).setUint32(0, argsz);
    if (length >= 12) viewOf(bytes).setUint32(8, index);
    return bytes;
  }

  it('GET_INFO fills 16 bytes and no more', () => {
    const rig = Rig.open();
    const bytes = structure(24, 24);
    assert.equal(rig.device.ioctl(VfioRequest.deviceGetInfo, bytes, NO_EVENTFDS), 0);
    assert.deepEqual(
      [...bytes],
      [0, 0, 0, 24, 0, 0, 0, 0x11, 0, 0, 0, 4, 0, 0, 0, 3, ...new Array<number>(8).fill(0x5a)],
    );
    assert.equal(rig.device.ioctl(VfioRequest.deviceGetInfo, structure(24, 15), NO_EVENTFDS), -22);
    assert.equal(rig.device.ioctl(VfioRequest.deviceGetInfo, undefined, NO_EVENTFDS), -14);
  });

  it('GET_REGION_INFO tells sizes, flags and capabilities', () => {
    const rig = Rig.open();
    const rows = [
      [1, 0xb, 8, 0x400],
      [2, 0x9, 52, 0x800],
      [3, 0x9, 8, 0xc00],
    ] as const;
    for (const [index, flags, size, offset] of rows) {
      const bytes = structure(128, 128, index);
      assert.equal(rig.device.ioctl(VfioRequest.deviceGetRegionInfo, bytes, NO_EVENTFDS), 0);
      const view = viewOf(bytes);
      assert.deepEqual(
        Array.from({ length: 12 }, (_, word) => view.getUint32(word * 4)),
        [128, flags, index, 32, 0, size, 0, offset, 0x0002_0001, 0, 2, index],
      );
    }
    const first = structure(128, 128, 0);
    assert.equal(rig.device.ioctl(VfioRequest.deviceGetRegionInfo, first, NO_EVENTFDS), 0);
    assert.deepEqual(
      Array.from({ length: 9 }, (_, word) => viewOf(first).getUint32(word * 4)),
      [128, 3, 0, 0x5a5a_5a5a, 0, 124, 0, 0, 0x5a5a_5a5a],
    );
    assert.equal(rig.device.ioctl(VfioRequest.deviceGetRegionInfo, structure(128, 128, 4), NO_EVENTFDS), -22);
    assert.equal(rig.device.ioctl(VfioRequest.deviceGetRegionInfo, structure(128, 128, 0xffff_ffff), NO_EVENTFDS), -22);
  });

  it('GET_REGION_INFO says how long the structure must be for the capability', () => {
    const rig = Rig.open();
    for (const [argsz, result, after, capability] of [
      [31, -22, 31, 0x5a5a_5a5a],
      [32, 0, 48, 0],
      [47, 0, 48, 0],
      [48, 0, 48, 32],
    ] as const) {
      const bytes = structure(48, argsz, 1);
      assert.equal(rig.device.ioctl(VfioRequest.deviceGetRegionInfo, bytes, NO_EVENTFDS), result);
      assert.equal(viewOf(bytes).getUint32(0), after);
      assert.equal(viewOf(bytes).getUint32(12), capability);
    }
    assert.equal(rig.device.ioctl(VfioRequest.deviceGetRegionInfo, structure(40, 48, 1), NO_EVENTFDS), -14);
  });

  it('GET_IRQ_INFO knows three indexes', () => {
    const rig = Rig.open();
    for (const index of [0, 1, 2]) {
      const bytes = structure(16, 16, index);
      assert.equal(rig.device.ioctl(VfioRequest.deviceGetIrqInfo, bytes, NO_EVENTFDS), 0);
      assert.deepEqual([...bytes.subarray(4)], [0, 0, 0, 1, 0, 0, 0, index, 0, 0, 0, 1]);
    }
    assert.equal(rig.device.ioctl(VfioRequest.deviceGetIrqInfo, structure(16, 16, 3), NO_EVENTFDS), -22);
  });

  it('knows no other request', () => {
    const rig = Rig.open();
    for (const request of [0x3b70, 0x3b75, 0x3b77, 0x1234]) {
      assert.equal(rig.device.ioctl(request, undefined, NO_EVENTFDS), -25);
    }
  });

  describe('SET_IRQS (section 2.8)', () => {
    const fd = [0, 0, 0, 7];
    const rows: readonly [what: string, set: Parameters<typeof irqSet>[0], result: number][] = [
      ['start 1', { start: 1, data: fd }, -22],
      ['count 2', { count: 2, data: [...fd, ...fd] }, -22],
      ['huge count', { count: 0xffff_ffff, data: fd }, -22],
      ['no data type', { flags: 0x20, data: fd }, -22],
      ['two data types', { flags: 0x26, data: fd }, -22],
      ['mask only', { flags: 0x0c, data: fd }, -22],
      ['trigger with mask', { flags: 0x2c, data: fd }, 0],
      ['unknown flag', { flags: 0x64, data: fd }, -22],
      ['no room for the datum', { argsz: 20, data: fd }, -22],
      ['argsz 19', { argsz: 19, data: fd }, -22],
      ['index 3', { index: 3, data: fd }, -22],
      ['fd -1', { data: [255, 255, 255, 255] }, 0],
      ['fd -2', { data: [255, 255, 255, 254] }, -22],
      ['fd that is not open', { data: [0, 0, 0, 77] }, -9],
      ['fd that is no eventfd', { data: [0, 0, 0, 3] }, -22],
      ['count 0 reads the fd all the same', { count: 0, data: fd }, 0],
      ['datum not readable', { count: 0, argsz: 20 }, -14],
      ['no datum, none registered', { flags: 0x21 }, 0],
      ['boolean', { flags: 0x22, data: [1] }, 0],
      ['boolean, datum not readable', { flags: 0x22, count: 0 }, -14],
    ];
    for (const [what, set, result] of rows) {
      it(`${what}: ${result}`, () => {
        const rig = Rig.open();
        const table = { get: (number: number) => (number === 7 ? new FakeEventfd() : number === 3 ? -22 : -9) };
        assert.equal(rig.device.ioctl(VfioRequest.deviceSetIrqs, irqSet(set), table), result);
      });
    }

    it('signals, and keeps the old eventfd until another one is there', () => {
      const rig = Rig.open().arm();
      const old = rig.eventfds[0]!;
      const set = (request: Parameters<typeof irqSet>[0]): number =>
        rig.device.ioctl(VfioRequest.deviceSetIrqs, irqSet(request), { get: (number) => (number === 7 ? fresh : -9) });
      const fresh = new FakeEventfd();
      set({ flags: 0x21, count: 0 });
      set({ flags: 0x21 });
      set({ flags: 0x22, data: [0] });
      set({ flags: 0x22, data: [1] });
      assert.equal(old.count, 3);
      assert.equal(set({ data: [0, 0, 0, 9] }), -9);
      assert.equal(old.puts, 0);
      assert.equal(set({ data: fd }), 0);
      assert.equal(old.puts, 1);
      set({ flags: 0x21 });
      assert.deepEqual([old.count, fresh.count], [3, 1]);
      rig.device.close();
      assert.equal(rig.device.open(rig.guest), 0);
      set({ flags: 0x21 });
      assert.equal(fresh.count, 2);
    });
  });

  it('asks for the device back through the request eventfd', () => {
    const rig = Rig.open();
    rig.device.request(0);
    rig.arm();
    rig.device.request(0);
    rig.device.request(1);
    assert.equal(rig.eventfds[2]!.count, 2);
  });
});
