import assert from 'node:assert/strict';
import { CcwFlag, decodeIrb, encodeCcw, encodeOrb, makeOrb, viewOf } from '../../../src/harness/arch/index.js';
import {
  ControlledDevice,
  HostRecording,
  Machine,
  hercules313,
  platforms,
  type ChannelSubsystem,
} from '../../../src/harness/machine/index.js';
import { DATA, NUMBER, PROGRAM, Rig, conditions, rigWith, scswText, type CcwText } from './rig.js';
import { SENSE_ID, ScriptedDevice } from './scripted-device.js';

const nop = (flags = 'CC SLI'): CcwText => [0x03, flags, 1];

/** Runs Sense ID from a host's own storage. */
function senseId(css: ChannelSubsystem, number: number): string {
  const orb = new Uint8Array(32);
  encodeOrb(viewOf(orb), 0, makeOrb({ channelProgramAddress: PROGRAM }));
  const ccw = { command: 0xe4, flags: CcwFlag.suppressLengthIndication, count: 20, address: DATA };
  encodeCcw(css.storage.lowView, PROGRAM, ccw, 1);
  assert.equal(css.ssch(number, orb), 0);
  css.scheduler.drain();
  const irb = new Uint8Array(64);
  assert.equal(css.tsch(number, irb), 0);
  return scswText(decodeIrb(irb));
}

function enable(css: ChannelSubsystem, number: number): void {
  const schib = new Uint8Array(52);
  css.stsch(number, schib);
  schib[5] = (schib[5] ?? 0) | 0x80;
  assert.equal(css.msch(number, schib), 0);
}

describe('machine', () => {
  it('lets two hosts reach one device, each with its own storage and paths', () => {
    const machine = new Machine({ lowBytes: 1 << 20, highBytes: 1 << 20 });
    const device = new ScriptedDevice();
    const second = machine.addHost();
    machine.addSubchannel({ number: 1, deviceNumber: 0x100, device, paths: [0x10] });
    second.addSubchannel({ number: 2, deviceNumber: 0x200, device, paths: [0x20, 0x21] });
    enable(machine.css, 1);
    enable(second, 2);
    assert.equal(senseId(machine.css, 1), '00c04007 00010008 0c000008');
    assert.equal(senseId(second, 2), '00c04007 00010008 0c000008');
    assert.deepEqual(
      device.selected.map(({ host, mask }) => [host, mask]),
      [
        [0, 0x80],
        [1, 0x80],
      ],
    );
    assert.deepEqual([...second.storage.low.subarray(DATA, DATA + 12)], [...SENSE_ID]);
    assert.notEqual(machine.storage, second.storage);
  });

  it('keeps the last events, in words', () => {
    const rig = rigWith();
    rig.run([nop(), [0x02, '', 6, DATA]]);
    const lines = rig.machine.evidence();
    assert.ok(lines.some((line) => line.includes('subchannel 0005  command 02 on path 80')));
    assert.ok(lines.some((line) => line.endsWith('ssch: condition code 0')));
    assert.ok(lines.some((line) => line.includes('status start+alert+primary+secondary+pending, device 0c')));
    rig.ssch({ control: 2 });
    assert.ok(rig.machine.evidence().at(-1)?.endsWith('ssch: operand exception'));
    for (let count = 0; count < 300; count++) rig.css.hsch(99);
    assert.equal(rig.machine.evidence().length, 256);
    rig.machine.trace.clear();
    assert.deepEqual(rig.machine.evidence(), []);
  });

  it('records instructions and ORBs when it is asked to', () => {
    const rig = rigWith();
    rig.run([nop('SLI')]);
    rig.css.recording = new HostRecording();
    rig.run([nop('SLI')], { interruptionParameter: 0xabcd });
    rig.css.xsch(NUMBER);
    rig.ssch({ control: 2 });
    const { starts, instructions } = rig.css.recording;
    assert.deepEqual(instructions, ['ssch 0', 'tsch 0', 'xsch 2', 'ssch operand-exception']);
    assert.deepEqual(
      starts.map(({ subchannel, orb, conditionCode }) => [subchannel, orb.length, orb[3], conditionCode]),
      [
        [NUMBER, 32, 0xcd, 0],
        [NUMBER, 32, 0x78, -1],
      ],
    );
  });
});

describe('controlled device', () => {
  let device: ControlledDevice;
  let inner: ScriptedDevice;
  let rig: Rig<ControlledDevice>;
  beforeEach(() => {
    inner = new ScriptedDevice();
    device = new ControlledDevice(inner);
    rig = new Rig(device);
  });
  const start = (ccws: readonly CcwText[]): void => {
    rig.program(ccws);
    assert.equal(rig.ssch(), 0);
    rig.advance(1e9);
  };

  it('counts the commands that were accepted', () => {
    inner.script = [{ initial: 0x0c }, { input: new Uint8Array(1) }, { initial: 0x02 }];
    rig.run([nop(), [0x02, 'CC', 1, DATA], nop('SLI')]);
    assert.equal(device.commandsSeen, 2);
  });

  it('holds the next program at its nth command, with nothing of it done', () => {
    device.holdAtCommand(2);
    start([nop(), [0xe4, 'CC SLI', 12, DATA], nop('SLI')]);
    assert.equal(rig.stsch().scsw.control & 0xffff, 0x40c0);
    assert.equal(rig.storage[DATA], 0);
    device.release();
    rig.drain();
    assert.equal(scswText(rig.tsch().irb), '00c04007 00010018 0c000001');
    assert.equal(rig.storage[DATA], 0xff);
    assert.equal(conditions(rig.run([nop(), nop('SLI')])), '4007');
  });

  it('holds an immediate command, which can be halted', () => {
    device.holdAtCommand(1);
    start([nop('SLI')]);
    assert.equal(rig.css.hsch(NUMBER), 0);
    rig.drain();
    assert.equal(conditions(rig.tsch().irb), '6007');
    device.release();
    rig.drain();
    assert.equal(rig.tsch().code, 1);
  });

  for (const [what, ccw] of [
    ['an immediate command', nop('SLI')],
    ['a command with data', [0xe4, 'SLI', 1, DATA] as CcwText],
  ] as const) {
    it(`presents channel end of ${what} and holds device end`, () => {
      device.holdBeforeDeviceEnd(1);
      start([ccw]);
      assert.equal(scswText(rig.tsch().irb).slice(0, 20), '00c04045 00010008 08');
      assert.deepEqual(rig.interruptions, [NUMBER]);
      device.release();
      rig.drain();
      assert.equal(scswText(rig.tsch().irb).slice(0, 20), '00c04003 00010008 04');
    });
  }

  it('holds device end between two commands of a chain', () => {
    device.holdBeforeDeviceEnd(1);
    start([nop(), nop('SLI')]);
    assert.deepEqual(rig.interruptions, []);
    device.release();
    rig.drain();
    assert.equal(conditions(rig.tsch().irb), '4007');
    assert.equal(inner.selected.length, 2);
  });

  it('a release after a clear does not bring back what was cleared', () => {
    device.holdBeforeDeviceEnd(1);
    start([nop('SLI')]);
    rig.css.csch(NUMBER);
    rig.drain();
    assert.equal(conditions(rig.tsch().irb), '1001');
    device.release();
    rig.drain();
    assert.equal(rig.tsch().code, 1);
  });

  it('goes deaf and comes back', () => {
    device.goDeaf();
    start([nop('SLI')]);
    rig.css.hsch(NUMBER);
    rig.advance(1e9);
    assert.deepEqual(rig.interruptions, []);
    device.release();
    rig.drain();
    assert.equal(conditions(rig.tsch().irb), '6401');
  });

  it('presents unsolicited status with sense bytes of the test', () => {
    device.present(0x82, Uint8Array.of(0x10, 0x20));
    const { irb } = rig.tsch();
    assert.equal(irb.erw, 0x0102_0000);
    assert.deepEqual([...irb.ecw.subarray(0, 3)], [0x10, 0x20, 0]);
    assert.deepEqual(inner.signals, []);
  });

  it('gives such sense bytes to Basic Sense when concurrent sense is off, once', () => {
    rig.modify({ concurrentSense: false });
    device.present(0x82, Uint8Array.of(0x10, 0x20));
    rig.tsch();
    rig.run([nop('SLI')]);
    rig.run([[0x04, 'SLI', 32, DATA]]);
    assert.deepEqual(rig.bytes(DATA, 3), [0x10, 0x20, 0]);
    assert.deepEqual(
      inner.selected.map(({ command }) => command),
      [3],
    );
    rig.run([[0x04, 'SLI', 32, DATA]]);
    assert.equal(inner.selected.length, 2);
  });

  it('forgets such sense bytes at a selective reset', () => {
    rig.modify({ concurrentSense: false });
    device.present(0x82, Uint8Array.of(0x10, 0x20));
    rig.css.csch(NUMBER);
    rig.drain();
    rig.tsch();
    rig.run([[0x04, 'SLI', 32, DATA]]);
    assert.equal(inner.selected.length, 1);
  });

  it('holds only the host that it was armed for', () => {
    const second = rig.machine.addHost();
    second.addSubchannel({ number: 2, deviceNumber: 0x200, device, paths: [0x20] });
    enable(second, 2);
    device.holdAtCommand(1, 0);
    assert.equal(senseId(second, 2), '00c04007 00010008 0c000008');
    start([nop('SLI')]);
    assert.deepEqual(rig.interruptions, []);
  });
});

describe('platforms', () => {
  const hercules = (): Rig => rigWith({ platform: hercules313 });

  it('are found by their name', () => {
    for (const [name, platform] of Object.entries(platforms)) assert.equal(platform.name, name);
  });

  it('hercules313 accepts a transfer in channel as the first CCW, but not two in a row', () => {
    assert.equal(scswText(hercules().run([[0x08, '', 0, PROGRAM + 8], nop('SLI')])), '00c04007 00010010 0c000001');
    const irb = hercules().run([
      [0x08, '', 0, PROGRAM + 8],
      [0x08, '', 0, PROGRAM],
    ]);
    assert.equal(irb.scsw.subchannelStatus, 0x20);
  });

  it('hercules313 accepts a zero count in format 0', () => {
    assert.equal(hercules().run([[0x03, 'SLI', 0]], { format: 0 }).scsw.subchannelStatus, 0);
  });

  it('hercules313 shows no incorrect length for an immediate operation', () => {
    assert.equal(scswText(hercules().run([[0x03, '', 8]])), '00c04007 00010008 0c000008');
  });

  it('hercules313 suspends without alert, and replaces the path mask', () => {
    const rig = hercules();
    assert.equal(conditions(rig.run([nop('S')], { control: 0x0800_0000, paths: 0xff })), '4029');
    assert.equal(rig.stsch().lpm, 0xff);
  });

  it('hercules313 gives a program-controlled interruption as status of its own', () => {
    const rig = hercules();
    assert.equal(scswText(rig.run([nop('CC SLI PCI'), nop('SLI')])), '00c040c9 00010008 00800001');
    assert.equal(rig.interruptions.length, 2);
    assert.equal(scswText(rig.tsch().irb), '00c04007 00010010 0c000001');
    assert.equal(rig.tsch().code, 1);
  });

  it('every platform says that nothing can be cancelled of a program at the device', () => {
    for (const platform of Object.values(platforms)) {
      const rig = rigWith({ platform });
      assert.equal(rig.css.xsch(NUMBER), 2, `${platform.name}, idle`);
      rig.device.script = [{ input: new Uint8Array(4), dataLatency: Infinity }];
      rig.program([[0x02, '', 4, DATA]]);
      rig.ssch();
      rig.drain();
      assert.equal(rig.css.xsch(NUMBER), 2, `${platform.name}, running`);
    }
  });

  it('hercules313 halts a running program with ending status that is neither primary nor secondary', () => {
    const rig = hercules();
    rig.device.script = [{ input: new Uint8Array(4), dataLatency: Infinity }];
    rig.program([[0x02, '', 4, DATA]]);
    rig.ssch();
    rig.drain();
    rig.css.hsch(NUMBER);
    rig.drain();
    const { irb } = rig.tsch();
    assert.equal(conditions(irb), '6001');
    assert.equal(irb.scsw.deviceStatus, 0x0c);
    assert.equal(irb.scsw.ccwAddress, PROGRAM + 8);
  });
});
