/** Comparing an IRB with what it must show, and saying how they differ: SA22-7832 chapter 16. */

import {
  decodeIrb,
  deferredConditionCode,
  disassemble,
  explainIrb,
  formatListing,
  hex,
  IRB_BASE_LENGTH,
  IrbOffset,
  readerOf,
  ScswMask,
  viewOf,
  type AssembledProgram,
  type ExplainedRow,
  type Irb,
} from '../arch/index.js';
import type { SeenDifference } from './events.js';
import type { IrbExpectation } from './expect.js';

type Field = keyof IrbExpectation;

/** How one member of an expectation is looked up in an IRB, and under which label an explanation shows it. */
interface FieldRule {
  readonly field: Exclude<Field, 'controlMask' | 'sense'>;
  /** label in an explanation; word 0 as a whole is shown in several */
  readonly label: string;
  /** the field's value */
  readonly read: (irb: Irb) => number;
  /** stores a value, in the bytes of an expected IRB */
  readonly store: (view: DataView, value: number) => void;
  /** true: at least these bits */
  readonly includes?: true;
}

const lastPathUsedAt = IrbOffset.esw + 1;
const deviceStatusAt = 8;
const subchannelStatusAt = 9;
const countAt = 10;

/** Stores `value` into the bits `mask` of word 0. */
const storeControl =
  (mask: number) =>
  (view: DataView, value: number): void => {
    view.setUint32(0, ((view.getUint32(0) & ~mask) | (value & mask)) >>> 0);
  };

const rules: readonly FieldRule[] = [
  {
    field: 'functionControl',
    label: 'function control',
    read: ({ scsw }) => scsw.control & ScswMask.functionControl,
    store: storeControl(ScswMask.functionControl),
  },
  {
    field: 'activityControl',
    label: 'activity control',
    read: ({ scsw }) => scsw.control & ScswMask.activityControl,
    store: storeControl(ScswMask.activityControl),
  },
  {
    field: 'statusControl',
    label: 'status control',
    read: ({ scsw }) => scsw.control & ScswMask.statusControl,
    store: storeControl(ScswMask.statusControl),
  },
  {
    field: 'statusControlIncludes',
    label: 'status control',
    read: ({ scsw }) => scsw.control & ScswMask.statusControl,
    store: storeControl(ScswMask.statusControl),
    includes: true,
  },
  {
    field: 'deferredConditionCode',
    label: 'deferred condition code',
    read: ({ scsw }) => deferredConditionCode(scsw.control),
    store: (view, value) => {
      storeControl(0x0300_0000)(view, value << 24);
    },
  },
  {
    field: 'ccwAddress',
    label: 'CCW address',
    read: ({ scsw }) => scsw.ccwAddress,
    store: (view, value) => {
      view.setUint32(4, value);
    },
  },
  {
    field: 'deviceStatus',
    label: 'device status',
    read: ({ scsw }) => scsw.deviceStatus,
    store: (view, value) => {
      view.setUint8(deviceStatusAt, value);
    },
  },
  {
    field: 'deviceStatusIncludes',
    label: 'device status',
    read: ({ scsw }) => scsw.deviceStatus,
    store: (view, value) => {
      view.setUint8(deviceStatusAt, value);
    },
    includes: true,
  },
  {
    field: 'subchannelStatus',
    label: 'subchannel status',
    read: ({ scsw }) => scsw.subchannelStatus,
    store: (view, value) => {
      view.setUint8(subchannelStatusAt, value);
    },
  },
  {
    field: 'subchannelStatusIncludes',
    label: 'subchannel status',
    read: ({ scsw }) => scsw.subchannelStatus,
    store: (view, value) => {
      view.setUint8(subchannelStatusAt, value);
    },
    includes: true,
  },
  {
    field: 'count',
    label: 'residual count',
    read: ({ scsw }) => scsw.count,
    store: (view, value) => {
      view.setUint16(countAt, value);
    },
  },
  {
    field: 'lastPathUsedMask',
    label: 'last-path-used mask',
    read: ({ eswWord0 }) => (eswWord0 >>> 16) & 0xff,
    store: (view, value) => {
      view.setUint8(lastPathUsedAt, value);
    },
  },
];

/** Labels of word 0 that an expectation of the whole word decides. */
const controlLabels: readonly string[] = [
  'key',
  'request',
  'deferred condition code',
  'conditions',
  'function control',
  'activity control',
  'status control',
];

/** What an IRB shows otherwise than expected, by the manual's names and with both values; empty if it is as expected. */
export function irbDifferences(bytes: Uint8Array, expected: IrbExpectation): SeenDifference[] {
  if (bytes.length < IRB_BASE_LENGTH)
    return [{ field: 'length', expected: `${IRB_BASE_LENGTH} bytes`, actual: `${bytes.length} bytes` }];
  const irb = decodeIrb(bytes);
  const differing: SeenDifference[] = [];
  if (expected.control !== undefined) {
    const mask = expected.controlMask ?? 0xffff_ffff;
    if (((irb.scsw.control ^ expected.control) & mask) !== 0) {
      const [wanted, was] = [expected.control, irb.scsw.control].map((word) => hex((word & mask) >>> 0));
      differing.push({ field: 'word 0 of the SCSW', expected: wanted ?? '', actual: was ?? '' });
    }
  }
  for (const { field, label, read, includes } of rules) {
    const wanted = expected[field];
    if (wanted === undefined) continue;
    const actual = read(irb);
    const fits = includes === true ? (actual & wanted) === wanted : actual === wanted >>> 0;
    if (!fits) {
      const least = includes === true ? 'at least ' : '';
      differing.push({ field: label, expected: `${least}${hex(wanted >>> 0, 2)}`, actual: hex(actual, 2) });
    }
  }
  if (expected.sense !== undefined) {
    for (const [byte, value] of Object.entries(expected.sense)) {
      const was = irb.ecw[Number(byte)];
      if (was === value) continue;
      differing.push({
        field: `sense byte ${byte}`,
        expected: hex(value, 2),
        actual: was === undefined ? 'none' : hex(was, 2),
      });
    }
  }
  return differing;
}

/** Both sides decoded, the differing rows marked, and the channel program with an arrow at the CCW address. */
export function describeIrbDifference(
  actual: Uint8Array,
  expected: IrbExpectation,
  differing: readonly SeenDifference[],
  what: string,
  program?: AssembledProgram,
): string {
  const lines = [`expected ${what} to be otherwise; what differs: ${differing.map(({ field }) => field).join(', ')}`];
  if (actual.length < IRB_BASE_LENGTH)
    return `${lines.join('')} (${actual.length} bytes came, ${IRB_BASE_LENGTH} are an IRB)`;
  lines.push(...sideBySide(explainIrb(expectedBytes(actual, expected)), explainIrb(actual), decidedLabels(expected)));
  if (program !== undefined) {
    const { ccwAddress } = decodeIrb(actual).scsw;
    const listing = formatListing(disassemble(readerOf(program.memory), program.orb), { arrowAt: ccwAddress });
    const arrow = listing.some((line) => line.startsWith('->'));
    lines.push(
      `  channel program ${program.name}, ${arrow ? `-> is the CCW before the CCW address ${hex(ccwAddress)}` : `whose CCWs the CCW address ${hex(ccwAddress)} does not follow`}:`,
      ...listing.map((line) => `    ${line}`),
    );
  }
  return lines.join('\n');
}

/** The actual IRB, changed where the expectation says so. */
function expectedBytes(actual: Uint8Array, expected: IrbExpectation): Uint8Array {
  const bytes = actual.slice(0, IRB_BASE_LENGTH);
  const view = viewOf(bytes);
  if (expected.control !== undefined) storeControl(expected.controlMask ?? 0xffff_ffff)(view, expected.control);
  for (const { field, read, store, includes } of rules) {
    const wanted = expected[field];
    if (wanted !== undefined) store(view, includes === true ? read(decodeIrb(bytes)) | wanted : wanted);
  }
  for (const [byte, value] of Object.entries(expected.sense ?? {})) bytes[IrbOffset.ecw + Number(byte)] = value;
  return bytes;
}

/** Labels of an explanation that the expectation says something about; undefined: sense rows count too. */
function decidedLabels(expected: IrbExpectation): { labels: ReadonlySet<string>; sense: boolean } {
  const labels = new Set<string>(expected.control === undefined ? [] : controlLabels);
  for (const { field, label } of rules) if (expected[field] !== undefined) labels.add(label);
  return { labels, sense: expected.sense !== undefined };
}

/** Two explanations in two columns; `any` where the expectation says nothing. */
function sideBySide(
  expected: readonly ExplainedRow[],
  actual: readonly ExplainedRow[],
  decided: { labels: ReadonlySet<string>; sense: boolean },
): string[] {
  const wanted = new Map(expected);
  const was = new Map(actual);
  const labels = [...was.keys(), ...[...wanted.keys()].filter((label) => !was.has(label))].filter(
    (label) => label !== 'SCSW',
  );
  const senseFrom = labels.indexOf('extended-report word');
  const rows = labels.map((label, index) => {
    const known = decided.labels.has(label) || (decided.sense && index > senseFrom);
    const left = known ? (wanted.get(label) ?? 'none') : 'any';
    const right = was.get(label) ?? 'none';
    return { mark: known && left !== right ? '!' : ' ', label, left, right };
  });
  const labelWidth = Math.max('field'.length, ...rows.map(({ label }) => label.length));
  const leftWidth = Math.max('expected'.length, ...rows.map(({ left }) => left.length));
  const line = (mark: string, label: string, left: string, right: string): string =>
    `  ${mark} ${label.padEnd(labelWidth)}  ${left.padEnd(leftWidth)}  ${right}`.trimEnd();
  return [
    line(' ', 'field', 'expected', 'was'),
    ...rows.map(({ mark, label, left, right }) => line(mark, label, left, right)),
  ];
}
