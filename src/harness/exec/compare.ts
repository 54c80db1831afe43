/** Where two outcomes of one program differ: field by field, in the order in which a reader would look. */

import { decodeIrb, hex, toHex, type Irb } from '../arch/index.js';
import { describeResult } from '../uapi/index.js';
import type { ProgramOutcome } from '../program-file/index.js';

/** What a difference is about. `extended status` is everything in the IRB behind the SCSW. */
export type ComparedPart = 'result' | 'interruptions' | 'SCSW' | 'extended status' | 'storage';

/** One field that differs; the values as text. */
export interface Difference {
  readonly part: ComparedPart;
  /** for example `IRB 1: CCW address` */
  readonly field: string;
  readonly expected: string;
  readonly actual: string;
}

interface IrbField {
  readonly part: 'SCSW' | 'extended status';
  readonly name: string;
  readonly text: (irb: Irb) => string;
}

const irbFields: readonly IrbField[] = [
  { part: 'SCSW', name: 'SCSW word 0', text: ({ scsw }) => hex(scsw.control) },
  { part: 'SCSW', name: 'CCW address', text: ({ scsw }) => hex(scsw.ccwAddress) },
  { part: 'SCSW', name: 'device status', text: ({ scsw }) => hex(scsw.deviceStatus, 2) },
  { part: 'SCSW', name: 'subchannel status', text: ({ scsw }) => hex(scsw.subchannelStatus, 2) },
  { part: 'SCSW', name: 'residual count', text: ({ scsw }) => scsw.count.toString() },
  { part: 'extended status', name: 'ESW word 0', text: ({ eswWord0 }) => hex(eswWord0) },
  { part: 'extended status', name: 'extended-report word', text: ({ erw }) => hex(erw) },
  {
    part: 'extended status',
    name: 'failing-storage address',
    text: ({ failingStorageAddress: [high, low] }) => `${hex(high)}${hex(low)}`,
  },
  {
    part: 'extended status',
    name: 'secondary-CCW address',
    text: ({ secondaryCcwAddress }) => hex(secondaryCcwAddress),
  },
  { part: 'extended status', name: 'extended-control word', text: ({ ecw }) => toHex(ecw) },
];

/** Result, number of interruptions, and the fields of each IRB, by the names that `compareOutcomes` gives them. */
export function outcomeFields({ result, irbs }: ProgramOutcome): ReadonlyMap<string, string> {
  const fields = new Map([
    ['result', describeResult(result)],
    ['number of interruptions', String(irbs.length)],
  ]);
  irbs.forEach((bytes, index) => {
    const irb = decodeIrb(bytes);
    for (const { name, text } of irbFields) fields.set(`IRB ${index + 1}: ${name}`, text(irb));
  });
  return fields;
}

/** Every field in which `actual` differs from `expected`; none means that they are the same. */
export function compareOutcomes(expected: ProgramOutcome, actual: ProgramOutcome): Difference[] {
  const differences: Difference[] = [];
  const compare = (part: ComparedPart, field: string, one: string, other: string): void => {
    if (one !== other) differences.push({ part, field, expected: one, actual: other });
  };
  compare('result', 'result', describeResult(expected.result), describeResult(actual.result));
  compare('interruptions', 'number of interruptions', String(expected.irbs.length), String(actual.irbs.length));
  expected.irbs.forEach((bytes, index) => {
    const other = actual.irbs[index];
    if (other === undefined) return;
    const [one, two] = [decodeIrb(bytes), decodeIrb(other)];
    for (const { part, name, text } of irbFields) compare(part, `IRB ${index + 1}: ${name}`, text(one), text(two));
  });
  expected.dump.forEach(({ at, bytes }, index) => {
    const other = actual.dump[index]?.bytes ?? new Uint8Array(0);
    const first = bytes.findIndex((byte, offset) => byte !== other[offset]);
    if (first < 0 && bytes.length === other.length) return;
    const from = Math.max(0, first);
    const shown = (area: Uint8Array): string => toHex(area.subarray(from, from + 8));
    compare('storage', `storage at ${hex(at + from)}`, shown(bytes), shown(other));
  });
  return differences;
}
