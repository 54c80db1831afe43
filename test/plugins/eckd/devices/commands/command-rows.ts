/** Programs that a device accepts or rejects, as rows of tables, and what decides them. */

import assert from 'node:assert/strict';
import {
  behaviours,
  Condition,
  controlUnits,
  EckdDevice,
  FreshVolume,
  OverlayVolume,
} from '../../../../../plugins/eckd/devices/index.js';
import { ChannelStandIn, type Outcome, type TestCommand } from '../../channel-stand-in.js';

export const NORMAL = 0x0c;
export const UNIT_CHECK = 0x0e;
export const END_OF_FILE = 0x0d;

/** A 3390-1 with a CDL format in 4096-byte blocks. */
export function channel(unit = '3990', platform = 'architecture', readOnly = false): ChannelStandIn {
  const volume = new OverlayVolume(new FreshVolume(1113, 'TEST01', 'linux'));
  return new ChannelStandIn(
    new EckdDevice({ volume, unit: controlUnits[unit]!, behaviour: behaviours[platform]!, readOnly }),
  );
}

/** Condition of an outcome: sense bytes 0, 1, 2 and 7. */
export function conditionOf({ sense }: Outcome): number {
  return ((sense[0]! << 24) | (sense[1]! << 16) | (sense[2]! << 8) | sense[7]!) >>> 0;
}

export const name = (condition: number) =>
  Object.entries(Condition).find(([, value]) => value === condition)?.[0] ?? condition.toString(16);

// Programs' pieces: define extent over the whole volume, by mask, and locate records.
export const extent = (mask = '40'): TestCommand => ({
  code: 0x63,
  data: `${mask}c00000000000000000000004 58000e`.replace(' ', ''),
});
export const locate = (operation: string, count: string, rest = '000000020000000201ff0000'): TestCommand => ({
  code: 0x47,
  data: `${operation}00${count.length === 2 ? `00${count}` : count}${rest}`,
});
export const seek = (address = '000000000002'): TestCommand => ({ code: 0x07, data: address });
export const searchId = (id: string): TestCommand => ({ code: 0x31, data: id, loop: 0 });
export const readData: TestCommand = { code: 0x06 };
export const nop: TestCommand = { code: 0x03, count: 1 };
export const block = (code: number): TestCommand => ({ code, data: new Uint8Array(4096).fill(0x5a) });
const tlf = '000000020000000201ff1000';
export const locateWrite = (operation: string, count: string): TestCommand => ({
  code: 0x47,
  data: `${operation}8000${count}${tlf}`,
});

export interface Row {
  readonly what: string;
  readonly program: readonly TestCommand[];
  readonly condition?: number;
  readonly status?: number;
  /** place of the command that ends the program; default: the last */
  readonly at?: number;
  readonly unit?: string;
  readonly platform?: string;
  readonly readOnly?: boolean;
}

/** Runs every row's program on a device of its own and compares how it ends. */
export function decide(rows: readonly Row[]): void {
  for (const row of rows) {
    const expected = row.condition ?? Condition.none;
    it(`${row.what}: ${expected === 0 ? 'accepted' : name(expected)}`, () => {
      const stand = channel(row.unit, row.platform, row.readOnly);
      const outcome = stand.run(...row.program);
      assert.equal(name(conditionOf(outcome)), name(expected));
      assert.equal(outcome.status, row.status ?? (expected === 0 ? NORMAL : UNIT_CHECK));
      assert.equal(outcome.at, row.at ?? row.program.length - 1, 'command that ended the program');
      assert.equal(stand.run({ code: 0xe4 }).status, NORMAL, 'the next program begins anew');
    });
  }
}
