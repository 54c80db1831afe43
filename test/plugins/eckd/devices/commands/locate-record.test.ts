import { Condition } from '../../../../../plugins/eckd/devices/index.js';
import { decide, extent, locate, locateWrite, type Row } from './command-rows.js';

const { invalidSequence, shortCount, invalidParameter, fileProtected, noRecordFound } = Condition;

const rows: readonly Row[] = [
  // locate record
  { what: 'locate record without define extent', program: [locate('06', '01')], condition: invalidSequence },
  {
    what: 'locate record of 15 bytes',
    program: [extent(), { code: 0x47, data: '060000010000000200000002 01ff00' }],
    condition: shortCount,
  },
  {
    what: 'locate record outside the extent',
    program: [{ code: 0x63, data: '40c00000000000000000000000000001' }, locate('06', '01')],
    condition: fileProtected,
  },
  {
    what: 'locate record beyond the volume',
    program: [extent(), locate('06', '01', '045900000000000201ff0000')],
    condition: invalidParameter,
  },
  {
    what: 'locate record of a record that is not there',
    program: [extent(), locate('06', '01', '00000002000000020dff0000')],
    condition: noRecordFound,
  },
  {
    what: 'locate record with operation 06 and count 0',
    program: [extent(), locate('06', '00')],
    condition: invalidParameter,
  },
  {
    what: 'locate record with operation 00 and count 1',
    program: [extent(), locate('00', '01')],
    condition: invalidParameter,
  },
  { what: 'locate record with operation 00', program: [extent(), locate('00', '00')] },
  { what: 'locate record with operation 02', program: [extent(), locate('02', '01')], condition: invalidParameter },
  {
    what: 'locate record with index orientation and operation 06',
    program: [extent(), locate('c6', '01')],
    condition: invalidParameter,
  },
  {
    what: 'locate record with home address orientation and operation 01',
    program: [extent('80'), locate('41', '01')],
    condition: invalidParameter,
  },
  {
    what: 'locate record with data orientation and operation 0c',
    program: [extent(), locate('8c', '01')],
    condition: invalidParameter,
  },
  {
    what: 'locate record with sector 224',
    program: [extent(), locate('06', '01', '000000020000000201e00000')],
    condition: invalidParameter,
  },
  {
    what: 'locate record with a length factor that is not valid',
    program: [extent(), locate('06', '01', '000000020000000201ff1000')],
    condition: invalidParameter,
  },
  {
    what: 'locate record with a valid length factor of 0',
    program: [extent(), { code: 0x47, data: '06800001000000020000000201ff0000' }],
    condition: invalidParameter,
  },
  {
    what: 'locate record with a reserved auxiliary bit',
    program: [extent(), { code: 0x47, data: '06400001000000020000000201ff0000' }],
    condition: invalidParameter,
  },
  {
    what: 'locate record with byte 2',
    program: [extent(), { code: 0x47, data: '06000101000000020000000201ff0000' }],
    condition: invalidParameter,
  },
  {
    what: 'locate record with a read count suffix for reads of data',
    program: [extent(), { code: 0x47, data: '06010002000000020000000201ff0000' }],
    condition: invalidParameter,
  },
  {
    what: 'locate record with another home address',
    program: [extent(), locate('46', '01', '000000020000000300ff0000')],
    condition: noRecordFound,
  },
  {
    what: 'locate record in a domain',
    program: [extent(), locate('06', '02'), locate('06', '01')],
    condition: invalidSequence,
  },
  {
    what: 'locate record with operation 01 on a protected device',
    program: [extent('80'), locateWrite('01', '01')],
    readOnly: true,
    condition: Condition.writeInhibited,
  },
];

describe('eckd commands: locate record', () => {
  decide(rows);
});
