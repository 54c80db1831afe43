import assert from 'node:assert/strict';
import { toHex, viewOf } from '../../../src/harness/arch/index.js';
import { Errno, regionOffset, type ErrnoName } from '../../../src/harness/uapi/index.js';
import { Bench, ending, FakeVfio, ORB_AT, SCHID, WORD_AT, type FakeOptions } from './fake-vfio.js';
import { openGuest } from '../../../src/harness/guest/index.js';

describe('guest passthrough: START SUBCHANNEL', () => {
  it('writes 124 bytes: ORB, SCSW with start function and start pending, zeros (QVF-001)', async () => {
    const bench = await Bench.enabled();
    assert.equal(await bench.start(0x1080_ff00, 0x0001_2340, 0xaabb_ccdd), 0);
    assert.deepEqual(
      bench.vfio.writes.map(({ offset, bytes }) => [offset, toHex(bytes)]),
      [[0, 'aabbccdd1080ff0000012340' + '000044000000000000000000' + '00'.repeat(100)]],
    );
  });

  it('sends the whole emulated SCSW, what the last interruption left in it included', async () => {
    const bench = await Bench.enabled();
    await bench.scsw(0x0080_4007);
    await bench.test();
    await bench.start();
    assert.equal(toHex(new Uint8Array(bench.request().scsw.buffer)), '00804400' + '00008008' + '0c000000');
  });

  it('tries again after EAGAIN, until it is resolved (QVF-005)', async () => {
    const bench = await Bench.enabled();
    bench.vfio.writeResults = Array.from({ length: 40 }, () => -Errno.EAGAIN);
    assert.equal(await bench.start(), 0);
    assert.equal(bench.vfio.writes.length, 41);
  });

  it('changes the interruption parameter of the PMCW even when it is refused (QVF-019)', async () => {
    const bench = await Bench.enabled();
    bench.vfio.writeResults = [-Errno.EBUSY];
    assert.equal(await bench.start(0, 0x8000, 0x55aa_55aa), 2);
    assert.equal((await bench.schib()).getUint32(0), 0x55aa_55aa);
    assert.equal(await bench.control(), 0);
  });

  it('of a forced prefetch sets P for the host only, and says so once (QVF-012)', async () => {
    const bench = await Bench.enabled({ forcePrefetch: true });
    for (let time = 0; time < 2; time++) {
      assert.equal(await bench.start(0x0080_ff00), 0);
      assert.equal(bench.request().orb.getUint32(4), 0x00c0_ff00);
      assert.equal(bench.word(ORB_AT + 4), 0x0080_ff00);
      await bench.scsw(0);
    }
    assert.equal(bench.channel.messages.length, 1);
  });

  it('without force-orb-pfch leaves P as it is', async () => {
    const bench = await Bench.enabled();
    await bench.start(0x0080_ff00);
    assert.equal(bench.request().orb.getUint32(4), 0x0080_ff00);
    assert.deepEqual(bench.channel.messages, []);
  });
});

describe('guest passthrough: what the host refuses', () => {
  /** errno, condition code of SSCH and RSCH, of HSCH, of CSCH; 0 stands for unit exception */
  const refusals: readonly (readonly [ErrnoName, number, number, number])[] = [
    ['EBUSY', 2, 2, 0],
    ['ENODEV', 3, 3, 3],
    ['EACCES', 3, 3, 3],
    ['EINVAL', 0, 0, 0],
    ['EFAULT', 0, 0, 0],
    ['EOPNOTSUPP', 0, 0, 0],
    ['EIO', 0, 0, 0],
    ['EPERM', 0, 0, 0],
    ['ENOMEM', 0, 0, 0],
    ['E2BIG', 0, 0, 0],
    ['ENOENT', 0, 0, 0],
  ];
  for (const [name, start, halt, clear] of refusals) {
    it(`${name}: ${start} ${halt} ${clear} (QVF-002 to QVF-004)`, async () => {
      const seen: unknown[] = [];
      for (const [instruction, after] of [
        ['ssch', '4417'],
        ['rsch', '4837'],
        ['hsch', '2217'],
        ['csch', '1117'],
      ] as const) {
        const bench = await Bench.enabled();
        if (instruction === 'rsch') await bench.scsw(0x0000_4020);
        const before = await bench.control();
        bench.vfio.writeResults = [-Errno[name]];
        const cc = instruction === 'ssch' ? await bench.start() : ending(await bench.channel[instruction](SCHID));
        seen.push(cc);
        const status = (await bench.control()).toString(16);
        const interruptions = (await bench.drain()).length;
        if (cc === 0) assert.deepEqual([status, interruptions], [after, 1], instruction);
        // RSCH does not take back resume pending (QVF-011); the others restore the SCSW (QVF-007)
        else assert.deepEqual([status, interruptions], [(instruction === 'rsch' ? 0x4820 : before).toString(16), 0]);
      }
      assert.deepEqual(seen, [start, start, halt, clear]);
    });
  }

  it('unit exception: CCW address 8 beyond the program, device status 01, subchannel status as before', async () => {
    const bench = await Bench.enabled();
    await bench.interrupt(0x0000_4007, 0x9008, 0x0e40_0007);
    await bench.test();
    bench.vfio.writeResults = [-Errno.EINVAL];
    await bench.start(0x0080_ff00, 0x8000);
    const { irb } = await bench.test();
    assert.equal(toHex(irb.subarray(0, 12)), '00004417' + '00008008' + '01400007');
    assert.equal(await bench.control(), 0);
  });

  it('unit exception: subchannel and device are not active any more', async () => {
    const bench = await Bench.enabled();
    await bench.scsw(0x0000_40c0);
    bench.vfio.writeResults = [-Errno.EINVAL];
    assert.equal(ending(await bench.channel.hsch(SCHID)), 0);
    assert.equal(await bench.control(), 0x0000_2217);
  });

  it('a short write is a unit exception, too (bug d6cd66311f)', async () => {
    const bench = await Bench.enabled();
    bench.vfio.writeResults = [12];
    assert.equal(await bench.start(), 0);
    assert.equal(await bench.control(), 0x0000_4417);
  });
});

describe('guest passthrough: HALT and CLEAR SUBCHANNEL', () => {
  it('write the command to the async region (QVF-006)', async () => {
    const bench = await Bench.enabled();
    bench.vfio.writeResults = [-Errno.EAGAIN];
    await bench.channel.hsch(SCHID);
    await bench.channel.csch(SCHID);
    assert.deepEqual(
      bench.vfio.writes.map(({ offset, bytes }) => [offset, toHex(bytes)]),
      [
        [0x400, '0000000100000000'],
        [0x400, '0000000100000000'],
        [0x400, '0000000200000000'],
      ],
    );
    assert.equal(await bench.control(), 0x0000_1100);
  });

  const emulated: readonly (readonly [string, number, 'hsch' | 'csch', string])[] = [
    ['HSCH of an idle subchannel', 0x0000_0000, 'hsch', '00002001' + '00009008' + '04000007'],
    ['HSCH of a pending start', 0x0000_4400, 'hsch', '00002401' + '00009008' + '0e000007'],
    ['HSCH of an active subchannel', 0x0000_40c0, 'hsch', '000020c1' + '00008008' + '04000007'],
    ['HSCH of a suspended one', 0x0000_4020, 'hsch', '00002021' + '00008008' + '0e000007'],
    ['CSCH', 0x0001_4400, 'csch', '00001001' + '00009008' + '00000007'],
  ];
  for (const [name, state, instruction, scsw] of emulated) {
    it(`without async region are emulated, without an interruption: ${name}`, async () => {
      const paths = { pim: 0x80, pam: 0x80, pom: 0xff, chpids: [0x40] };
      const bench = await Bench.enabled({ paths }, { regions: 1 });
      await bench.start(0x0080_ff00, 0x8000);
      await bench.interrupt(state, 0x9008, 0x0e40_0007);
      await bench.drain();
      assert.equal(ending(await bench.channel[instruction](SCHID)), 0);
      const schib = new Uint8Array((await bench.schib()).buffer);
      assert.equal(toHex(schib.subarray(28, 40)), scsw);
      assert.equal(schib[10], 0x80, 'last-path-used mask');
      assert.deepEqual(await bench.drain(), []);
      assert.equal(bench.vfio.writes.length, 1, 'only the START reached the host');
    });
  }
});

describe('guest passthrough: interruptions', () => {
  it('replace the whole SCSW, and TSCH gives the ESW of the host (QVF-013, QVF-014)', async () => {
    const bench = await Bench.enabled();
    await bench.start();
    for (let byte = 0; byte < 64; byte++) bench.vfio.irb[byte] = 0x80 + byte;
    await bench.interrupt(0xffff_c007, 0x1234_5678, 0x0e40_fedc);
    const { irb } = await bench.test();
    const esw = Array.from({ length: 20 }, (_, byte) => (0x8c + byte).toString(16)).join('');
    assert.equal(toHex(irb), 'ffffc007' + '12345678' + '0e40fedc' + esw + '00'.repeat(32));
  });

  for (const [unitCheck, concurrent, expected] of [
    [true, true, 'a0a1'],
    [true, false, '0000'],
    [false, true, '0000'],
  ] as const) {
    it(`sense data: unit check ${unitCheck}, concurrent sense ${concurrent}`, async () => {
      const bench = await Bench.enabled();
      await bench.modify({ flags: 0x0081, characteristics: concurrent ? 1 : 0 });
      for (let byte = 32; byte < 64; byte++) bench.vfio.irb[byte] = 0x80 + byte;
      await bench.interrupt(0x0482_4017, 0x8008, unitCheck ? 0x0e00_0000 : 0x0c00_0000);
      const { irb } = await bench.test();
      assert.equal(toHex(irb.subarray(32, 34)), expected);
      assert.equal(toHex((await bench.test()).irb.subarray(32, 34)), '0000', 'gone with the status (QIN-018)');
    });
  }

  it('sense data stay if concurrent sense was turned off meanwhile', async () => {
    const bench = await Bench.enabled();
    await bench.modify({ flags: 0x0081, characteristics: 1 });
    bench.vfio.irb.fill(0x5a, 32, 64);
    await bench.interrupt(0x0000_0000, 0, 0x0200_0000);
    await bench.modify({ flags: 0x0081, characteristics: 0 });
    await bench.interrupt(0x0000_0011, 0, 0);
    await bench.test();
    assert.equal(toHex((await bench.test()).irb.subarray(32, 36)), '5a5a5a5a');
  });

  const readErrors: readonly (readonly [string, number, string])[] = [
    ['ENODEV', -Errno.ENODEV, '03004411' + '00000000' + '00000000'],
    ['EFAULT', -Errno.EFAULT, '00004017' + '00000000' + '00080000'],
    ['EINVAL', -Errno.EINVAL, '00004017' + '00000000' + '00200000'],
    ['a short read', 100, '00004017' + '00000000' + '00040000'],
  ];
  for (const [name, result, scsw] of readErrors) {
    it(`the region cannot be read: ${name}`, async () => {
      const bench = await Bench.enabled();
      await bench.start();
      bench.vfio.ioReadResults = [result];
      bench.vfio.signals[0] = 1;
      assert.equal(await bench.channel.waitInterruption(0), true);
      assert.equal(toHex((await bench.test()).irb.subarray(0, 12)), scsw);
    });
  }

  it('carry the subclass and parameter of the PMCW, not of the host', async () => {
    const bench = await Bench.enabled();
    await bench.modify({ flags: 0x3881, interruptionParameter: 0x0bad_cafe });
    await bench.interrupt(0x0000_0011);
    await bench.channel.tpi(0);
    assert.deepEqual([bench.word(0xbc), bench.word(0xc0)], [0x0bad_cafe, 0x3800_0000]);
  });
});

describe('guest passthrough: STORE SUBCHANNEL', () => {
  it('copies pnom, lpum, pam, pom and the PNO bit of the host, nothing else (QVF-008)', async () => {
    const bench = await Bench.enabled({ deviceNumber: 0x0777 });
    bench.vfio.hostSchib.fill(0xff);
    bench.vfio.hostSchib.set([0x11, 0x22, 0xff], 9);
    bench.vfio.hostSchib.set([0x33, 0x44], 14);
    const schib = new Uint8Array((await bench.schib()).buffer);
    const expected = '00000000' + '00810777' + '001122c0' + '00003344' + '4041' + '00'.repeat(10) + '00010000';
    assert.equal(toHex(schib), expected + '00'.repeat(20));
  });

  it('does not mind an error of the SCHIB region', async () => {
    const bench = await Bench.enabled();
    const before = toHex(new Uint8Array((await bench.schib()).buffer));
    bench.vfio.hostSchib.fill(0xff);
    bench.vfio.schibResult = -Errno.ENODEV;
    assert.equal(toHex(new Uint8Array((await bench.schib()).buffer)), before);
    assert.match(bench.channel.messages.join(), /SCHIB region gives -19 \(ENODEV\)/);
  });
});

describe('guest passthrough: taking the device', () => {
  const paths = { pim: 0x80, pam: 0x80, pom: 0xff, chpids: [0x40] };

  it('works with one to four regions and two or three interrupts (bug 6178d4689a)', async () => {
    for (const regions of [1, 2, 3, 4]) {
      for (const irqs of regions === 4 ? [2, 3] : [1, 2, 3]) {
        const vfio = new FakeVfio({ regions, irqs });
        const channel = await openGuest(vfio, { paths });
        assert.equal(channel.messages.length, irqs === 3 ? 0 : 1);
        const armed = vfio.calls.filter((call) => call.startsWith('arm'));
        const expected = ['arm 0', ...(regions === 4 ? ['arm 1'] : []), ...(irqs === 3 ? ['arm 2'] : [])];
        assert.deepEqual(armed, expected);
      }
    }
  });

  const refused: readonly (readonly [string, FakeOptions, RegExp])[] = [
    ['not a channel device', { flags: 0x01 }, /not say that it is a channel device/],
    ['no region', { regions: 0 }, /no region/],
    ['I/O region of another size', { sizes: [120, 8, 52, 8] }, /I\/O region has 120 bytes, expected 124/],
    ['async region of another size', { sizes: [124, 12, 52, 8] }, /async command region has 12 bytes, expected 8/],
    ['SCHIB region of another size', { sizes: [124, 8, 56, 8] }, /SCHIB region has 56 bytes, expected 52/],
    ['CRW region of another size', { sizes: [124, 8, 52, 4] }, /CRW region has 4 bytes, expected 8/],
    ['no I/O interrupt', { irqs: 0 }, /interrupt 0 is not available/],
    ['CRW region without CRW interrupt', { irqs: 1 }, /interrupt 1 is not available/],
    ['the I/O eventfd is refused', { armed: new Map([[0, -Errno.EINVAL]]) }, /interrupt 0 gives -22 \(EINVAL\)/],
  ];
  for (const [name, options, message] of refused) {
    it(`is refused, and the device closed: ${name} (QVF-017)`, async () => {
      const vfio = new FakeVfio(options);
      await assert.rejects(openGuest(vfio), { code: 'E-GUEST-DEVICE', message });
      assert.equal(vfio.calls.at(-1), 'close');
    });
  }

  it('needs to be told the paths where there is no SCHIB region', async () => {
    await assert.rejects(openGuest(new FakeVfio({ regions: 2 })), {
      code: 'E-GUEST-DEVICE',
      message: /no SCHIB region/,
    });
  });

  it('shows the paths of the host in the first SCHIB', async () => {
    const bench = await Bench.open();
    const schib = await bench.schib();
    assert.equal(schib.getUint16(4), 0x0001);
    assert.deepEqual(
      [schib.getUint8(8), schib.getUint8(11), schib.getUint16(16), schib.getUint8(18)],
      [0, 0xc0, 0x4041, 0],
    );
  });

  it('drops all eventfds and closes the device once, at the end', async () => {
    const bench = await Bench.open();
    await bench.channel.close();
    await bench.channel.close();
    assert.deepEqual(
      bench.vfio.calls.filter((call) => !call.startsWith('arm')),
      ['setIrqs 2 flags 24 fd -1', 'setIrqs 1 flags 24 fd -1', 'setIrqs 0 flags 24 fd -1', 'close'],
    );
  });

  it('reset is VFIO_DEVICE_RESET; the subchannel stays enabled, what was pending goes', async () => {
    const bench = await Bench.enabled();
    await bench.interrupt(0x0000_0011);
    await bench.channel.rchp(0);
    await bench.channel.reset();
    assert.equal(bench.vfio.calls.at(-1), 'reset');
    assert.equal((await bench.schib()).getUint16(4), 0x0081);
    assert.equal(ending(await bench.channel.tpi(WORD_AT)), 0);
    assert.equal(ending(await bench.channel.stcrw(WORD_AT)), 1);
  });
});

describe('guest passthrough: channel reports and the request', () => {
  it('each CRW of the host is one of the guest, with one machine check until the queue was empty (QVF-015)', async () => {
    const bench = await Bench.open();
    const { channel, vfio } = bench;
    vfio.crws.push(0x0406_0040, 0x0402_0040);
    vfio.signals[1] = 1;
    assert.equal(await channel.waitChannelReport(0), true);
    assert.equal(channel.channelReportMachineChecks, 1);
    const taken: unknown[] = [];
    for (let time = 0; time < 3; time++) {
      taken.push([ending(await channel.stcrw(WORD_AT)), bench.word(WORD_AT)]);
      if (time === 0) {
        vfio.crws.push(0x0402_0041);
        vfio.signals[1] = 1;
        await channel.waitInterruption(0);
      }
    }
    assert.deepEqual(taken, [
      [0, 0x0406_0040],
      [0, 0x0402_0040],
      [0, 0x0402_0041],
    ]);
    assert.equal(channel.channelReportMachineChecks, 1);
    assert.deepEqual([ending(await channel.stcrw(WORD_AT)), bench.word(WORD_AT)], [1, 0]);
    vfio.crws.push(0x0402_0042);
    vfio.signals[1] = 1;
    await channel.waitChannelReport(0);
    assert.equal(channel.channelReportMachineChecks, 2);
    assert.ok(vfio.reads.includes(regionOffset(3)));
  });

  it('a CRW that cannot be stored stays the oldest', async () => {
    const bench = await Bench.open();
    bench.vfio.crws.push(0x0402_0040, 0x0402_0041);
    bench.vfio.signals[1] = 1;
    assert.equal(ending(await bench.channel.stcrw(0xffff_fff0)), 'addressing');
    assert.equal(ending(await bench.channel.stcrw(WORD_AT)), 0);
    assert.equal(bench.word(WORD_AT), 0x0402_0040);
  });

  it('the request unplugs: CRW, no interruption left, no subchannel, device closed, storage kept (QVF-016)', async () => {
    const bench = await Bench.enabled();
    await bench.interrupt(0x0000_0011);
    bench.setWord(0x4000, 0x1357_9bdf);
    bench.vfio.signals[2] = 1;
    assert.equal(await bench.channel.waitChannelReport(1000), true);
    assert.equal(bench.channel.unplugged, true);
    assert.equal(bench.vfio.calls.at(-1), 'close');
    assert.ok(!bench.vfio.reads.includes(regionOffset(3)), 'the CRW interrupt was not signalled');
    bench.vfio.bytes.fill(0);
    assert.equal(ending(await bench.channel.stcrw(WORD_AT)), 0);
    const word = new Uint8Array(4);
    await bench.channel.storage.read(WORD_AT, word);
    assert.equal(viewOf(word).getUint32(0), 0x0304_0000);
    await bench.channel.storage.read(0x4000, word);
    assert.equal(viewOf(word).getUint32(0), 0x1357_9bdf);
    assert.equal(ending(await bench.channel.tpi(WORD_AT)), 0);
    assert.equal(ending(await bench.channel.csch(SCHID)), 3);
    assert.deepEqual(await bench.channel.subchannels(), []);
    const { length } = bench.vfio.calls;
    await bench.channel.close();
    assert.equal(bench.vfio.calls.length, length);
  });
});
