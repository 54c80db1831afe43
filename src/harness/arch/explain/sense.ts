/**
 * Sense bytes of ECKD control units in words: bytes 0-2 of every device, and the 24- and 32-byte forms of the 3990, 2105 and
 * 2107 (GA32-0274, "Sense Information"; message texts as drivers/s390/block/dasd_3990_erp.c has them).
 */

import { bitNames, hex, toHex } from '../bytes.js';
import { Sense2, sense0Names, sense1Names, SENSE_LENGTH } from '../sense.js';
import { listOf, type ExplainedRow } from './rows.js';

/** Bits of byte 27 in the 24-byte form. */
const Sense27 = { form24: 0x80, trackValid: 0x20, extendedTrack: 0x10 } as const;

const sense2Names: readonly (readonly [mask: number, name: string])[] = [
  [Sense2.requestInhibitWrite, 'request inhibit write'],
  [Sense2.correctable, 'correctable'],
  [Sense2.firstLogError, 'first log error'],
  [Sense2.environmentalDataPresent, 'environmental data present'],
  [0x04, 'imprecise-ending detail'],
];

/** What the format of byte 7 (its high nibble) says the sense is about, with its messages by low nibble. */
interface SenseFormat {
  readonly subject: string;
  readonly messages: readonly (string | undefined)[];
}

const channels = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'] as const;

const dataAreas = ['home address', 'count area', 'key area', 'data area'] as const;

const formats: ReadonlyMap<number, SenseFormat> = new Map([
  [
    0x0,
    {
      subject: 'program or system check',
      messages: [
        'no message',
        'invalid command',
        'invalid command sequence',
        'CCW count less than required',
        'invalid parameter',
        'diagnostic or special command violates the file mask',
        undefined,
        'channel returned with an incorrect retry CCW',
        'reset notification',
        'storage path restart',
        'channel requested an action (byte 8)',
        'invalid defective- or alternate-track pointer',
        'DPS installation check',
        undefined,
        'command invalid on the secondary device of a copy pair',
        'status not as required (reason in byte 8)',
      ],
    },
  ],
  [
    0x1,
    {
      subject: 'device equipment check',
      messages: [
        undefined,
        'device status 1 not as expected',
        undefined,
        'index missing',
        'interruption cannot be reset',
        'device did not respond to selection',
        'check-2 error or set sector incomplete',
        'head address miscompare',
        'device status 1 not valid',
        'device not ready',
        'track physical address miscompare',
        'missing device address bit',
        'drive motor switch off',
        'seek incomplete',
        'cylinder address miscompare',
        'offset active cannot be reset',
      ],
    },
  ],
  [
    0x2,
    {
      subject: 'control-unit equipment check',
      messages: [
        ...Array<undefined>(8).fill(undefined),
        'check-2 error',
        undefined,
        undefined,
        undefined,
        undefined,
        undefined,
        'support facility error',
        'microcode detected error (byte 8)',
      ],
    },
  ],
  [
    0x3,
    {
      subject: 'control-unit control check',
      messages: [...Array<undefined>(15).fill(undefined), 'allegiance terminated'],
    },
  ],
  [0x4, { subject: 'data check without displacement', messages: dataCheckMessages() }],
  [0x5, { subject: 'data check with displacement', messages: dataCheckMessages() }],
  [0x6, { subject: 'overrun', messages: channels.map((channel) => `overrun on channel ${channel}`) }],
  [0x7, { subject: 'device control check', messages: [] }],
  [
    0x8,
    {
      subject: 'device equipment check',
      messages: [
        'error-correction hardware fault',
        'error-correction hardware fault',
        undefined,
        'unexpected end operation response code',
        'end operation with transfer count not zero',
        'end operation with transfer count zero',
        'DPS checks after a system reset',
        'DPS cannot be filled',
        'short busy time-out during device selection',
        'long busy latch cannot be set',
        'no interruption from the device',
      ],
    },
  ],
  [0x9, { subject: 'device read, write or seek check', messages: [] }],
  [
    0xf,
    {
      subject: 'cache storage',
      messages: [
        'operation terminated',
        'subsystem processing error',
        'cache or nonvolatile storage failure',
        undefined,
        'caching terminated',
        undefined,
        'cache fast write access not authorized',
        'track format incorrect',
        undefined,
        'caching reinitiated',
        'nonvolatile storage terminated',
        'volume is suspended duplex',
        'subsystem status cannot be determined',
        'caching status reset to default',
        'DASD fast write inhibited',
      ],
    },
  ],
]);

/** Messages of formats 4 and 5: the area, without its sync byte from 4 on, with offset active from 8 on. */
function dataCheckMessages(): string[] {
  return Array.from({ length: 16 }, (_, message) => {
    const area = dataAreas[(message & 3) as 0 | 1 | 2 | 3];
    const what = (message & 4) === 0 ? `${area} data check` : `no sync byte in the ${area}`;
    return (message & 8) === 0 ? what : `${what}, offset active`;
  });
}

/** Byte 7 of the 24-byte form in words: `format 0, message 1: invalid command`. */
export function senseMessageText(byte7: number): string {
  const format = formats.get(byte7 >>> 4);
  const number = `format ${hex(byte7 >>> 4, 1).toUpperCase()}, message ${hex(byte7 & 0xf, 1).toUpperCase()}`;
  if (format === undefined) return `${number}: reserved format`;
  return `${number}: ${format.messages[byte7 & 0xf] ?? format.subject}`;
}

/**
 * Sense bytes, field by field. Bytes 3 to 31 are decoded where they are present and not all zero: a device that is no DASD
 * has none of these fields.
 */
export function explainSense(sense: Uint8Array): ExplainedRow[] {
  const rows: ExplainedRow[] = [
    ['sense', toHex(sense).replace(/(.{8})(?=.)/g, '$1 ')],
    ['sense byte 0', listOf(bitNames(sense[0] ?? 0, sense0Names))],
    ['sense byte 1', listOf(bitNames(sense[1] ?? 0, sense1Names))],
  ];
  if (sense.length < SENSE_LENGTH || sense.subarray(2).every((byte) => byte === 0)) return rows;
  const at = (index: number): number => sense[index] ?? 0;
  const form24 = (at(27) & Sense27.form24) !== 0;
  if (form24) {
    rows.push(['sense byte 2', listOf(bitNames(at(2), sense2Names))]);
    rows.push(['sense form', '24 bytes']);
    rows.push(['sense message', senseMessageText(at(7))]);
  } else {
    rows.push(['control-unit type code', hex(at(2), 2)]);
    rows.push(['sense form', '32 bytes']);
    rows.push(['operation', hex(at(7), 2)]);
    rows.push(['program action', hex(at(25), 2)]);
    rows.push(['message code', hex(at(28), 2)]);
    if ((at(6) & 0x0f) === 0x0f) rows.push(['service information', 'a message is present']);
  }
  if ((at(1) & 0x01) !== 0) rows.push(['records left', at(3).toString()]);
  rows.push(['track', trackText(sense, form24)]);
  const subsystem = (at(20) << 8) | at(21);
  if (subsystem !== 0) rows.push(['subsystem id', hex(subsystem, 4)]);
  return rows;
}

/** The failing track's address; control units that do not mark it as valid may mean the current track. */
function trackText(sense: Uint8Array, form24: boolean): string {
  const at = (index: number): number => sense[index] ?? 0;
  const extended = form24 && (at(27) & Sense27.extendedTrack) !== 0;
  const cylinder = extended
    ? at(30) * 0x10_0000 + ((at(31) & 0xf0) << 12) + (at(28) << 8) + at(29)
    : (at(29) << 8) | at(30);
  const marked = !form24 || (at(27) & Sense27.trackValid) !== 0;
  return `cylinder ${cylinder}, head ${at(31) & 0x0f}${marked ? '' : ' (not marked valid)'}`;
}
