import { Condition } from '../../../../../plugins/eckd/devices/index.js';
import { decide, extent, seek, readData, nop, type Row } from './command-rows.js';

const {
  invalidCommand,
  invalidSequence,
  shortCount,
  invalidParameter,
  maskViolation,
  fileProtected,
  noRecordFound,
  endOfCylinder,
} = Condition;

const rows: readonly Row[] = [
  // reads, seeks, searches
  { what: 'read data without a seek', program: [readData], condition: invalidSequence },
  { what: 'set sector without a seek', program: [{ code: 0x23, data: '00' }], condition: invalidSequence },
  { what: 'set sector after a seek', program: [seek(), { code: 0x23, data: '10' }] },
  { what: 'set sector 224', program: [seek(), { code: 0x23, data: 'e0' }], condition: invalidParameter },
  { what: 'read sector', program: [{ code: 0x22 }] },
  { what: 'seek head without a seek', program: [{ code: 0x1b, data: '000000000001' }], condition: invalidSequence },
  { what: 'seek head after a seek', program: [seek(), { code: 0x1b, data: '0000ffff0001' }] },
  { what: 'seek with 5 bytes', program: [seek('0000000000')], condition: shortCount },
  { what: 'seek cylinder with 5 bytes', program: [{ code: 0x0b, data: '0000000000' }], condition: shortCount },
  { what: 'seek with a bin', program: [seek('000100000000')], condition: invalidParameter },
  { what: 'seek to cylinder 1113', program: [seek('000004590000')], condition: invalidParameter },
  { what: 'seek to head 15', program: [seek('00000000000f')], condition: invalidParameter },
  {
    what: 'seek outside the extent',
    program: [{ code: 0x63, data: '40c00000000000000000000000000001' }, seek()],
    condition: fileProtected,
  },
  { what: 'seek under a mask for cylinders', program: [{ code: 0x1f, data: '08' }, seek()], condition: fileProtected },
  {
    what: 'seek cylinder under a mask for cylinders',
    program: [
      { code: 0x1f, data: '08' },
      { code: 0x0b, data: '000000000002' },
    ],
  },
  {
    what: 'seek cylinder under a mask for heads',
    program: [
      { code: 0x1f, data: '10' },
      { code: 0x0b, data: '000000000002' },
    ],
    condition: fileProtected,
  },
  {
    what: 'a search that never matches',
    program: [seek(), { code: 0x31, data: '00000002ff', loop: 0 }, readData],
    condition: noRecordFound,
    at: 1,
  },
  {
    what: 'a multitrack search to the end of the cylinder',
    program: [seek(), { code: 0xb1, data: 'ffffffffff', loop: 0 }, readData],
    condition: endOfCylinder,
    at: 1,
  },
  {
    what: 'a multitrack search under a mask that inhibits it',
    program: [
      { code: 0x1f, data: '10' },
      { code: 0x0b, data: '000000000002' },
    ],
    condition: fileProtected,
  },
  { what: 'recalibrate', program: [{ code: 0x13, count: 1 }], condition: invalidCommand },
  { what: 'restore', program: [{ code: 0x17, count: 1 }], condition: invalidCommand },
  { what: 'an unassigned command', program: [{ code: 0xc3, count: 1 }], condition: invalidCommand },
  { what: 'read special home address', program: [seek(), { code: 0x0a }], condition: maskViolation },
  {
    what: 'read special home address with diagnostic authorization',
    program: [{ code: 0x1f, data: '04' }, seek(), { code: 0x0a }],
  },
  // read IPL
  { what: 'read IPL, one more record', program: [{ code: 0x02 }, readData] },
  { what: 'read IPL alone', program: [{ code: 0x02 }] },
  { what: 'read IPL and no-operation', program: [{ code: 0x02 }, nop, readData] },
  { what: 'read IPL after define extent', program: [extent(), { code: 0x02 }], condition: invalidSequence },
  { what: 'seek directly after read IPL', program: [{ code: 0x02 }, seek()], condition: invalidSequence },
];

describe('eckd commands: reads, seeks, searches, read IPL', () => {
  decide(rows);
});
