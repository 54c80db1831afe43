import { Condition } from '../../../../../plugins/eckd/devices/index.js';
import { decide, extent, locate, seek, readData, nop, type Row } from './command-rows.js';

const { invalidSequence, fileProtected } = Condition;

const rows: readonly Row[] = [
  // domains
  { what: 'two reads in a domain of two', program: [extent(), locate('06', '02'), { code: 0x86 }, { code: 0x86 }] },
  {
    what: 'a third read in a domain of two goes on outside it',
    program: [extent(), locate('06', '02'), { code: 0x86 }, { code: 0x86 }, { code: 0x86 }],
  },
  {
    what: 'a program that ends in its domain',
    program: [extent(), locate('06', '02'), { code: 0x86 }],
    condition: Condition.incompleteDomain,
  },
  {
    what: 'a locate record that ends its program',
    program: [extent(), locate('06', '01')],
    condition: Condition.incompleteDomain,
  },
  {
    what: 'a locate record that ends its program on Hercules',
    program: [extent(), locate('06', '01')],
    platform: 'hercules-3.13',
  },
  { what: 'seek in a domain', program: [extent(), locate('06', '01'), seek()], condition: invalidSequence },
  { what: 'no-operation in a domain', program: [extent(), locate('06', '01'), nop], condition: invalidSequence },
  { what: 'sense in a domain', program: [extent(), locate('06', '01'), { code: 0x04 }], condition: invalidSequence },
  { what: 'sense ID in a domain', program: [extent(), locate('06', '01'), { code: 0xe4 }], condition: invalidSequence },
  {
    what: 'read device characteristics in a domain',
    program: [extent(), locate('06', '01'), { code: 0x64 }],
    condition: invalidSequence,
  },
  {
    what: 'read configuration data in a domain',
    program: [extent(), locate('06', '01'), { code: 0xfa }],
    condition: invalidSequence,
  },
  {
    what: 'search in a domain',
    program: [extent(), locate('06', '01'), { code: 0x31, data: '0000000201' }],
    condition: invalidSequence,
  },
  {
    what: 'read data without multitrack in a read domain',
    program: [extent(), locate('16', '01'), readData],
    condition: invalidSequence,
  },
  {
    what: 'read record zero in a read domain with count orientation',
    program: [extent(), locate('16', '01'), { code: 0x16 }],
    condition: invalidSequence,
  },
  {
    what: 'read record zero in a read domain from the index point',
    program: [extent(), locate('d6', '01'), { code: 0x16 }],
  },
  {
    what: 'read home address in a read domain with home address orientation',
    program: [extent(), locate('56', '01', '000000020000000200ff0000'), { code: 0x1a }],
    condition: invalidSequence,
  },
  {
    what: 'read track without its domain',
    program: [extent(), locate('06', '01'), { code: 0xde }],
    condition: invalidSequence,
  },
  { what: 'read track', program: [extent(), locate('0c', '01'), { code: 0xde }] },
  {
    what: 'read track chained from a read',
    program: [extent(), locate('0c', '02'), { code: 0x86 }],
    condition: invalidSequence,
  },
  {
    what: 'reads in a domain beyond the extent',
    program: [
      { code: 0x63, data: '40c00000000000000000000200000002' },
      locate('06', '02', '00000002000000020cff0000'),
      { code: 0x86 },
      { code: 0x86 },
    ],
    condition: fileProtected,
  },
];

describe('eckd commands: domains', () => {
  decide(rows);
});
