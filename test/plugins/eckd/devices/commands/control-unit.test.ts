import { Condition } from '../../../../../plugins/eckd/devices/index.js';
import { decide, extent, seek, nop, type Row } from './command-rows.js';

const { invalidCommand, invalidSequence, shortCount, invalidParameter, maskViolation, noRecordFound } = Condition;

const rows: readonly Row[] = [
  // control unit
  {
    what: 'locate record extended on a 3990-2',
    program: [extent(), { code: 0x4b, data: '0600000100000002000000020 1ff00000000 0000'.replace(/ /g, '') }],
    condition: invalidCommand,
  },
  {
    what: 'locate record extended on a 3990-6',
    program: [
      extent(),
      { code: 0x4b, data: '0600000100000002000000020 1ff00000000 0000'.replace(/ /g, '') },
      { code: 0x86 },
    ],
    unit: '3990-6',
  },
  {
    what: 'locate record extended of 19 bytes',
    program: [extent(), { code: 0x4b, data: '06000001000000020000000201ff0000000000' }],
    unit: '2107',
    condition: shortCount,
  },
  {
    what: 'locate record extended with operation 11',
    program: [extent('c0'), { code: 0x4b, data: '3f000001000000020000000201ff000000110002 8000'.replace(' ', '') }],
    unit: '2107',
    condition: invalidParameter,
  },
  {
    what: 'locate record extended with operation 23',
    program: [extent('80'), { code: 0x4b, data: '3f000001000000020000000201ff000000230002 8000'.replace(' ', '') }],
    unit: '2107',
    condition: invalidParameter,
  },
  {
    what: 'locate record extended to read any',
    program: [extent(), { code: 0x4b, data: '3f000001000000020000000201ff0000000a000101' }, { code: 0x86 }],
    unit: '2107',
  },
  {
    what: 'locate record extended to read any, set size 2',
    program: [extent(), { code: 0x4b, data: '3f000001000000020000000201ff0000000a000102' }],
    unit: '2107',
    condition: invalidParameter,
  },
  {
    what: 'locate record extended to read a track set',
    program: [
      extent(),
      { code: 0x4b, data: '3f000002000000020000000200ff0000000e0001a0' },
      { code: 0xde },
      { code: 0xde },
    ],
    unit: '2107',
    condition: noRecordFound,
    at: 1,
  },
  {
    what: 'a track set whose tracks are not the count',
    program: [extent(), { code: 0x4b, data: '7f000001000000020000000200ff0000000e0001a0' }],
    unit: '2107',
    condition: invalidParameter,
  },
  { what: 'prefix on a 3990', program: [{ code: 0xe7, data: new Uint8Array(64) }], condition: invalidCommand },
  {
    what: 'prefix of 63 bytes',
    program: [{ code: 0xe7, data: new Uint8Array(63) }],
    unit: '2107',
    condition: shortCount,
  },
  {
    what: 'prefix of format 3',
    program: [{ code: 0xe7, data: Uint8Array.of(3, ...new Uint8Array(63)) }],
    unit: '2107',
    condition: invalidParameter,
  },
  {
    what: 'prefix without an extent',
    program: [{ code: 0xe7, data: Uint8Array.of(1, ...new Uint8Array(63)) }],
    unit: '2107',
    condition: invalidSequence,
  },
  { what: 'release after define extent', program: [extent(), { code: 0x94 }], condition: invalidSequence },
  {
    what: 'release after set file mask',
    program: [{ code: 0x1f, data: '00' }, { code: 0x94 }],
    condition: invalidSequence,
  },
  { what: 'reserve after no-operation', program: [nop, { code: 0xb4 }], condition: invalidSequence },
  { what: 'unconditional reserve after no-operation', program: [nop, { code: 0x14 }], condition: invalidSequence },
  { what: 'reset allegiance after no-operation', program: [nop, { code: 0x44 }], condition: invalidSequence },
  { what: 'suspend multipath reconnection, reserve', program: [{ code: 0x5b, count: 0 }, { code: 0xb4 }] },
  { what: 'sense path group ID after no-operation', program: [nop, { code: 0x34 }], condition: invalidSequence },
  { what: 'a command after sense path group ID', program: [{ code: 0x34 }, nop], condition: invalidSequence },
  { what: 'set path group ID of 11 bytes', program: [{ code: 0xaf, data: new Uint8Array(11) }], condition: shortCount },
  {
    what: 'set path group ID of zeros',
    program: [{ code: 0xaf, data: new Uint8Array(12) }],
    condition: invalidParameter,
  },
  {
    what: 'set path group ID with function 60',
    program: [{ code: 0xaf, data: Uint8Array.of(0x60, ...new Uint8Array(11).fill(1)) }],
    condition: invalidParameter,
  },
  {
    what: 'set path group ID with a reserved bit',
    program: [{ code: 0xaf, data: Uint8Array.of(0x81, ...new Uint8Array(11).fill(1)) }],
    condition: invalidParameter,
  },
  { what: 'sense subsystem status after a seek', program: [seek(), { code: 0x54 }], condition: invalidSequence },
  { what: 'sense subsystem status after read device characteristics', program: [{ code: 0x64 }, { code: 0x54 }] },
  { what: 'set subsystem mode without a cache', program: [{ code: 0x87, data: '2000' }], condition: invalidSequence },
  { what: 'set subsystem mode', program: [{ code: 0x87, data: '2000' }], unit: '2107' },
  {
    what: 'set subsystem mode with two operations',
    program: [{ code: 0x87, data: '2400' }],
    unit: '2107',
    condition: invalidParameter,
  },
  {
    what: 'read message ID after set subsystem mode with a message',
    program: [{ code: 0x87, data: '2100' }, { code: 0x4e }],
    unit: '2107',
  },
  { what: 'read message ID after a seek', program: [seek(), { code: 0x4e }], unit: '2107', condition: invalidSequence },
  {
    what: 'diagnostic control with normal authorization',
    program: [{ code: 0xf3, data: '12000000' }],
    condition: maskViolation,
  },
  {
    what: 'diagnostic control',
    program: [
      { code: 0x1f, data: '02' },
      { code: 0xf3, data: '12000000' },
    ],
  },
  {
    what: 'diagnostic control with another subcommand',
    program: [{ code: 0xf3, data: '02200000' }],
    condition: invalidParameter,
  },
  {
    what: 'reset summary unit check on a 3990',
    program: [{ code: 0xf9, data: new Uint8Array(16) }],
    condition: invalidCommand,
  },
  { what: 'reset summary unit check on a 2107', program: [{ code: 0xf9, data: new Uint8Array(16) }], unit: '2107' },
  // subsystem functions
  { what: 'feature codes', program: [{ code: 0x27, data: '180000000000410000000000' }, { code: 0x3e }] },
  { what: 'an order of 11 bytes', program: [{ code: 0x27, data: '1800000000004100000000' }], condition: shortCount },
  { what: 'an unknown order', program: [{ code: 0x27, data: '77000000' }], condition: invalidParameter },
  {
    what: 'a prepare order with a flag',
    program: [{ code: 0x27, data: '180100000000410000000000' }],
    condition: invalidParameter,
  },
  {
    what: 'a prepare order for another device',
    program: [{ code: 0x27, data: '180000000121410000000000' }],
    condition: invalidParameter,
  },
  {
    what: 'a prepare order for this device',
    program: [{ code: 0x27, data: '180000000120410000000000' }, { code: 0x3e }],
  },
  {
    what: 'a volume storage query',
    program: [{ code: 0x27, data: '180000000120520000000000' }],
    condition: invalidParameter,
  },
  { what: 'read subsystem data without an order', program: [{ code: 0x3e }], condition: invalidSequence },
  {
    what: 'another command than read subsystem data',
    program: [{ code: 0x27, data: '180000000000410000000000' }, nop],
    condition: invalidSequence,
  },
  {
    what: 'a command after read subsystem data',
    program: [{ code: 0x27, data: '180000000000410000000000' }, { code: 0x3e }, nop],
    condition: invalidSequence,
  },
  {
    what: 'set subsystem characteristics',
    program: [{ code: 0x27, data: Uint8Array.of(0x1d, ...new Uint8Array(65)) }],
  },
  {
    what: 'set subsystem characteristics with a flag',
    program: [{ code: 0x27, data: Uint8Array.of(0x1d, 1, ...new Uint8Array(64)) }],
    condition: invalidParameter,
  },
  { what: 'set interface identifier', program: [{ code: 0x27, data: 'b0000000' }, { code: 0x3e }] },
  {
    what: 'the special intercept condition with a command after it',
    program: [{ code: 0x27, data: '1b00' }, nop],
    condition: invalidSequence,
    at: 0,
  },
  // data chaining
  { what: 'a write with data chaining', program: [{ ...extent(), dataChaining: true }] },
  {
    what: 'a control command with data chaining on Hercules, which collects the areas',
    program: [{ ...extent(), dataChaining: true }],
    platform: 'hercules-3.13',
  },
  {
    what: 'a sense command with data chaining on Hercules',
    program: [{ code: 0xe4, dataChaining: true }],
    platform: 'hercules-3.13',
    condition: invalidCommand,
  },
  {
    what: 'a read with data chaining on Hercules',
    program: [seek(), { code: 0x86, dataChaining: true }],
    platform: 'hercules-3.13',
  },
];

describe('eckd commands: control unit, subsystem functions, data chaining', () => {
  decide(rows);
});
