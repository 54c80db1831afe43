import { Condition } from '../../../../../plugins/eckd/devices/index.js';
import { decide, extent, type Row } from './command-rows.js';

const { invalidSequence, shortCount, invalidParameter } = Condition;

const rows: readonly Row[] = [
  // define extent
  { what: 'define extent', program: [extent()] },
  {
    what: 'define extent of 15 bytes',
    program: [{ code: 0x63, data: '40c00000000000000000000004580e' }],
    condition: shortCount,
  },
  {
    what: 'define extent without ECKD mode',
    program: [{ code: 0x63, data: '40000000000000000000000004580000' }],
    condition: invalidParameter,
  },
  { what: 'define extent with the reserved mask bit', program: [extent('60')], condition: invalidParameter },
  {
    what: 'define extent reversed',
    program: [{ code: 0x63, data: '40c00000000000000005000000010000' }],
    condition: invalidParameter,
  },
  {
    what: 'define extent beyond the volume',
    program: [{ code: 0x63, data: '40c00000000000000000000004590000' }],
    condition: invalidParameter,
  },
  {
    what: 'define extent with a block size of 57335',
    program: [{ code: 0x63, data: '40c0dff7000000000000000000010000' }],
    condition: invalidParameter,
  },
  {
    what: 'define extent with head 15',
    program: [{ code: 0x63, data: '40c00000000000000000000f00010000' }],
    condition: invalidParameter,
  },
  {
    what: 'define extent after set file mask',
    program: [{ code: 0x1f, data: '00' }, extent()],
    condition: invalidSequence,
  },
  { what: 'define extent after read IPL', program: [{ code: 0x02 }, extent()], condition: invalidSequence },
  { what: 'a second define extent', program: [extent(), extent('80')], condition: invalidSequence },
  { what: 'a second define extent, the same', program: [extent(), extent()], condition: invalidSequence },
  { what: 'a second define extent, the same, on Hercules', program: [extent(), extent()], platform: 'hercules-3.13' },
  {
    what: 'define extent with extended parameters and 16 bytes',
    program: [{ code: 0x63, data: '40c00000000000020000000000010000' }],
    condition: shortCount,
  },
  { what: 'diagnostic authorization on a 2107', program: [extent('44')], unit: '2107', condition: invalidParameter },
  { what: 'diagnostic authorization on a 3990', program: [extent('44')] },
  // file mask
  {
    what: 'set file mask after define extent',
    program: [extent(), { code: 0x1f, data: '00' }],
    condition: invalidSequence,
  },
  {
    what: 'set file mask twice',
    program: [
      { code: 0x1f, data: '00' },
      { code: 0x1f, data: '00' },
    ],
    condition: invalidSequence,
  },
  { what: 'set file mask with the reserved bit', program: [{ code: 0x1f, data: '20' }], condition: invalidParameter },
  { what: 'set file mask without data', program: [{ code: 0x1f, data: '' }], condition: shortCount },
];

describe('eckd commands: define extent, file mask', () => {
  decide(rows);
});
