import { Condition } from '../../../../../plugins/eckd/devices/index.js';
import {
  decide,
  extent,
  locate,
  seek,
  searchId,
  readData,
  block,
  locateWrite,
  END_OF_FILE,
  type Row,
} from './command-rows.js';

const { invalidSequence, shortCount, fileProtected, invalidTrackFormat } = Condition;

const rows: readonly Row[] = [
  // writes
  {
    what: 'write update data outside a domain',
    program: [{ code: 0x1f, data: 'c0' }, seek(), searchId('0000000201'), block(0x85)],
    condition: invalidSequence,
    at: 3,
  },
  {
    what: 'write data after a search',
    program: [{ code: 0x1f, data: 'c0' }, seek(), searchId('0000000201'), block(0x05)],
  },
  {
    what: 'write data without a search',
    program: [{ code: 0x1f, data: 'c0' }, seek(), block(0x05)],
    condition: invalidSequence,
  },
  {
    what: 'write data after a short search',
    program: [{ code: 0x1f, data: 'c0' }, seek(), { code: 0x31, data: '00000002', loop: 0 }, block(0x05)],
    condition: invalidSequence,
  },
  {
    what: 'write data under mask 40',
    program: [{ code: 0x1f, data: '40' }, seek(), searchId('0000000201'), block(0x05)],
    condition: invalidSequence,
  },
  {
    what: 'write update data under mask 40',
    program: [extent('40'), locateWrite('01', '01'), block(0x85)],
    condition: invalidSequence,
  },
  {
    what: 'write count, key and data under mask 80',
    program: [{ code: 0x1f, data: '80' }, seek(), searchId('0000000201'), { code: 0x1d, data: '0000000201000008' }],
    condition: invalidSequence,
  },
  {
    what: 'write data in a domain of two',
    program: [extent('80'), locateWrite('01', '02'), block(0x05)],
    condition: invalidSequence,
  },
  {
    what: 'write data as the last of its domain',
    program: [extent('80'), locateWrite('01', '02'), block(0x85), block(0x05)],
  },
  {
    what: 'write update data of another length than the factor',
    program: [extent('80'), { code: 0x47, data: '01800001000000020000000201ff0800' }, block(0x85)],
    condition: invalidTrackFormat,
  },
  {
    what: 'write update data in CKD conversion mode',
    program: [
      { code: 0x63, data: '80e00000000000000000000004580000' },
      { code: 0x47, data: '01800001000000020000000201ff0800' },
      block(0x85),
    ],
  },
  {
    what: 'a read count suffix',
    program: [extent('80'), { code: 0x47, data: '01810002000000020000000201ff1000' }, block(0x85), { code: 0x92 }],
  },
  {
    what: 'a read count without a suffix in a write domain',
    program: [extent('80'), locateWrite('01', '02'), block(0x85), { code: 0x92 }],
    condition: invalidSequence,
  },
  {
    what: 'write next track outside its domain',
    program: [{ code: 0x9d, data: '0000000301000008' }],
    condition: invalidSequence,
  },
  {
    what: 'write next track not chained from a write',
    program: [extent('00'), locate('03', '01'), { code: 0x9d, data: '0000000301000008' }],
    condition: invalidSequence,
  },
  {
    what: 'write record zero with count orientation',
    program: [extent('c0'), locate('03', '01'), { code: 0x15, data: '0000000200000008' }],
    condition: invalidSequence,
  },
  {
    what: 'write record zero without full mask',
    program: [extent('00'), locate('43', '01', '000000020000000200ff0000'), { code: 0x15, data: '0000000200000008' }],
    condition: invalidSequence,
  },
  {
    what: 'write record zero with home address orientation',
    program: [extent('c0'), locate('43', '01', '000000020000000200ff0000'), { code: 0x15, data: '0000000200000008' }],
  },
  {
    what: 'write record zero after a search for the home address',
    program: [
      { code: 0x1f, data: 'c0' },
      seek(),
      { code: 0x39, data: '00000002', loop: 0 },
      { code: 0x15, data: '0000000200000008' },
    ],
  },
  {
    what: 'write home address without full mask',
    program: [extent('00'), locate('43', '01', '000000020000000200ff0000'), { code: 0x19, data: '0000000002' }],
    condition: fileProtected,
  },
  {
    what: 'write home address and record zero',
    program: [
      extent('c0'),
      locate('43', '02', '000000020000000200ff0000'),
      { code: 0x19, data: '0000000002' },
      { code: 0x15, data: '0000000200000008' },
    ],
  },
  {
    what: 'write special count, key and data',
    program: [{ code: 0x01, data: '0000000201000008' }],
    condition: invalidSequence,
  },
  {
    what: 'a write on a protected device',
    program: [seek(), searchId('0000000201'), block(0x05)],
    readOnly: true,
    condition: Condition.writeInhibitedLate,
  },
  {
    what: 'a count field of 7 bytes',
    program: [extent('00'), locate('03', '01'), { code: 0x1d, data: '00000002020000' }],
    condition: shortCount,
  },
  {
    what: 'an end-of-file record that is read',
    program: [
      extent('00'),
      locate('03', '01'),
      { code: 0x1d, data: '0000000202000000' },
      seek(),
      searchId('0000000202'),
      readData,
    ],
    status: END_OF_FILE,
  },
];

describe('eckd commands: writes', () => {
  decide(rows);
});
