/** Section MAIN from `NOP fmt1` on: channel programs. */

import { OrbBit, ScswBit } from '../../../../src/harness/arch/index.js';
import {
  B,
  DATA,
  HIGH,
  MIB,
  READ_ONLY,
  type Device,
  type StartOptions,
  type Transcript,
  UNMAPPED,
  WRITE_ONLY,
} from './probe.js';

const SLI = 0x20;
const SKIP = 0x10;
const CC = 0x40;
const IDA = 0x04;
const NOP = [0x03, SLI, 1, 0] as const;
const CHAINED_NOP = [0x03, SLI | CC, 1, 0] as const;
const END = B + MIB;
type Ccws = Parameters<Device['ccws']>[1];

export async function programs(device: Device, transcript: Transcript): Promise<void> {
  await orbs(device);
  await requests(device, transcript);
  await lengths(device);
  await places(device);
  await transfers(device);
  await data(device, transcript);
  await lists(device, transcript);
  await device.pinned('pinned after tests');
}

/** Stores a program at 1000 and starts it. */
async function run(device: Device, label: string, ccws: Ccws, options: StartOptions = {}): Promise<void> {
  await device.ccws(0x1000, ccws, options.format);
  await device.start(label, 0x1000, options);
}

async function orbs(device: Device): Promise<void> {
  await device.ccws(0x1000, [NOP]);
  const start = (label: string, options: StartOptions): Promise<void> => device.start(label, 0x1000, options);
  await start('NOP fmt1', {});
  await start('NOP P=0', { prefetch: false });
  await start('NOP lpm=0', { paths: 0 });
  await start('NOP lpm=40 (deferred cc3)', { paths: 0x40 });
  await device.system.writeAttribute('/sys/devices/css0/chp0.00/status', 'on'); // cond. code 3 took the path away
  await start('NOP key=f', { key: 0xf });
  await start('NOP X=1', { control: OrbBit.extension });
  await start('NOP bit26', { control: 0x20 });
  await start('NOP bit25 midaw', { control: OrbBit.midawControl });
  await start('TM bit13', { control: OrbBit.channelProgramType });
}

async function requests(device: Device, transcript: Transcript): Promise<void> {
  const { system, fd } = device;
  const attempt = (label: string, options: StartOptions): Promise<void> => device.attempt(label, 0x1000, options);
  await attempt('fctl HALT', { functions: ScswBit.haltFunction });
  await attempt('fctl CLEAR', { functions: ScswBit.clearFunction });
  await attempt('fctl 0 rc0', { functions: 0 });
  await attempt('fctl 0 rc5', { functions: 0, retCode: 5 });
  await attempt('fctl 0 rc-14', { functions: 0, retCode: -14 });
  const { startFunction, haltFunction, clearFunction } = ScswBit;
  await attempt('START+HALT+CLEAR bits', { functions: startFunction | haltFunction | clearFunction, fill: 0xaa });
  await device.signals();
  const area = Buffer.from((await device.irb()).subarray(24, 120)).toString('hex');
  transcript.line('irb bytes 60..67,95', `${area.slice(120, 128)} ${area.slice(128, 136)} ${area.slice(190)}`);
  const result = await device.write(new Uint8Array(0));
  transcript.line('zero-length write', `${result} ev ${await device.signals()}`);
  const request = device.request(0x1000);
  const written = await system.pwritev(fd, [request, request], 0);
  const first = await device.signals();
  transcript.line('pwritev 2x124', `${written} ev ${first}+${await device.signals()}`);
  const segments = [new Uint8Array(12), new Uint8Array(12)] as const;
  const read = await system.preadv(fd, segments, 0);
  transcript.line('preadv 2x12 same data?', `${read} ${Buffer.compare(segments[0], segments[1])}`);
}

async function lengths(device: Device): Promise<void> {
  for (const count of [256, 257]) {
    const ccws = Array.from({ length: count }, (_, index) => (index < count - 1 ? CHAINED_NOP : NOP));
    await device.ccws(0x1_0000, ccws);
    await device.start(`chain of ${count} NOPs`, 0x1_0000);
  }
  for (const targets of [15, 16]) {
    for (let segment = 0; segment <= targets; segment++) {
      const at = 0x2_0000 + 0x100 * segment;
      const next = segment < targets ? ([0x08, 0, 0, at + 0x100] as const) : undefined;
      await device.ccws(at, next === undefined ? [NOP] : [CHAINED_NOP, next]);
    }
    await device.start(`${targets} TIC targets (${targets + 1} chains)`, 0x2_0000);
  }
  for (const [label, at] of [
    ['chain at mapping end -4096', END - 4096],
    ['chain last 8 bytes of mapping', END - 8],
    ['chain exactly 2048 before end', END - 2048],
    ['chain 2040 before end', END - 2040],
    ['chain straddling A/B', B - 8],
  ] as const) {
    await device.ccws(at, [NOP]);
    await device.start(label, at);
  }
}

async function places(device: Device): Promise<void> {
  await device.start('CPA unmapped', UNMAPPED);
  await device.ccws(READ_ONLY + 0x100, [NOP]);
  await device.start('CPA in READ-only map', READ_ONLY + 0x100);
  await device.ccws(WRITE_ONLY + 0x100, [NOP]);
  await device.start('CPA in WRITE-only map', WRITE_ONLY + 0x100);
  await device.ccws(0x1003, [NOP]);
  await device.start('CPA unaligned 0x1003', 0x1003);
  await device.ccws(HIGH, [NOP]);
  await device.start('CPA bit0 (0x80000000)', HIGH);
  await run(device, 'cmd 00', [[0x00, SLI, 1, DATA]]);
  await device.ccws(0x1100, [NOP]);
  await run(device, 'TIC first', [[0x08, 0, 0, 0x1100]]);
  await run(device, 'TIC self', [[0x08, 0, 0, 0x1000]]);
  await run(device, 'TIC unaligned into chain', [CHAINED_NOP, [0x08, 0, 0, 0x1004]]);
  await run(device, 'fmt1 0x18', [[0x18, 0, 0, 0x1100]]);
  await run(device, 'TIC to unmapped', [CHAINED_NOP, [0x08, 0, 0, UNMAPPED]]);
  await device.ccws(0x1100, [[0xe4, SLI, 4, DATA]], 0);
  await run(device, 'fmt0 NOP,TIC(58),senseid', [CHAINED_NOP, [0x58, 0, 0, 0x1100]], { format: 0 });
  device.transcript.line('fmt0 NOP,TIC(58),senseid / data', await device.stored(DATA, 4));
  await run(device, 'fmt0 count0', [[0x03, SLI, 0, 0]], { format: 0 });
}

async function transfers(device: Device): Promise<void> {
  await run(device, 'senseid direct', [[0xe4, SLI, 4, DATA]]);
  device.transcript.line('senseid direct / data', await device.stored(DATA, 4));
  for (const [label, ccw] of [
    ['senseid unmapped', [0xe4, SLI, 4, UNMAPPED]],
    ['senseid unmapped count0', [0xe4, SLI, 0, UNMAPPED]],
    ['NOP unmapped', [0x03, SLI, 1, UNMAPPED]],
    ['read02 skip unmapped', [0x02, SLI | SKIP, 4, UNMAPPED]],
    ['sense skip unmapped', [0xe4, SLI | SKIP, 4, UNMAPPED]],
    ['readback 0c skip unmapped', [0x0c, SLI | SKIP, 4, UNMAPPED]],
    ['write01 skip unmapped', [0x01, SLI | SKIP, 4, UNMAPPED]],
    ['control 13 count1 unmapped', [0x13, SLI, 1, UNMAPPED]],
    ['IDA unmapped list count0', [0xe4, SLI | IDA, 0, UNMAPPED]],
    ['senseid into READ-only', [0xe4, SLI, 4, READ_ONLY]],
    ['write 11 from READ-only', [0x11, SLI, 4, READ_ONLY]],
    ['senseid into WRITE-only', [0xe4, SLI, 4, WRITE_ONLY]],
  ] as const) {
    await run(device, label, [ccw]);
  }
}

async function data(device: Device, transcript: Transcript): Promise<void> {
  await run(device, 'senseid to 0x80000100', [[0xe4, SLI, 4, HIGH + 0x100]]);
  transcript.line('senseid to 0x80000100 / data', await device.stored(HIGH + 0x100, 4));
  await run(device, 'senseid to address 0', [[0xe4, SLI, 2, 0]]);
  transcript.line('senseid to address 0 / data', await device.stored(0, 2));
  await run(device, 'senseid no SLI 64', [[0xe4, 0, 64, DATA]]);
  await run(device, 'unknown cmd 63', [[0x63, SLI, 1, DATA]]);
  await run(device, 'basic sense', [[0x04, SLI, 32, DATA]]);
  transcript.line('basic sense / sense0', await device.stored(DATA, 1));
  await device.store(0x2ff8, new Uint8Array(16));
  await run(device, 'senseid crossing page (0x2ff8)', [[0xe4, SLI, 16, 0x2ff8]]);
  transcript.line(
    'senseid crossing page (0x2ff8) / data',
    `${await device.stored(0x2ff8, 4)} .. @3000 ${await device.stored(0x3000, 4)}`,
  );
}

async function lists(device: Device, transcript: Transcript): Promise<void> {
  const { format2Idaw, idaw2k } = OrbBit;
  const runList = async (label: string, list: number, control: number): Promise<void> => {
    await run(device, label, [[0xe4, SLI | IDA, 4, list]], { control });
  };
  const doubleword = (address: number): Uint8Array => Uint8Array.from([0, 0, 0, 0, ...wordOf(address)]);
  const shownData = async (label: string): Promise<void> => {
    transcript.line(`${label} / data`, await device.stored(0x6000, 2));
    await device.store(0x6000, new Uint8Array(4));
  };
  await device.store(0x3000, doubleword(0x6000));
  await device.store(0x6000, new Uint8Array(4));
  await runList('IDA f2 4K', 0x3000, 0);
  await device.store(0x6000, new Uint8Array(4));
  await runList('IDA f2 4K c64', 0x3000, format2Idaw);
  await shownData('IDA f2 4K c64');
  await runList('IDA f2 2K c64+i2k', 0x3000, format2Idaw | idaw2k);
  await shownData('IDA f2 2K c64+i2k');
  await device.store(0x3000, wordOf(0x6000));
  await runList('IDA f1', 0x3000, 0);
  await shownData('IDA f1');
  await device.store(0x3000, wordOf(HIGH + 0x6000));
  await device.store(HIGH + 0x6000, new Uint8Array(4));
  await runList('IDA f1 bit0', 0x3000, 0);
  transcript.line('IDA f1 bit0 / data', await device.stored(HIGH + 0x6000, 2));
  await device.store(END - 4, wordOf(0x6000));
  await runList('IDA f1 list last word of mapping', END - 4, 0);
  await shownData('IDA f1 list last word of mapping');
  await device.store(0x3000, doubleword(0x6000));
  await device.store(0x3008, new Uint8Array(8).fill(0x11));
  await runList('IDA f2 list unaligned', 0x3004, format2Idaw);
  await device.store(0x3004, doubleword(0x6000));
  await runList('IDA f2 list unaligned (valid word)', 0x3004, format2Idaw);
  await device.store(0xff800, new Uint8Array(4));
  await run(device, 'senseid at 0xff800 (A end, B adjacent)', [[0xe4, SLI, 4, 0xff800]]);
  const inFront = new Uint8Array(2);
  await device.system.memory.read(device.address(B) - 0x800, inFront);
  const both = `${await device.stored(0xff800, 2)} / ${Buffer.from(inFront).toString('hex')}`;
  transcript.line('senseid at 0xff800 (A end, B adjacent) / A[ff800] / B[-0x800]', both);
}

function wordOf(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}
