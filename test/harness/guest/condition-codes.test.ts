import assert from 'node:assert/strict';
import { Bench, BLOCK_AT, ending, IRB_AT, ORB_AT, SCHIB_AT, SCHID } from './fake-vfio.js';

/** SCSW word 0 of the states that the instructions tell apart. */
const states = {
  idle: 0x0000_0000,
  'start pending': 0x0000_4400,
  'start, subchannel and device active': 0x0000_40c0,
  'start, device active': 0x0000_4040,
  'start suspended': 0x0000_4020,
  'start suspended, resume pending': 0x0000_4820,
  'halt pending': 0x0000_2200,
  'clear pending': 0x0000_1100,
  'ended: primary, secondary': 0x0000_4007,
  'ended with alert': 0x0000_4017,
  'primary, device active': 0x0000_4045,
  secondary: 0x0000_4003,
  'intermediate, active': 0x0000_40c9,
  'intermediate, suspended': 0x0000_4029,
  unsolicited: 0x0000_0011,
  'clear completed': 0x0000_1001,
  'intermediate without pending': 0x0000_40c8,
} as const;
type State = keyof typeof states;

/** Condition codes as ssch, hsch, csch, xsch, rsch, tsch and msch give them in each state of an enabled subchannel. */
const instructions = ['ssch', 'hsch', 'csch', 'xsch', 'rsch', 'tsch', 'msch'] as const;
const truth: Record<State, readonly [number, number, number, number, number, number, number]> = {
  idle: [0, 0, 0, 2, 2, 1, 0],
  'start pending': [2, 0, 0, 0, 2, 1, 2],
  'start, subchannel and device active': [2, 0, 0, 2, 2, 1, 2],
  'start, device active': [2, 0, 0, 2, 2, 1, 2],
  'start suspended': [2, 0, 0, 0, 0, 1, 2],
  'start suspended, resume pending': [2, 0, 0, 0, 2, 1, 2],
  'halt pending': [2, 2, 0, 2, 2, 1, 2],
  'clear pending': [2, 2, 0, 2, 2, 1, 2],
  'ended: primary, secondary': [1, 1, 0, 1, 1, 0, 1],
  'ended with alert': [1, 1, 0, 1, 1, 0, 1],
  'primary, device active': [1, 1, 0, 1, 1, 0, 1],
  secondary: [1, 1, 0, 1, 1, 0, 1],
  'intermediate, active': [1, 0, 0, 1, 1, 0, 1],
  'intermediate, suspended': [1, 0, 0, 1, 1, 0, 1],
  unsolicited: [1, 1, 0, 1, 1, 0, 1],
  'clear completed': [1, 1, 0, 1, 1, 0, 1],
  'intermediate without pending': [2, 0, 0, 1, 2, 1, 2],
};

async function issue(bench: Bench, instruction: (typeof instructions)[number]): Promise<unknown> {
  const { channel } = bench;
  switch (instruction) {
    case 'ssch':
      return bench.start();
    case 'tsch':
      return ending(await channel.tsch(SCHID, IRB_AT));
    case 'msch':
      return ending(await channel.msch(SCHID, SCHIB_AT));
    case 'hsch':
    case 'csch':
    case 'xsch':
    case 'rsch':
      return ending(await channel[instruction](SCHID));
  }
}

describe('guest condition codes', () => {
  for (const [state, codes] of Object.entries(truth)) {
    it(`of an enabled subchannel: ${state}`, async () => {
      const seen: unknown[] = [];
      for (const instruction of instructions) {
        const bench = await Bench.enabled();
        await bench.schib();
        await bench.scsw(states[state as State]);
        seen.push(await issue(bench, instruction));
      }
      assert.deepEqual(seen, codes, instructions.join(' '));
    });
  }

  for (const [name, flags] of [
    ['enabled without a valid device number', 0x0080],
    ['valid but not enabled', 0x0001],
  ] as const) {
    it(`3 for everything but STSCH and MSCH: ${name} (QIN-006)`, async () => {
      const bench = flags === 0x0080 ? await Bench.enabled() : await Bench.open();
      if (flags === 0x0080) {
        bench.vfio.signals[2] = 1;
        await bench.channel.waitChannelReport(0);
      }
      for (const instruction of instructions.slice(0, 6)) {
        assert.equal(await issue(bench, instruction), 3, instruction);
      }
    });
  }

  it('of an unknown subchannel are 3 (QIN-004)', async () => {
    const { channel } = await Bench.enabled();
    const unknown = SCHID + 1;
    const outcomes = [
      await channel.ssch(unknown, ORB_AT),
      await channel.hsch(unknown),
      await channel.csch(unknown),
      await channel.xsch(unknown),
      await channel.rsch(unknown),
      await channel.tsch(unknown, IRB_AT),
      await channel.msch(unknown, BLOCK_AT),
      await channel.stsch(unknown, SCHIB_AT),
    ];
    assert.deepEqual(outcomes.map(ending), [3, 3, 3, 3, 3, 3, 3, 3]);
  });
});

describe('guest SCSW after', () => {
  const after = async (state: number, act: (bench: Bench) => Promise<unknown>): Promise<string> => {
    const bench = await Bench.enabled();
    await bench.scsw(state);
    await act(bench);
    return (await bench.control()).toString(16);
  };
  const start = (bench: Bench): Promise<unknown> => bench.start();
  const halt = (bench: Bench): Promise<unknown> => bench.channel.hsch(SCHID);
  const clear = (bench: Bench): Promise<unknown> => bench.channel.csch(SCHID);
  const cancel = (bench: Bench): Promise<unknown> => bench.channel.xsch(SCHID);
  const resume = (bench: Bench): Promise<unknown> => bench.channel.rsch(SCHID);
  const test = (bench: Bench): Promise<unknown> => bench.test();

  const changes: readonly (readonly [string, number, (bench: Bench) => Promise<unknown>, string])[] = [
    ['SSCH: start function, start pending; path not operational goes', 0x0081_0000, start, '804400'],
    ['HSCH: halt instead of start, halt pending, start pending stays', 0x0000_4400, halt, '2600'],
    ['HSCH of an active subchannel keeps its intermediate status', 0x0000_40c9, halt, '22c9'],
    ['CSCH: only clear, and status pending stays (deviation)', 0x0000_44d7, clear, '1117'],
    ['XSCH: start function and what was pending go', 0x0000_4c20, cancel, '0'],
    ['RSCH: resume pending', 0x0000_4020, resume, '4820'],
    ['TSCH of an ended function: everything but the activity of the device goes', 0x0081_47c7, test, '8000c0'],
    ['TSCH of secondary status', 0x0000_4003, test, '0'],
    ['TSCH of alert status', 0x0000_0011, test, '0'],
    ['TSCH of intermediate status alone: only the status goes', 0x0001_44c9, test, '144c0'],
    ['TSCH of a suspended start: resume pending and path not operational go', 0x0001_4829, test, '4020'],
    ['TSCH of a halted, suspended start', 0x0001_6e29, test, '0'],
    ['TSCH of a halted, suspended subchannel without start', 0x0001_2229, test, '10220'],
    ['TSCH without status pending: nothing', 0x0001_44c8, test, '144c8'],
  ];
  for (const [name, state, act, expected] of changes) {
    it(name, async () => {
      assert.equal(await after(state, act), expected);
    });
  }

  it('XSCH: device and subchannel status are zero, the count stays', async () => {
    const bench = await Bench.enabled();
    await bench.interrupt(0x0000_4400, 0x8008, 0x0c40_1234);
    await bench.channel.xsch(SCHID);
    assert.equal((await bench.schib()).getUint32(36), 0x0000_1234);
  });

  it('XSCH: the host is not told (QVF-010)', async () => {
    const bench = await Bench.enabled();
    await bench.start();
    const { length } = bench.vfio.writes;
    assert.equal(ending(await bench.channel.xsch(SCHID)), 0);
    assert.equal(bench.vfio.writes.length, length);
  });
});

describe('guest MSCH', () => {
  it('takes over what the program may modify, and nothing else', async () => {
    const bench = await Bench.open({ deviceNumber: 0x1234 });
    await bench.schib();
    const { bytes } = bench.vfio;
    bytes.fill(0xff, SCHIB_AT, SCHIB_AT + 52);
    bytes.set([0x3c, 0xff], SCHIB_AT + 4);
    bytes.set([0x00, 0xe0, 0x00, 0x05], SCHIB_AT + 24);
    bytes.set([0xc0], SCHIB_AT + 47);
    assert.equal(ending(await bench.channel.msch(SCHID, SCHIB_AT)), 0);
    const schib = Buffer.from((await bench.schib()).buffer).toString('hex');
    assert.equal(
      schib,
      'ffffffff38fd1234' +
        'ff0140c0ffffffc0' +
        '4041000000000000' +
        '00000005' +
        '00'.repeat(12) +
        'ffffffffffffffc0' +
        '00000000',
    );
  });

  it('reaches nothing of the host (QVF-009)', async () => {
    const bench = await Bench.open();
    await bench.modify({ flags: 0x1881 });
    assert.deepEqual(bench.vfio.writes, []);
  });
});
