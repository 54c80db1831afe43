import assert from 'node:assert/strict';
import { makeOrb, PmcwFlag, SchibOffset, ScswBit, viewOf } from '../../../../src/harness/arch/index.js';
import { stateNames, type StateName } from '../../../../src/harness/passthrough/driver/index.js';
import { Event } from '../../../../src/harness/passthrough/driver/states.js';
import { AsyncRegion, IoRegion } from '../../../../src/harness/uapi/index.js';
import { ccw, encodeCcws, ENDED, ioRequest, Rig } from './support/rig.js';

/** What one event does, as far as it can be seen: state afterwards, then effects. */
type Cell = readonly [after: StateName, ...effects: string[]];

const LOST: Cell = ['NOT_OPER', 'queued not-operational-work', 'unregister'];

const table: Readonly<Record<StateName, Readonly<Record<keyof typeof Event, Cell>>>> = {
  NOT_OPER: {
    notOperational: ['NOT_OPER'],
    ioRequest: ['NOT_OPER', 'I/O -5'],
    asyncRequest: ['NOT_OPER', 'async -5'],
    interruption: ['NOT_OPER', 'msch'],
    open: ['NOT_OPER'],
    close: ['NOT_OPER'],
  },
  STANDBY: {
    notOperational: LOST,
    ioRequest: ['STANDBY', 'I/O -5'],
    asyncRequest: ['STANDBY', 'async -5'],
    interruption: ['STANDBY', 'msch'],
    open: ['IDLE', 'msch'],
    close: LOST,
  },
  IDLE: {
    notOperational: LOST,
    ioRequest: ['CP_PENDING', 'I/O 0', 'ssch'],
    asyncRequest: ['IDLE', 'async 0', 'csch'],
    interruption: ['IDLE', 'queued io-work'],
    open: LOST,
    close: ['STANDBY', 'msch'],
  },
  CP_PROCESSING: {
    notOperational: LOST,
    ioRequest: ['CP_PROCESSING', 'I/O -11'],
    asyncRequest: ['CP_PROCESSING', 'async -11'],
    interruption: ['CP_PROCESSING', 'queued io-work'],
    open: LOST,
    close: ['STANDBY', 'msch'],
  },
  CP_PENDING: {
    notOperational: LOST,
    ioRequest: ['CP_PENDING', 'I/O -16'],
    asyncRequest: ['CP_PENDING', 'async 0', 'csch'],
    interruption: ['CP_PENDING', 'queued io-work'],
    open: LOST,
    close: ['STANDBY', 'msch'],
  },
};

const UNTOUCHED = 99;

describe('state machine (section 3.2)', () => {
  for (const [from, row] of Object.entries(table) as [StateName, (typeof table)[StateName]][]) {
    for (const [event, [after, ...effects]] of Object.entries(row) as [keyof typeof Event, Cell][]) {
      it(`${from}, ${event}: ${[after, ...effects].join(', ')}`, () => {
        const rig = new Rig();
        const { state } = rig.device;
        if (from !== 'STANDBY' && from !== 'NOT_OPER') assert.equal(rig.device.open(rig.guest), 0);
        rig.guest.store(0x1000, encodeCcws([ccw(0x03, 0, 1)]));
        state.ioRegion.set(ioRequest(makeOrb({ channelProgramAddress: 0x1000 })));
        state.ioView.setInt32(IoRegion.retCode, UNTOUCHED);
        state.asyncView.setUint32(AsyncRegion.command, 2);
        state.asyncView.setInt32(AsyncRegion.retCode, UNTOUCHED);
        state.state = stateNames.indexOf(from) as typeof state.state;
        rig.fake.answersClear = false;
        rig.fake.calls.length = 0;

        state.raise(Event[event]);

        const seen = rig.fake.calls.map((call) => call.split(' ')[0]!);
        for (const name of rig.host.workqueue.names) seen.push(`queued ${name}`);
        if (rig.subchannel.unregisterPending) seen.push('unregister');
        const io = state.ioView.getInt32(IoRegion.retCode);
        const async = state.asyncView.getInt32(AsyncRegion.retCode);
        if (io !== UNTOUCHED) seen.unshift(`I/O ${io}`);
        if (async !== UNTOUCHED) seen.unshift(`async ${async}`);
        assert.deepEqual([rig.device.stateName, ...seen], [after, ...effects]);
      });
    }
  }
});

describe('condition codes of the host (section 3.4)', () => {
  const starts: readonly [what: string, code: number, prepare: (rig: Rig) => void, result: number][] = [
    ['START status pending', 1, () => undefined, -16],
    ['START busy', 2, () => undefined, -16],
    ['START program check', -1, () => undefined, -5],
    ['START not operational, another path left', 3, () => undefined, -13],
    ['START not operational, no path left', 3, (rig) => (rig.subchannel.lpm = 0x80), -19],
    ['START not operational, subchannel gone', 3, (rig) => (rig.fake.operational = false), -19],
  ];
  for (const [what, code, prepare, result] of starts) {
    it(`${what}: ${result}`, () => {
      const rig = Rig.open();
      prepare(rig);
      rig.fake.outcomes.set('ssch', [code]);
      assert.equal(rig.run([ccw(0x02, 0x3000, 8)], { paths: 0x80 }), result);
      assert.equal(rig.device.stateName, 'IDLE');
      rig.assertAtRest();
    });
  }

  it('a path that was not operational is not used by default any more, until it comes back', () => {
    const rig = Rig.open();
    rig.fake.outcomes.set('ssch', [3]);
    assert.equal(rig.run([ccw(0x03, 0, 1)], { paths: 0x80 }), -13);
    assert.equal(rig.subchannel.lpm, 0x40);
    rig.commonIo.pathAvailability(0x10, true);
    assert.equal(rig.subchannel.lpm, 0xc0);
  });

  it('a path mask of 0 stands for the host’s paths also when they are not operational', () => {
    const rig = Rig.open();
    rig.fake.outcomes.set('ssch', [3]);
    assert.equal(rig.run([ccw(0x03, 0, 1)], { paths: 0 }), -19);
    assert.equal(rig.subchannel.lpm, 0);
  });

  for (const [command, name, codes] of [
    [1, 'hsch', [0, -16, -16, -19]],
    [2, 'csch', [0, 1, 2, -19]],
  ] as const) {
    codes.forEach((result, code) => {
      it(`${name} with condition code ${code}: ${result}`, () => {
        const rig = Rig.open();
        rig.fake.outcomes.set(name, [code]);
        assert.equal(rig.async(command), result === 0 ? 8 : result);
        assert.equal(rig.device.stateName, 'IDLE');
      });
    });
  }

  it('a request while one is pending is refused without a look at its ORB', () => {
    const rig = Rig.open();
    assert.equal(rig.run([ccw(0x03, 0, 1)]), 124);
    assert.equal(rig.start({ channelProgramAddress: 0x80_0000, control: 0x0004_0000 }), -16);
    assert.equal(rig.async(2), 8);
    assert.equal(rig.start({ channelProgramAddress: 0x1000 }), -16);
    rig.settle();
    assert.equal(rig.start({ channelProgramAddress: 0x1000 }), 124);
  });
});

describe('open, close and reset', () => {
  it('enable the subchannel for subclass 3, and disable it', () => {
    const rig = new Rig();
    assert.equal(rig.fake.enabled, false);
    assert.equal(rig.device.open(rig.guest), 0);
    assert.equal(rig.fake.view.getUint16(SchibOffset.flags), 0x1881);
    assert.equal(rig.fake.view.getUint32(24) & 1, 1);
    rig.device.close();
    assert.equal(rig.fake.enabled, false);
    assert.equal(rig.device.stateName, 'STANDBY');
    rig.assertAtRest();
  });

  for (const [code, tries] of [
    [2, 5],
    [3, 1],
    [-1, 2],
  ] as const) {
    it(`open fails when MSCH ends with ${code} (${tries} tries), and the device is lost`, () => {
      const rig = new Rig();
      rig.host.injection.modify = code === -1 ? 'program-check' : code;
      rig.host.recorder.recording = true;
      assert.equal(rig.device.open(rig.guest), -22);
      assert.equal(rig.device.stateName, 'NOT_OPER');
      assert.equal(rig.host.recorder.instructions.filter((line) => line.startsWith('msch')).length, tries);
      assert.equal(rig.device.open(rig.guest), -22);
      rig.host.workqueue.flush();
      rig.assertAtRest();
    });
  }

  it('open tries again without concurrent sense after a program check', () => {
    const rig = new Rig();
    rig.fake.refusesConcurrentSense = true;
    assert.equal(rig.device.open(rig.guest), 0);
    assert.equal(rig.fake.view.getUint32(24) & 1, 0);
  });

  it('open and close throw pending status away', () => {
    const rig = new Rig();
    rig.fake.present({ control: ScswBit.alertStatus | ScswBit.statusPending });
    rig.scheduler.cancel(rig.subchannel.interruptTask);
    assert.equal(rig.device.open(rig.guest), 0);
    assert.equal(rig.fake.statusPending, false);
  });

  it('close ends what runs: one cancel, one halt, the interruption, one more MSCH', () => {
    const rig = Rig.open().arm();
    rig.run([ccw(0x02, 0x3000, 0x2000)]);
    rig.fake.calls.length = 0;
    rig.device.close();
    assert.deepEqual(
      rig.fake.calls.filter((call) => !call.startsWith('msch 2')),
      ['xsch 2', 'hsch 0', 'tsch 0', 'msch 0'],
    );
    assert.equal(rig.device.stateName, 'STANDBY');
    assert.equal(rig.scheduler.now < 3e9, true);
    assert.equal(rig.eventfds[0]!.count, 1);
    rig.assertAtRest();
  });

  it('close gives up on a device that answers nothing, after bounded time', () => {
    const rig = Rig.open();
    rig.run([ccw(0x02, 0x3000, 8)]);
    rig.fake.answersHalt = false;
    rig.fake.answersClear = false;
    rig.fake.calls.length = 0;
    rig.device.close();
    const count = (name: string): number => rig.fake.calls.filter((call) => call.startsWith(name)).length;
    assert.deepEqual([count('xsch'), count('hsch'), count('csch')], [1, 2, 255]);
    assert.equal(rig.device.stateName, 'NOT_OPER');
    assert.ok(rig.scheduler.now >= 256 * 3e9 && rig.scheduler.now < 257 * 3e9);
    rig.assertAtRest();
  });

  it('close halts three times at the most', () => {
    const rig = Rig.open();
    rig.run([ccw(0x03, 0, 1)]);
    rig.fake.answersHalt = false;
    rig.fake.haltsAgain = true;
    rig.fake.calls.length = 0;
    rig.device.close();
    assert.deepEqual(
      rig.fake.calls.filter((call) => /^[hcx]sch/.test(call)),
      ['xsch 2', 'hsch 0', 'hsch 0', 'hsch 0', 'csch 0'],
    );
    assert.equal(rig.device.stateName, 'STANDBY');
  });

  it('a halt that finds the subchannel busy is followed by a clear', () => {
    const rig = Rig.open();
    rig.run([ccw(0x03, 0, 1)]);
    rig.fake.outcomes.set('hsch', [2]);
    rig.fake.calls.length = 0;
    rig.device.close();
    assert.deepEqual(
      rig.fake.calls.filter((call) => /^[hc]sch/.test(call)),
      ['hsch 2', 'csch 0'],
    );
    assert.equal(rig.device.stateName, 'STANDBY');
  });

  it('reset ends what runs, and keeps regions, reports and eventfds', () => {
    const rig = Rig.open().arm();
    rig.run([ccw(0x02, 0x3000, 8)]);
    rig.commonIo.pathAvailability(0x11, false);
    assert.equal(rig.reset(), 0);
    assert.equal(rig.device.stateName, 'IDLE');
    assert.equal(rig.storage.pinned, 0);
    assert.equal(viewOf(rig.read(0, 4, 8) as Uint8Array).getUint32(0), 0x1000);
    assert.deepEqual([...(rig.read(3, 4) as Uint8Array)], [4, 6, 0, 0x11]);
    assert.equal(rig.run([ccw(0x02, 0x3000, 8)]), 124);
    const before = rig.eventfds[0]!.count;
    rig.fake.present({ control: ENDED });
    rig.settle();
    assert.equal(rig.eventfds[0]!.count, before + 1);
  });

  it('a lost device stays lost', () => {
    const rig = Rig.open().arm();
    rig.run([ccw(0x02, 0x3000, 8)]);
    let unregistered = 0;
    rig.subchannel.onUnregister = () => unregistered++;
    rig.fake.operational = false;
    rig.commonIo.evaluate(0);
    rig.settle();
    assert.equal(unregistered, 1);
    assert.equal(rig.storage.pinned, 0);
    assert.equal(rig.eventfds[0]!.count, 0);
    assert.equal(rig.start({ channelProgramAddress: 0x1000 }), -5);
    assert.equal(rig.async(1), -5);
    assert.equal(rig.read(2, 52), -19);
    assert.ok(rig.read(0, 124) instanceof Uint8Array);
    assert.equal(rig.reset(), -22);
    rig.device.close();
    assert.equal(rig.device.open(rig.guest), -22);
    rig.assertAtRest();
  });

  it('an evaluation without a change changes nothing, and one while unregistration waits is put off', () => {
    const rig = Rig.open();
    rig.run([ccw(0x03, 0, 1)]);
    rig.driver.subchannelEvent();
    assert.equal(rig.device.stateName, 'CP_PENDING');
    rig.subchannel.scheduleUnregister();
    rig.fake.operational = false;
    rig.driver.subchannelEvent();
    assert.equal(rig.device.stateName, 'CP_PENDING');
  });

  it('shutdown closes and gives up', () => {
    const rig = Rig.open();
    rig.run([ccw(0x02, 0x3000, 8)]);
    rig.driver.shutdown();
    rig.host.workqueue.flush();
    assert.equal(rig.device.stateName, 'NOT_OPER');
    assert.equal(rig.fake.enabled, false);
    rig.assertAtRest();
  });

  it('a subchannel with queued direct I/O is not bound', () => {
    const rig = new Rig();
    rig.driver.remove();
    rig.fake.view.setUint16(SchibOffset.flags, PmcwFlag.deviceNumberValid | PmcwFlag.qdio);
    assert.equal(rig.driver.probe(), -19);
  });
});
