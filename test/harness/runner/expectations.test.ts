import assert from 'node:assert/strict';
import {
  encodeIrb,
  IRB_BASE_LENGTH,
  ProgramBuilder,
  ScswBit,
  type Irb,
  type Scsw,
} from '../../../src/harness/arch/index.js';
import { CaseExpect, ExpectationError, type IrbExpectation } from '../../../src/harness/runner/index.js';

const expect = new CaseExpect();

/** The text of the failure, or undefined. */
function failure(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (thrown) {
    assert.ok(thrown instanceof ExpectationError, String(thrown));
    return thrown.message;
  }
}

const ended = ScswBit.startFunction | ScswBit.primaryStatus | ScswBit.secondaryStatus | ScswBit.statusPending;

function irbOf(scsw: Partial<Scsw>, more: Partial<Irb> = {}): Uint8Array {
  const bytes = new Uint8Array(IRB_BASE_LENGTH);
  encodeIrb(bytes, 0, {
    scsw: { control: ended, ccwAddress: 0x1010, deviceStatus: 0x0c, subchannelStatus: 0, count: 0, ...scsw },
    eswWord0: 0x0080_0000,
    erw: 0,
    failingStorageAddress: [0, 0],
    secondaryCcwAddress: 0,
    ecw: new Uint8Array(32),
    ...more,
  });
  return bytes;
}

describe('the expectations of a case', () => {
  it('compare values by content', () => {
    for (const [a, b] of [
      [1, 1],
      [Number.NaN, Number.NaN],
      [
        [1, { a: 'x' }],
        [1, { a: 'x' }],
      ],
      [new Set([1, 2]), new Set([1, 2])],
      [new Map([['a', 1]]), new Map([['a', 1]])],
      [Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
    ] as const) {
      assert.equal(
        failure(() => {
          expect.equal(a, b, 'it');
        }),
        undefined,
      );
    }
    assert.equal(
      failure(() => {
        expect.equal(24, 20, 'the residual count');
      }),
      'expected the residual count to be 20 (0x14); it was 24 (0x18)',
    );
    assert.equal(
      failure(() => {
        expect.equal({ a: 1 }, { a: 1, b: 2 }, 'it');
      }),
      'expected it to be { a: 1, b: 2 }; it was { a: 1 }',
    );
    assert.ok(
      failure(() => {
        expect.equal([1], [1, 2], 'it');
      }),
    );
    assert.ok(
      failure(() => {
        expect.equal(0, -0, 'it');
      }),
    );
  });

  it('name errnos', () => {
    assert.equal(
      failure(() => {
        expect.result(-22, 'EINVAL', 'the write');
      }),
      undefined,
    );
    assert.equal(
      failure(() => {
        expect.result(124, [124, 'EAGAIN'], 'the write');
      }),
      undefined,
    );
    assert.equal(
      failure(() => {
        expect.result(-16, ['EAGAIN', 124], 'the write');
      }),
      'expected the write to be -11 (EAGAIN) or 124; it was -16 (EBUSY)',
    );
    assert.throws(() => {
      expect.result(0, 'EWHAT', 'the write');
    }, /EWHAT is not an errno/);
  });

  it('name condition codes and program interruptions', () => {
    assert.equal(
      failure(() => {
        expect.outcome({ conditionCode: 0 }, 0, 'SSCH');
      }),
      undefined,
    );
    assert.equal(
      failure(() => {
        expect.outcome({ interruption: 'operand' }, 'operand', 'SSCH');
      }),
      undefined,
    );
    assert.equal(
      failure(() => {
        expect.outcome({ interruption: 'operand' }, 1, 'SSCH');
      }),
      'expected SSCH to be condition code 1; it was a program interruption (operand exception)',
    );
    assert.equal(
      failure(() => {
        expect.outcome({ conditionCode: 2 }, 'operand', 'SSCH');
      }),
      'expected SSCH to be a program interruption (operand exception); it was condition code 2',
    );
  });

  it('mark the bytes that differ', () => {
    const wanted = new Uint8Array(40);
    const came = wanted.slice();
    came[17] = 0xff;
    assert.equal(
      failure(() => {
        expect.bytes(wanted, '00'.repeat(40), 'the data');
      }),
      undefined,
    );
    const text = failure(() => {
      expect.bytes(came, wanted, 'the data');
    });
    assert.ok(text?.startsWith('expected the data to be other bytes: the first that differs is at offset 17\n'));
    assert.match(text ?? '', /0010 {2}expected {2}00 00 00.*\n +was {7}00 ff 00.*\n {21}\^\^/);
    assert.match(
      failure(() => {
        expect.bytes(Uint8Array.of(1), '0102', 'the data');
      }) ?? '',
      /2 bytes were expected, 1 came/,
    );
  });

  it('count what was checked, and keep the first failure', () => {
    const counted = new CaseExpect();
    counted.isTrue(true, 'this holds');
    assert.equal(String(counted.failed), 'undefined');
    assert.equal(
      failure(() => {
        counted.isTrue(false, 'the sky is green');
      }),
      'expected that the sky is green; it is not so',
    );
    failure(() => counted.fail('later'));
    assert.equal(counted.checked, 3);
    assert.match(String(counted.failed), /green/);
  });
});

describe('the expectation of an IRB', () => {
  const sense = new Uint8Array(32);
  sense[0] = 0x80;

  const fits: readonly (readonly [IrbExpectation, Uint8Array])[] = [
    [{}, irbOf({})],
    [{ control: ended, deviceStatus: 0x0c, subchannelStatus: 0, count: 0, ccwAddress: 0x1010 }, irbOf({})],
    [{ control: 0, controlMask: ScswBit.haltFunction }, irbOf({})],
    [{ functionControl: ScswBit.startFunction, activityControl: 0, statusControl: 7 }, irbOf({})],
    [
      { statusControlIncludes: ScswBit.primaryStatus, deviceStatusIncludes: 0x08, subchannelStatusIncludes: 0x40 },
      irbOf({ subchannelStatus: 0x60 }),
    ],
    [{ deferredConditionCode: 3 }, irbOf({ control: ended | 0x0300_0000 })],
    [{ lastPathUsedMask: 0x80 }, irbOf({})],
    [{ control: 0x8000_4007 }, irbOf({ control: 0x8000_4007 })],
    [{ sense: { 0: 0x80, 1: 0 } }, irbOf({}, { ecw: sense, erw: 0x0120_0000 })],
  ];

  it('holds for what it says, and for anything else it does not say', () => {
    for (const [expected, irb] of fits)
      assert.equal(
        failure(() => {
          expect.irb(irb, expected, 'the IRB');
        }),
        undefined,
      );
  });

  const differs: readonly (readonly [IrbExpectation, string])[] = [
    [{ control: ended | ScswBit.alertStatus }, 'word 0 of the SCSW'],
    [{ functionControl: ScswBit.haltFunction }, 'function control'],
    [{ activityControl: ScswBit.suspended }, 'activity control'],
    [{ statusControl: 5 }, 'status control'],
    [{ statusControlIncludes: ScswBit.alertStatus }, 'status control'],
    [{ deferredConditionCode: 1 }, 'deferred condition code'],
    [{ ccwAddress: 0x1008 }, 'CCW address'],
    [{ deviceStatus: 0x0e }, 'device status'],
    [{ deviceStatusIncludes: 0x02 }, 'device status'],
    [{ subchannelStatus: 0x40 }, 'subchannel status'],
    [{ subchannelStatusIncludes: 0x40 }, 'subchannel status'],
    [{ count: 4 }, 'residual count'],
    [{ lastPathUsedMask: 0x40 }, 'last-path-used mask'],
    [{ sense: { 1: 8 } }, 'sense byte 1'],
  ];

  for (const [expected, field] of differs) {
    it(`names a wrong ${field} (${Object.keys(expected).join()})`, () => {
      const text = failure(() => {
        expect.irb(irbOf({}), expected, 'the IRB');
      });
      assert.ok(text?.startsWith(`expected the IRB to be otherwise; what differs: ${field}\n`), text);
    });
  }

  it('shows both sides, marks what differs, and says any where nothing was asked', () => {
    const text =
      failure(() => {
        expect.irb(irbOf({ deviceStatus: 0x0e }), { deviceStatus: 0x0c, count: 0 }, 'the IRB');
      }) ?? '';
    assert.match(text, /\n {2}! device status +0c channel end, device end +0e channel end, device end, unit check\n/);
    assert.match(text, /\n {4}residual count +0 +0\n/);
    assert.match(text, /\n {4}CCW address +any +00001010\n/);
  });

  it('shows the program with an arrow at the CCW address', () => {
    const program = new ProgramBuilder({ name: 'two senses', at: 0x1000, chain: true })
      .ccw('sense-id', { flags: ['sli'], buffer: 24 })
      .ccw('basic-sense', { buffer: 24 })
      .build();
    const lines = (
      failure(() => {
        expect.irb(irbOf({ ccwAddress: 0x1010 }), { count: 9 }, 'the IRB', program);
      }) ?? ''
    ).split('\n');
    const arrow = lines.filter((line) => /^ +-> 0/.test(line));
    assert.equal(arrow.length, 1);
    assert.match(arrow[0] ?? '', /-> 00001008/);
    const none =
      failure(() => {
        expect.irb(irbOf({ ccwAddress: 0 }), { count: 9 }, 'the IRB', program);
      }) ?? '';
    assert.match(none, /whose CCWs the CCW address 00000000 does not follow/);
  });

  it('refuses fewer than 64 bytes', () => {
    assert.match(
      failure(() => {
        expect.irb(new Uint8Array(12), {}, 'the IRB');
      }) ?? '',
      /length \(12 bytes came, 64 are an IRB\)/,
    );
  });
});
