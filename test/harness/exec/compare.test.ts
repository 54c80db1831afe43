import assert from 'node:assert/strict';

import { fromHex } from '../../../src/harness/arch/index.js';
import { compareOutcomes } from '../../../src/harness/exec/compare.js';
import type { ProgramOutcome } from '../../../src/harness/program-file/index.js';

const irb = (scsw: string, rest = '00800000'): Uint8Array => fromHex((scsw + rest).padEnd(192, '0'));
const recorded: ProgramOutcome = {
  result: 124,
  irbs: [irb('00c04007000105880c000000')],
  dump: [{ at: 0x2000, bytes: fromHex('ff3990c2') }],
};

describe('comparison of two outcomes', () => {
  it('finds nothing between an outcome and itself', () => {
    assert.deepEqual(compareOutcomes(recorded, recorded), []);
  });

  it('names the field of the SCSW', () => {
    const other = { ...recorded, irbs: [irb('00c04007000105900c000000')] };
    assert.deepEqual(compareOutcomes(recorded, other), [
      { part: 'SCSW', field: 'IRB 1: CCW address', expected: '00010588', actual: '00010590' },
    ]);
  });

  it('names every field, the SCSW before the extended status', () => {
    const other = { ...recorded, irbs: [irb('00c04017000105880e400007', '00400000')] };
    assert.deepEqual(
      compareOutcomes(recorded, other).map(({ part, field }) => [part, field]),
      [
        ['SCSW', 'IRB 1: SCSW word 0'],
        ['SCSW', 'IRB 1: device status'],
        ['SCSW', 'IRB 1: subchannel status'],
        ['SCSW', 'IRB 1: residual count'],
        ['extended status', 'IRB 1: ESW word 0'],
      ],
    );
  });

  it('shows results with their errno', () => {
    const [difference] = compareOutcomes({ result: -22, irbs: [], dump: [] }, { result: -14, irbs: [], dump: [] });
    assert.deepEqual(difference, { part: 'result', field: 'result', expected: '-22 (EINVAL)', actual: '-14 (EFAULT)' });
  });

  it('counts interruptions', () => {
    const [difference] = compareOutcomes(recorded, { ...recorded, irbs: [...recorded.irbs, ...recorded.irbs] });
    assert.deepEqual(difference, {
      part: 'interruptions',
      field: 'number of interruptions',
      expected: '1',
      actual: '2',
    });
  });

  it('gives the address of the first byte of storage that differs', () => {
    const other = { ...recorded, dump: [{ at: 0x2000, bytes: fromHex('ff3991c2') }] };
    assert.deepEqual(compareOutcomes(recorded, other), [
      { part: 'storage', field: 'storage at 00002002', expected: '90c2', actual: '91c2' },
    ]);
  });

  it('sees storage that was not looked at', () => {
    assert.equal(compareOutcomes(recorded, { ...recorded, dump: [] }).length, 1);
  });
});
