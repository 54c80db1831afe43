import assert from 'node:assert/strict';
import { toHex, viewOf } from '../../../src/harness/arch/index.js';
import { CrwQueue } from '../../../src/harness/guest/crw-queue.js';
import { Bench, BLOCK_AT, ending, SCHIB_AT, SCHID, WORD_AT } from './fake-vfio.js';

/** Issues CHANNEL SUBSYSTEM CALL. @returns its ending and the response's length, code and data */
async function call(bench: Bench, length: number, code: number, ...words: number[]) {
  const { bytes } = bench.vfio;
  bytes.fill(0, BLOCK_AT, BLOCK_AT + 0x1000);
  const view = viewOf(bytes);
  view.setUint16(BLOCK_AT, length);
  view.setUint16(BLOCK_AT + 2, code);
  words.forEach((word, index) => {
    view.setUint32(BLOCK_AT + 4 + index * 4, word);
  });
  const outcome = ending(await bench.channel.chsc(BLOCK_AT));
  const at = BLOCK_AT + length;
  const size = view.getUint16(at);
  return {
    outcome,
    size,
    code: view.getUint16(at + 2),
    parameter: view.getUint32(at + 4),
    data: bytes.slice(at + 8, at + size),
  };
}

describe('guest CHSC', () => {
  const answers: readonly (readonly [string, number, number, readonly number[], number, number])[] = [
    ['an unknown request', 0x10, 0x1234, [], 0x0004, 8],
    ['store event information: none', 0x10, 0x000e, [], 0x0005, 8],
    ['SCSC', 0x10, 0x0010, [], 0x0001, 4080],
    ['SCSC with another length', 0x18, 0x0010, [], 0x0003, 8],
    ['SCSC with another format', 0x10, 0x0010, [0x0001_0000], 0x0007, 8],
    ['SCSC of a css without M', 0x10, 0x0010, [0x0000_fe00], 0x0008, 8],
    ['SCSC of a css that is not there', 0x10, 0x0010, [0x2000_0100], 0x0008, 8],
    ['SCSC of the default css', 0x10, 0x0010, [0x2000_fe00], 0x0001, 4080],
    ['SCSC with a reserved bit', 0x10, 0x0010, [0x0000_0001], 0x0003, 8],
    ['SCSC with a reserved word', 0x10, 0x0010, [0, 0, 1], 0x0003, 8],
    ['SCPD of all', 0x10, 0x0002, [0, 0xff], 0x0001, 8 + 3 * 8],
    ['SCPD in the long form', 0x10, 0x0002, [0x1000_0000, 0xff], 0x0001, 8 + 3 * 32],
    ['SCPD of none in use', 0x10, 0x0002, [0x50, 0x60], 0x0001, 8],
    ['SCPD in a form that is not known', 0x10, 0x0002, [0x0000_0200, 0xff], 0x0001, 8],
    ['SCPD with last before first', 0x10, 0x0002, [2, 1], 0x0003, 8],
    ['SCPD with a reserved bit', 0x10, 0x0002, [0x4000_0000, 0xff], 0x0003, 8],
    ['SCPD with another format', 0x10, 0x0002, [0x0100_0000, 0xff], 0x0007, 8],
    ['SCPD of a css that is not there', 0x10, 0x0002, [0x2001_0000, 0xff], 0x0008, 8],
    ['SDA of an unknown operation', 0x400, 0x0031, [1], 0x0003, 8],
    ['SDA with another length', 0x10, 0x0031, [2], 0x0003, 8],
    ['SDA with another format', 0x400, 0x0031, [0x0100_0002], 0x0007, 8],
    ['SDA: MCSS-E', 0x400, 0x0031, [0], 0x0001, 8],
    ['SDA: MSS', 0x400, 0x0031, [2], 0x0001, 8],
  ];
  for (const [name, length, request, words, code, size] of answers) {
    it(`${name}: response ${code}, ${size} bytes`, async () => {
      const answer = await call(await Bench.open(), length, request, ...words);
      assert.deepEqual([answer.outcome, answer.code, answer.size], [0, code, size]);
    });
  }

  it('SCSC: the characteristics that QEMU has', async () => {
    const { data } = await call(await Bench.open(), 0x10, 0x0010);
    const view = viewOf(data);
    const set = Array.from({ length: data.length / 4 }, (_, word) => [word, view.getUint32(word * 4)] as const);
    assert.deepEqual(
      set.filter(([, value]) => value !== 0),
      [
        [0, 0x0300_0000],
        [1, 0x0007_9000],
        [3, 0x0008_0000],
        [510, 0x4000_0000],
        [513, 0x0004_0000],
      ],
    );
  });

  it('SCPD: id and type of each path in use', async () => {
    const paths = { pim: 0x80, pam: 0x80, pom: 0xff, chpids: [0x40], types: new Map([[0x40, 0x1a]]) };
    const { data, parameter } = await call(await Bench.open({ paths }), 0x10, 0x0002, 0, 0xff);
    assert.equal(parameter, 0);
    assert.equal(toHex(data), '80003200' + '00000000' + '80001a40' + '00000000');
  });

  for (const [length, expected] of [
    [0, 'operand'],
    [8, 'operand'],
    [15, 'operand'],
    [20, 'operand'],
    [16, 0],
    [4088, 0],
    [4096, 'operand'],
  ] as const) {
    it(`request length ${length}: ${expected} (QIN-022)`, async () => {
      assert.equal((await call(await Bench.open(), length, 0x0099)).outcome, expected);
    });
  }

  it('a block that is not on a 4 KiB boundary is a specification exception, one outside an addressing exception', async () => {
    const { channel } = await Bench.open();
    assert.equal(ending(await channel.chsc(BLOCK_AT + 8)), 'specification');
    assert.equal(ending(await channel.chsc(0x100_0000)), 'addressing');
  });
});

describe('guest css images', () => {
  it('subchannel sets 1 to 3 are seen once MSS is enabled (QIN-023)', async () => {
    const bench = await Bench.open({ ssid: 2 });
    const schid = 0x0005_0000;
    assert.deepEqual(await bench.channel.subchannels(), [schid]);
    assert.equal(ending(await bench.channel.stsch(schid, SCHIB_AT)), 3);
    await call(bench, 0x400, 0x0031, 2);
    assert.equal(ending(await bench.channel.stsch(schid, SCHIB_AT)), 0);
  });

  it('another css than FE is seen once MCSS-E is enabled, by its cssid with M', async () => {
    const bench = await Bench.open({ cssid: 0x12 });
    const schid = 0x1209_0000;
    assert.deepEqual(await bench.channel.subchannels(), [schid]);
    assert.equal(ending(await bench.channel.stsch(schid, SCHIB_AT)), 3);
    await call(bench, 0x400, 0x0031, 0);
    assert.equal(ending(await bench.channel.stsch(schid, SCHIB_AT)), 0);
    assert.equal(ending(await bench.channel.stsch(SCHID, SCHIB_AT)), 3, 'css FE has no subchannel');
  });

  it('with MCSS-E the interruption code names the css', async () => {
    const bench = await Bench.enabled();
    await call(bench, 0x400, 0x0031, 0);
    await bench.interrupt(0x0000_0011);
    await bench.channel.tpi(WORD_AT);
    assert.equal(bench.word(WORD_AT), 0xfe09_0000);
  });

  it('reset takes MSS and MCSS-E back', async () => {
    const bench = await Bench.open({ ssid: 1 });
    await call(bench, 0x400, 0x0031, 2);
    await bench.channel.reset();
    assert.equal(ending(await bench.channel.stsch(0x0003_0000, SCHIB_AT)), 3);
  });

  it('the unplug report is a chained pair once MSS is enabled', async () => {
    const bench = await Bench.open({ ssid: 1, subchannelNumber: 5 });
    await call(bench, 0x400, 0x0031, 2);
    bench.vfio.signals[2] = 1;
    await bench.channel.waitChannelReport(0);
    const words: number[] = [];
    const word = new Uint8Array(4);
    while (ending(await bench.channel.stcrw(WORD_AT)) === 0) {
      await bench.channel.storage.read(WORD_AT, word);
      words.push(viewOf(word).getUint32(0));
    }
    assert.deepEqual(words, [0x1304_0005, 0x0304_0010]);
  });

  it('a subchannel that is not seen is unplugged without a report', async () => {
    const bench = await Bench.open({ ssid: 1 });
    bench.vfio.signals[2] = 1;
    assert.equal(await bench.channel.waitChannelReport(0), false);
    assert.equal(bench.channel.unplugged, true);
  });

  it('after the unplug every number of the set is a hole, as QEMU searches it', async () => {
    const bench = await Bench.open();
    bench.vfio.signals[2] = 1;
    await bench.channel.waitChannelReport(0);
    assert.equal(ending(await bench.channel.stsch(SCHID, SCHIB_AT)), 0);
    assert.equal(ending(await bench.channel.stsch(SCHID + 8193, SCHIB_AT)), 3);
  });
});

describe('guest RCHP', () => {
  const resets: readonly (readonly [string, number, unknown])[] = [
    ["QEMU's own path", 0x00, 0],
    ['a path of the host', 0x40, 3],
    ['a path that no device uses', 0x99, 3],
    ['reserved bits', 0x0000_0100, 'operand'],
    ['reserved bits', 0x0100_0000, 'operand'],
    ['a css that is not enabled', 0x0001_0000, 'operand'],
  ];
  for (const [name, register, expected] of resets) {
    it(`${register.toString(16)}, ${name}: ${String(expected)} (QIN-021)`, async () => {
      const { channel } = await Bench.open();
      assert.equal(ending(await channel.rchp(register)), expected);
      assert.equal(await channel.waitChannelReport(0), expected === 0);
    });
  }

  it('with MCSS-E reports a chained pair, and names the css', async () => {
    const bench = await Bench.open();
    await call(bench, 0x400, 0x0031, 0);
    assert.equal(ending(await bench.channel.rchp(0)), 'operand', 'css 0 is not there');
    assert.equal(ending(await bench.channel.rchp(0x00fe_0000)), 0);
    const words: number[] = [];
    while (ending(await bench.channel.stcrw(WORD_AT)) === 0) words.push(bench.word(WORD_AT));
    assert.deepEqual(words, [0x5402_0000, 0x4402_fe00]);
  });
});

describe('guest CRW queue', () => {
  it('reports the loss of a CRW with the next one of the emulated channel subsystem, once', () => {
    const queue = new CrwQueue(1);
    queue.add(0x0402_0001);
    queue.add(0x0402_0002);
    assert.equal(queue.take(), 0x0402_0001);
    queue.add(0x0402_0003);
    assert.equal(queue.take(), 0x0402_0003, 'a CRW of the host does not tell');
    queue.report(0x4402_0004);
    assert.equal(queue.take(), 0x6402_0004);
    queue.report(0x4402_0005);
    assert.equal(queue.take(), 0x4402_0005);
  });
});
