import assert from 'node:assert/strict';
import { ScswBit, SchibOffset, viewOf } from '../../../../src/harness/arch/index.js';
import { WORKER_LATENCY } from '../../../../src/harness/passthrough/driver/index.js';
import { ccw, ENDED, PRIMARY, Rig } from './support/rig.js';

const { startFunction, haltFunction, clearFunction, statusPending, alertStatus, intermediateStatus, secondaryStatus } =
  ScswBit;

function pending(): Rig {
  const rig = Rig.open().arm();
  assert.equal(rig.run([ccw(0x02, 0x3000, 8)]), 124);
  return rig;
}

describe('interrupt relay', () => {
  describe('status classes (section 5.2)', () => {
    const rows: readonly [what: string, control: number, freed: boolean, translated: boolean][] = [
      ['primary and secondary', ENDED, true, true],
      ['primary only, device active', startFunction | PRIMARY | ScswBit.deviceActive, false, true],
      [
        'intermediate, subchannel and device active',
        startFunction | intermediateStatus | statusPending | ScswBit.subchannelActive | ScswBit.deviceActive,
        false,
        true,
      ],
      ['suspended', startFunction | intermediateStatus | statusPending | ScswBit.suspended, true, true],
      ['secondary alone', startFunction | secondaryStatus | statusPending, true, true],
      ['clear complete', clearFunction | statusPending, true, true],
      ['halt complete', haltFunction | statusPending, true, true],
      ['alert alone', alertStatus | statusPending, false, false],
      ['alert with deferred condition code 1', startFunction | 0x0100_0000 | alertStatus | statusPending, true, true],
      ['alert with deferred condition code 3', startFunction | 0x0300_0000 | alertStatus | statusPending, true, true],
    ];
    for (const [what, control, freed, translated] of rows) {
      it(`${what}: ${freed ? 'frees' : 'keeps'} the program`, () => {
        const rig = pending();
        const host = viewOf(rig.fake.orbs[0]!).getUint32(8);
        rig.fake.present({ control, ccwAddress: host + 8, deviceStatus: 0x0c });
        rig.settle();
        assert.equal(rig.device.stateName, freed ? 'IDLE' : 'CP_PENDING');
        assert.equal(rig.storage.pinned, freed ? 0 : 1);
        assert.equal(rig.eventfds[0]!.count, 1);
        const irb = viewOf(rig.irb());
        assert.equal(irb.getUint32(0), control >>> 0);
        assert.equal(irb.getUint32(4), translated ? 0x1008 : host + 8);
        if (freed) rig.assertAtRest();
      });
    }
  });

  it('stores 64 bytes of the area, and leaves the rest', () => {
    const rig = Rig.open();
    rig.write(new Uint8Array(96).fill(0xaa), 24);
    rig.fake.present({ control: alertStatus | statusPending });
    rig.settle();
    const irb = rig.irb();
    assert.deepEqual([...irb.subarray(56, 68)], [0, 0, 0, 0, 0, 0, 0, 0, 0xaa, 0xaa, 0xaa, 0xaa]);
    assert.deepEqual(rig.irb(), irb);
  });

  it('stores the status also if nobody is to be told', () => {
    const rig = Rig.open();
    rig.fake.present({ control: alertStatus | statusPending });
    rig.settle();
    assert.equal(viewOf(rig.irb()).getUint32(0), alertStatus | statusPending);
  });

  it('is idle, with the status stored, before it signals', () => {
    const rig = pending();
    const seen: unknown[] = [];
    rig.eventfds[0]!.signal = () => {
      seen.push(rig.device.stateName, viewOf(rig.irb()).getUint32(0), rig.run([ccw(0x02, 0x3000, 8)]));
    };
    rig.fake.present({ control: ENDED });
    rig.settle();
    assert.deepEqual(seen, ['IDLE', ENDED, 124]);
  });

  it('delivers the later of two interruptions, with one signal', () => {
    const rig = pending();
    rig.device.state.ioWork.task.held = true;
    rig.fake.present({ control: startFunction | PRIMARY | ScswBit.deviceActive });
    rig.settle();
    rig.fake.present({ control: startFunction | secondaryStatus | statusPending });
    rig.settle();
    rig.device.state.ioWork.task.held = false;
    rig.settle();
    assert.equal(rig.eventfds[0]!.count, 1);
    assert.equal(viewOf(rig.irb()).getUint32(0), startFunction | secondaryStatus | statusPending);
    rig.assertAtRest();
  });

  it('takes its time: an interruption that comes before the worker runs overwrites the one before', () => {
    const rig = pending();
    rig.fake.present({ control: startFunction | intermediateStatus | statusPending | ScswBit.subchannelActive });
    rig.scheduler.drain();
    assert.equal(rig.eventfds[0]!.count, 0);
    rig.fake.present({ control: ENDED });
    rig.settle();
    assert.equal(rig.eventfds[0]!.count, 1);
    assert.equal(viewOf(rig.irb()).getUint32(0), ENDED);
    rig.assertAtRest();
  });

  it('relays two interruptions that are further apart than the worker takes', () => {
    const rig = pending();
    rig.fake.present({ control: startFunction | intermediateStatus | statusPending | ScswBit.subchannelActive });
    rig.scheduler.runTo(rig.scheduler.now + WORKER_LATENCY - 1);
    assert.equal(rig.eventfds[0]!.count, 0);
    rig.scheduler.runTo(rig.scheduler.now + 1);
    assert.equal(rig.eventfds[0]!.count, 1);
    rig.fake.present({ control: ENDED });
    rig.settle();
    assert.equal(rig.eventfds[0]!.count, 2);
    rig.assertAtRest();
  });

  it('keeps the order of the work queue', () => {
    const rig = Rig.open().arm();
    rig.device.state.ioWork.task.held = true;
    rig.fake.present({ control: alertStatus | statusPending });
    rig.settle();
    rig.commonIo.pathAvailability(0x10, false);
    rig.settle();
    assert.deepEqual(rig.host.workqueue.names, ['io-work', 'crw-work']);
    rig.device.state.ioWork.task.held = false;
    rig.settle();
    assert.deepEqual([rig.eventfds[0]!.count, rig.eventfds[1]!.count], [1, 1]);
  });

  it('frees a program that was started between the interruption of a clear and its relay', () => {
    const rig = Rig.open().arm();
    rig.device.state.ioWork.task.held = true;
    rig.async(2);
    rig.settle();
    assert.equal(rig.run([ccw(0x02, 0x3000, 8)]), 124);
    rig.device.state.ioWork.task.held = false;
    rig.settle();
    assert.equal(rig.device.stateName, 'IDLE');
    assert.equal(rig.storage.pinned, 0);
  });

  it('waits for a call that is in the middle of the region', () => {
    const rig = Rig.open().arm();
    rig.scheduler.onPoint = (point) => {
      if (point !== 'driver:start-accepted') return;
      rig.fake.present({ control: ENDED });
      rig.settle();
      assert.deepEqual(rig.host.workqueue.names, ['io-work']);
    };
    assert.equal(rig.run([ccw(0x02, 0x3000, 8)]), 124);
    rig.settle();
    assert.equal(rig.device.stateName, 'IDLE');
    rig.assertAtRest();
  });

  it('tells nobody of an interruption while closed, and disables the subchannel', () => {
    const rig = Rig.open().arm();
    rig.device.close();
    rig.fake.view.setUint16(SchibOffset.flags, 0x1881);
    rig.fake.present({ control: alertStatus | statusPending });
    rig.settle();
    assert.equal(rig.eventfds[0]!.count, 0);
    assert.equal(rig.fake.enabled, false);
    rig.device.destroy();
    rig.fake.view.setUint16(SchibOffset.flags, 0x1881);
    rig.fake.present({ control: alertStatus | statusPending });
    rig.settle();
    assert.equal(rig.fake.enabled, false);
  });

  it('signals nothing after close', () => {
    const rig = pending();
    rig.commonIo.pathAvailability(0x11, false);
    rig.device.state.ioWork.task.held = true;
    rig.device.state.crwWork.task.held = true;
    rig.fake.present({ control: ENDED });
    rig.settle();
    rig.device.close();
    const counts = rig.eventfds.map(({ count }) => count);
    rig.device.state.ioWork.task.held = false;
    rig.device.state.crwWork.task.held = false;
    rig.settle();
    assert.deepEqual(
      rig.eventfds.map(({ count }) => count),
      counts,
    );
    assert.deepEqual(rig.host.workqueue.names, []);
    rig.device.destroy();
    rig.assertAtRest();
  });
});

describe('path events (section 6.2)', () => {
  it('offline, online: a report each, with the path as reporting source', () => {
    const rig = Rig.open();
    rig.commonIo.pathAvailability(0x11, false);
    assert.equal(rig.subchannel.lpm, 0xc0);
    rig.subchannel.lpm = 0;
    rig.commonIo.pathAvailability(0x11, true);
    assert.equal(rig.subchannel.lpm, 0x40);
    assert.deepEqual([...(rig.read(3, 8) as Uint8Array)], [4, 6, 0, 0x11, 0, 0, 0, 0]);
    assert.deepEqual([...(rig.read(3, 8) as Uint8Array)], [4, 2, 0, 0x11, 0, 0, 0, 0]);
  });

  it('vary: no report, and the default paths change', () => {
    const rig = Rig.open();
    rig.commonIo.vary(0x10, false);
    assert.deepEqual([rig.subchannel.lpm, rig.subchannel.opm], [0x40, 0x7f]);
    rig.run([ccw(0x03, 0, 1)], { paths: 0 });
    assert.equal(rig.fake.orbs[0]![6], 0x40);
    rig.reset();
    rig.run([ccw(0x03, 0, 1)], { paths: 0x80 });
    assert.equal(rig.fake.orbs[1]![6], 0x80);
    rig.reset();
    rig.commonIo.pathAvailability(0x10, true);
    assert.equal(rig.subchannel.lpm, 0x40);
    rig.commonIo.vary(0x10, true);
    assert.deepEqual([rig.subchannel.lpm, rig.subchannel.opm], [0xc0, 0xff]);
    assert.deepEqual([...(rig.read(3, 4) as Uint8Array)], [0, 0, 0, 0]);
  });

  it('online: not for the default if the path is varied off meanwhile', () => {
    const rig = Rig.open();
    rig.subchannel.opm = 0x40;
    rig.subchannel.lpm = 0;
    rig.commonIo.pathAvailability(0x10, true);
    assert.equal(rig.subchannel.lpm, 0);
    assert.deepEqual([...(rig.read(3, 4) as Uint8Array)], [4, 2, 0, 0x10]);
  });

  it('events of other paths, and endpoint security, change nothing', () => {
    const rig = Rig.open();
    rig.commonIo.pathAvailability(0x77, false);
    rig.commonIo.endpointSecurityChanged(0x10);
    assert.deepEqual(rig.host.workqueue.names, []);
    assert.equal(rig.subchannel.lpm, 0xc0);
  });

  it('loss of the path that was used last: one step of cancel, halt, clear', () => {
    const rig = Rig.open();
    rig.run([ccw(0x03, 0, 1)]);
    rig.fake.view.setUint8(SchibOffset.lpum, 0x80);
    rig.fake.calls.length = 0;
    rig.commonIo.vary(0x11, false);
    assert.deepEqual(rig.fake.calls, []);
    rig.fake.cancels = true;
    rig.commonIo.vary(0x10, false);
    assert.deepEqual(rig.fake.calls, ['xsch 0']);
    rig.settle();
    assert.equal(rig.device.stateName, 'CP_PENDING');
  });

  it('reports queue while the device is closed, and survive', () => {
    const rig = new Rig();
    rig.commonIo.pathAvailability(0x10, false);
    assert.equal(rig.device.open(rig.guest), 0);
    rig.device.close();
    assert.equal(rig.device.open(rig.guest), 0);
    assert.equal(rig.reset(), 0);
    assert.deepEqual([...(rig.read(3, 4) as Uint8Array)], [4, 6, 0, 0x10]);
  });

  it('loss of a path of a subchannel that is gone has it evaluated', () => {
    const rig = Rig.open();
    rig.fake.operational = false;
    rig.commonIo.pathAvailability(0x10, false);
    assert.equal(rig.subchannel.lpm, 0);
    assert.equal(rig.device.stateName, 'NOT_OPER');
  });

  it('come as channel reports from the machine', () => {
    const rig = Rig.open();
    rig.fake.reports.push(0x0406_0010, 0x4402_0011, 0x0402_0010);
    rig.fake.onChannelReport();
    rig.settle();
    assert.deepEqual([...(rig.read(3, 4) as Uint8Array)], [4, 6, 0, 0x10]);
    assert.deepEqual([...(rig.read(3, 4) as Uint8Array)], [4, 2, 0, 0x10]);
    assert.deepEqual([...(rig.read(3, 4) as Uint8Array)], [0, 0, 0, 0]);
    rig.fake.operational = false;
    rig.fake.reports.push(0x0304_0000);
    rig.fake.onChannelReport();
    rig.settle();
    assert.equal(rig.device.stateName, 'NOT_OPER');
  });
});

describe('unmapping', () => {
  it('of pages that nobody uses disturbs nothing', () => {
    const rig = pending();
    rig.device.unmapped(0x4000, 0x1000);
    rig.device.unmapped(0, 0x3000);
    assert.equal(rig.device.stateName, 'CP_PENDING');
  });

  for (const [what, iova, length] of [
    ['the page', 0x3000, 0x1000],
    ['a range that ends in it', 0x1000, 0x2001],
    ['everything', 0, 2 ** 64],
  ] as const) {
    it(`of ${what} loses the request`, () => {
      const rig = pending();
      rig.device.unmapped(iova, length);
      assert.equal(rig.device.stateName, 'IDLE');
      assert.equal(rig.storage.pinned, 0);
      assert.equal(rig.run([ccw(0x02, 0x3000, 8)]), 124);
    });
  }
});
