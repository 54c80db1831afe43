import assert from 'node:assert/strict';
import { toHex } from '../../../../src/plugins/index.js';
import {
  behaviours,
  Condition,
  controlUnits,
  EckdDevice,
  FreshVolume,
  OverlayVolume,
} from '../../../../plugins/eckd/devices/index.js';
import { commands } from '../../../../plugins/eckd/devices/commands/index.js';
import { ChannelStandIn, type Outcome, type TestCommand } from '../channel-stand-in.js';

const NORMAL = 0x0c;
const UNIT_CHECK = 0x0e;
const END_OF_FILE = 0x0d;

/** A 3390-1 with a CDL format in 4096-byte blocks. */
function channel(unit = '3990', platform = 'architecture', readOnly = false): ChannelStandIn {
  const volume = new OverlayVolume(new FreshVolume(1113, 'TEST01', 'linux'));
  return new ChannelStandIn(
    new EckdDevice({ volume, unit: controlUnits[unit]!, behaviour: behaviours[platform]!, readOnly }),
  );
}

/** Condition of an outcome: sense bytes 0, 1, 2 and 7. */
function conditionOf({ sense }: Outcome): number {
  return ((sense[0]! << 24) | (sense[1]! << 16) | (sense[2]! << 8) | sense[7]!) >>> 0;
}

const name = (condition: number) =>
  Object.entries(Condition).find(([, value]) => value === condition)?.[0] ?? condition.toString(16);

// Programs' pieces: define extent over the whole volume, by mask, and locate records.
const extent = (mask = '40'): TestCommand => ({ code: 0x63, data: `${mask}c00000000000000000000004 58000e`.replace(' ', '') });
const locate = (operation: string, count: string, rest = '000000020000000201ff0000'): TestCommand => ({
  code: 0x47,
  data: `${operation}00${count.length === 2 ? `00${count}` : count}${rest}`,
});
const seek = (address = '000000000002'): TestCommand => ({ code: 0x07, data: address });
const searchId = (id: string): TestCommand => ({ code: 0x31, data: id, loop: 0 });
const readData: TestCommand = { code: 0x06 };
const nop: TestCommand = { code: 0x03, count: 1 };
const block = (code: number): TestCommand => ({ code, data: new Uint8Array(4096).fill(0x5a) });
const tlf = '000000020000000201ff1000';
const locateWrite = (operation: string, count: string): TestCommand => ({
  code: 0x47,
  data: `${operation}8000${count}${tlf}`,
});

interface Row {
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

const { invalidCommand, invalidSequence, shortCount, invalidParameter, maskViolation } = Condition;
const { fileProtected, noRecordFound, endOfCylinder, invalidTrackFormat } = Condition;

const rows: readonly Row[] = [
  // define extent
  { what: 'define extent', program: [extent()] },
  { what: 'define extent of 15 bytes', program: [{ code: 0x63, data: '40c00000000000000000000004580e' }], condition: shortCount },
  { what: 'define extent without ECKD mode', program: [{ code: 0x63, data: '40000000000000000000000004580000' }], condition: invalidParameter },
  { what: 'define extent with the reserved mask bit', program: [extent('60')], condition: invalidParameter },
  { what: 'define extent reversed', program: [{ code: 0x63, data: '40c00000000000000005000000010000' }], condition: invalidParameter },
  { what: 'define extent beyond the volume', program: [{ code: 0x63, data: '40c00000000000000000000004590000' }], condition: invalidParameter },
  { what: 'define extent with a block size of 57335', program: [{ code: 0x63, data: '40c0dff7000000000000000000010000' }], condition: invalidParameter },
  { what: 'define extent with head 15', program: [{ code: 0x63, data: '40c00000000000000000000f00010000' }], condition: invalidParameter },
  { what: 'define extent after set file mask', program: [{ code: 0x1f, data: '00' }, extent()], condition: invalidSequence },
  { what: 'define extent after read IPL', program: [{ code: 0x02 }, extent()], condition: invalidSequence },
  { what: 'a second define extent', program: [extent(), extent('80')], condition: invalidSequence },
  { what: 'a second define extent, the same', program: [extent(), extent()], condition: invalidSequence },
  { what: 'a second define extent, the same, on Hercules', program: [extent(), extent()], platform: 'hercules-3.13' },
  { what: 'define extent with extended parameters and 16 bytes', program: [{ code: 0x63, data: '40c00000000000020000000000010000' }], condition: shortCount },
  { what: 'diagnostic authorization on a 2107', program: [extent('44')], unit: '2107', condition: invalidParameter },
  { what: 'diagnostic authorization on a 3990', program: [extent('44')] },
  // file mask
  { what: 'set file mask after define extent', program: [extent(), { code: 0x1f, data: '00' }], condition: invalidSequence },
  { what: 'set file mask twice', program: [{ code: 0x1f, data: '00' }, { code: 0x1f, data: '00' }], condition: invalidSequence },
  { what: 'set file mask with the reserved bit', program: [{ code: 0x1f, data: '20' }], condition: invalidParameter },
  { what: 'set file mask without data', program: [{ code: 0x1f, data: '' }], condition: shortCount },
  // locate record
  { what: 'locate record without define extent', program: [locate('06', '01')], condition: invalidSequence },
  { what: 'locate record of 15 bytes', program: [extent(), { code: 0x47, data: '060000010000000200000002 01ff00' }], condition: shortCount },
  { what: 'locate record outside the extent', program: [{ code: 0x63, data: '40c00000000000000000000000000001' }, locate('06', '01')], condition: fileProtected },
  { what: 'locate record beyond the volume', program: [extent(), locate('06', '01', '045900000000000201ff0000')], condition: invalidParameter },
  { what: 'locate record of a record that is not there', program: [extent(), locate('06', '01', '00000002000000020dff0000')], condition: noRecordFound },
  { what: 'locate record with operation 06 and count 0', program: [extent(), locate('06', '00')], condition: invalidParameter },
  { what: 'locate record with operation 00 and count 1', program: [extent(), locate('00', '01')], condition: invalidParameter },
  { what: 'locate record with operation 00', program: [extent(), locate('00', '00')] },
  { what: 'locate record with operation 02', program: [extent(), locate('02', '01')], condition: invalidParameter },
  { what: 'locate record with index orientation and operation 06', program: [extent(), locate('c6', '01')], condition: invalidParameter },
  { what: 'locate record with home address orientation and operation 01', program: [extent('80'), locate('41', '01')], condition: invalidParameter },
  { what: 'locate record with data orientation and operation 0c', program: [extent(), locate('8c', '01')], condition: invalidParameter },
  { what: 'locate record with sector 224', program: [extent(), locate('06', '01', '000000020000000201e00000')], condition: invalidParameter },
  { what: 'locate record with a length factor that is not valid', program: [extent(), locate('06', '01', '000000020000000201ff1000')], condition: invalidParameter },
  { what: 'locate record with a valid length factor of 0', program: [extent(), { code: 0x47, data: '06800001000000020000000201ff0000' }], condition: invalidParameter },
  { what: 'locate record with a reserved auxiliary bit', program: [extent(), { code: 0x47, data: '06400001000000020000000201ff0000' }], condition: invalidParameter },
  { what: 'locate record with byte 2', program: [extent(), { code: 0x47, data: '06000101000000020000000201ff0000' }], condition: invalidParameter },
  { what: 'locate record with a read count suffix for reads of data', program: [extent(), { code: 0x47, data: '06010002000000020000000201ff0000' }], condition: invalidParameter },
  { what: 'locate record with another home address', program: [extent(), locate('46', '01', '000000020000000300ff0000')], condition: noRecordFound },
  { what: 'locate record in a domain', program: [extent(), locate('06', '02'), locate('06', '01')], condition: invalidSequence },
  { what: 'locate record with operation 01 on a protected device', program: [extent('80'), locateWrite('01', '01')], readOnly: true, condition: Condition.writeInhibited },
  // domains
  { what: 'two reads in a domain of two', program: [extent(), locate('06', '02'), { code: 0x86 }, { code: 0x86 }] },
  { what: 'a third read in a domain of two goes on outside it', program: [extent(), locate('06', '02'), { code: 0x86 }, { code: 0x86 }, { code: 0x86 }] },
  { what: 'a program that ends in its domain', program: [extent(), locate('06', '02'), { code: 0x86 }], condition: Condition.incompleteDomain },
  { what: 'a locate record that ends its program', program: [extent(), locate('06', '01')], condition: Condition.incompleteDomain },
  { what: 'a locate record that ends its program on Hercules', program: [extent(), locate('06', '01')], platform: 'hercules-3.13' },
  { what: 'seek in a domain', program: [extent(), locate('06', '01'), seek()], condition: invalidSequence },
  { what: 'no-operation in a domain', program: [extent(), locate('06', '01'), nop], condition: invalidSequence },
  { what: 'sense in a domain', program: [extent(), locate('06', '01'), { code: 0x04 }], condition: invalidSequence },
  { what: 'sense ID in a domain', program: [extent(), locate('06', '01'), { code: 0xe4 }], condition: invalidSequence },
  { what: 'read device characteristics in a domain', program: [extent(), locate('06', '01'), { code: 0x64 }], condition: invalidSequence },
  { what: 'read configuration data in a domain', program: [extent(), locate('06', '01'), { code: 0xfa }], condition: invalidSequence },
  { what: 'search in a domain', program: [extent(), locate('06', '01'), { code: 0x31, data: '0000000201' }], condition: invalidSequence },
  { what: 'read data without multitrack in a read domain', program: [extent(), locate('16', '01'), readData], condition: invalidSequence },
  { what: 'read record zero in a read domain with count orientation', program: [extent(), locate('16', '01'), { code: 0x16 }], condition: invalidSequence },
  { what: 'read record zero in a read domain from the index point', program: [extent(), locate('d6', '01'), { code: 0x16 }] },
  { what: 'read home address in a read domain with home address orientation', program: [extent(), locate('56', '01', '000000020000000200ff0000'), { code: 0x1a }], condition: invalidSequence },
  { what: 'read track without its domain', program: [extent(), locate('06', '01'), { code: 0xde }], condition: invalidSequence },
  { what: 'read track', program: [extent(), locate('0c', '01'), { code: 0xde }] },
  { what: 'read track chained from a read', program: [extent(), locate('0c', '02'), { code: 0x86 }], condition: invalidSequence },
  { what: 'reads in a domain beyond the extent', program: [{ code: 0x63, data: '40c00000000000000000000200000002' }, locate('06', '02', '00000002000000020cff0000'), { code: 0x86 }, { code: 0x86 }], condition: fileProtected },
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
  { what: 'seek outside the extent', program: [{ code: 0x63, data: '40c00000000000000000000000000001' }, seek()], condition: fileProtected },
  { what: 'seek under a mask for cylinders', program: [{ code: 0x1f, data: '08' }, seek()], condition: fileProtected },
  { what: 'seek cylinder under a mask for cylinders', program: [{ code: 0x1f, data: '08' }, { code: 0x0b, data: '000000000002' }] },
  { what: 'seek cylinder under a mask for heads', program: [{ code: 0x1f, data: '10' }, { code: 0x0b, data: '000000000002' }], condition: fileProtected },
  { what: 'a search that never matches', program: [seek(), { code: 0x31, data: '00000002ff', loop: 0 }, readData], condition: noRecordFound, at: 1 },
  { what: 'a multitrack search to the end of the cylinder', program: [seek(), { code: 0xb1, data: 'ffffffffff', loop: 0 }, readData], condition: endOfCylinder, at: 1 },
  { what: 'a multitrack search under a mask that inhibits it', program: [{ code: 0x1f, data: '10' }, { code: 0x0b, data: '000000000002' }], condition: fileProtected },
  { what: 'recalibrate', program: [{ code: 0x13, count: 1 }], condition: invalidCommand },
  { what: 'restore', program: [{ code: 0x17, count: 1 }], condition: invalidCommand },
  { what: 'an unassigned command', program: [{ code: 0xc3, count: 1 }], condition: invalidCommand },
  { what: 'read special home address', program: [seek(), { code: 0x0a }], condition: maskViolation },
  { what: 'read special home address with diagnostic authorization', program: [{ code: 0x1f, data: '04' }, seek(), { code: 0x0a }] },
  // read IPL
  { what: 'read IPL, one more record', program: [{ code: 0x02 }, readData] },
  { what: 'read IPL alone', program: [{ code: 0x02 }] },
  { what: 'read IPL and no-operation', program: [{ code: 0x02 }, nop, readData] },
  { what: 'read IPL after define extent', program: [extent(), { code: 0x02 }], condition: invalidSequence },
  { what: 'seek directly after read IPL', program: [{ code: 0x02 }, seek()], condition: invalidSequence },
  // writes
  { what: 'write update data outside a domain', program: [{ code: 0x1f, data: 'c0' }, seek(), searchId('0000000201'), block(0x85)], condition: invalidSequence, at: 3 },
  { what: 'write data after a search', program: [{ code: 0x1f, data: 'c0' }, seek(), searchId('0000000201'), block(0x05)] },
  { what: 'write data without a search', program: [{ code: 0x1f, data: 'c0' }, seek(), block(0x05)], condition: invalidSequence },
  { what: 'write data after a short search', program: [{ code: 0x1f, data: 'c0' }, seek(), { code: 0x31, data: '00000002', loop: 0 }, block(0x05)], condition: invalidSequence },
  { what: 'write data under mask 40', program: [{ code: 0x1f, data: '40' }, seek(), searchId('0000000201'), block(0x05)], condition: invalidSequence },
  { what: 'write update data under mask 40', program: [extent('40'), locateWrite('01', '01'), block(0x85)], condition: invalidSequence },
  { what: 'write count, key and data under mask 80', program: [{ code: 0x1f, data: '80' }, seek(), searchId('0000000201'), { code: 0x1d, data: '0000000201000008' }], condition: invalidSequence },
  { what: 'write data in a domain of two', program: [extent('80'), locateWrite('01', '02'), block(0x05)], condition: invalidSequence },
  { what: 'write data as the last of its domain', program: [extent('80'), locateWrite('01', '02'), block(0x85), block(0x05)] },
  { what: 'write update data of another length than the factor', program: [extent('80'), { code: 0x47, data: '01800001000000020000000201ff0800' }, block(0x85)], condition: invalidTrackFormat },
  { what: 'write update data in CKD conversion mode', program: [{ code: 0x63, data: '80e00000000000000000000004580000' }, { code: 0x47, data: '01800001000000020000000201ff0800' }, block(0x85)] },
  { what: 'a read count suffix', program: [extent('80'), { code: 0x47, data: '01810002000000020000000201ff1000' }, block(0x85), { code: 0x92 }] },
  { what: 'a read count without a suffix in a write domain', program: [extent('80'), locateWrite('01', '02'), block(0x85), { code: 0x92 }], condition: invalidSequence },
  { what: 'write next track outside its domain', program: [{ code: 0x9d, data: '0000000301000008' }], condition: invalidSequence },
  { what: 'write next track not chained from a write', program: [extent('00'), locate('03', '01'), { code: 0x9d, data: '0000000301000008' }], condition: invalidSequence },
  { what: 'write record zero with count orientation', program: [extent('c0'), locate('03', '01'), { code: 0x15, data: '0000000200000008' }], condition: invalidSequence },
  { what: 'write record zero without full mask', program: [extent('00'), locate('43', '01', '000000020000000200ff0000'), { code: 0x15, data: '0000000200000008' }], condition: invalidSequence },
  { what: 'write record zero with home address orientation', program: [extent('c0'), locate('43', '01', '000000020000000200ff0000'), { code: 0x15, data: '0000000200000008' }] },
  { what: 'write record zero after a search for the home address', program: [{ code: 0x1f, data: 'c0' }, seek(), { code: 0x39, data: '00000002', loop: 0 }, { code: 0x15, data: '0000000200000008' }] },
  { what: 'write home address without full mask', program: [extent('00'), locate('43', '01', '000000020000000200ff0000'), { code: 0x19, data: '0000000002' }], condition: fileProtected },
  { what: 'write home address and record zero', program: [extent('c0'), locate('43', '02', '000000020000000200ff0000'), { code: 0x19, data: '0000000002' }, { code: 0x15, data: '0000000200000008' }] },
  { what: 'write special count, key and data', program: [{ code: 0x01, data: '0000000201000008' }], condition: invalidSequence },
  { what: 'a write on a protected device', program: [seek(), searchId('0000000201'), block(0x05)], readOnly: true, condition: Condition.writeInhibitedLate },
  { what: 'a count field of 7 bytes', program: [extent('00'), locate('03', '01'), { code: 0x1d, data: '00000002020000' }], condition: shortCount },
  { what: 'an end-of-file record that is read', program: [extent('00'), locate('03', '01'), { code: 0x1d, data: '0000000202000000' }, seek(), searchId('0000000202'), readData], status: END_OF_FILE },
  // control unit
  { what: 'locate record extended on a 3990-2', program: [extent(), { code: 0x4b, data: '0600000100000002000000020 1ff00000000 0000'.replace(/ /g, '') }], condition: invalidCommand },
  { what: 'locate record extended on a 3990-6', program: [extent(), { code: 0x4b, data: '0600000100000002000000020 1ff00000000 0000'.replace(/ /g, '') }, { code: 0x86 }], unit: '3990-6' },
  { what: 'locate record extended of 19 bytes', program: [extent(), { code: 0x4b, data: '06000001000000020000000201ff0000000000' }], unit: '2107', condition: shortCount },
  { what: 'locate record extended with operation 11', program: [extent('c0'), { code: 0x4b, data: '3f000001000000020000000201ff000000110002 8000'.replace(' ', '') }], unit: '2107', condition: invalidParameter },
  { what: 'locate record extended with operation 23', program: [extent('80'), { code: 0x4b, data: '3f000001000000020000000201ff000000230002 8000'.replace(' ', '') }], unit: '2107', condition: invalidParameter },
  { what: 'locate record extended to read any', program: [extent(), { code: 0x4b, data: '3f000001000000020000000201ff0000000a000101' }, { code: 0x86 }], unit: '2107' },
  { what: 'locate record extended to read any, set size 2', program: [extent(), { code: 0x4b, data: '3f000001000000020000000201ff0000000a000102' }], unit: '2107', condition: invalidParameter },
  { what: 'locate record extended to read a track set', program: [extent(), { code: 0x4b, data: '3f000002000000020000000200ff0000000e0001a0' }, { code: 0xde }, { code: 0xde }], unit: '2107', condition: noRecordFound, at: 1 },
  { what: 'a track set whose tracks are not the count', program: [extent(), { code: 0x4b, data: '7f000001000000020000000200ff0000000e0001a0' }], unit: '2107', condition: invalidParameter },
  { what: 'prefix on a 3990', program: [{ code: 0xe7, data: new Uint8Array(64) }], condition: invalidCommand },
  { what: 'prefix of 63 bytes', program: [{ code: 0xe7, data: new Uint8Array(63) }], unit: '2107', condition: shortCount },
  { what: 'prefix of format 3', program: [{ code: 0xe7, data: Uint8Array.of(3, ...new Uint8Array(63)) }], unit: '2107', condition: invalidParameter },
  { what: 'prefix without an extent', program: [{ code: 0xe7, data: Uint8Array.of(1, ...new Uint8Array(63)) }], unit: '2107', condition: invalidSequence },
  { what: 'release after define extent', program: [extent(), { code: 0x94 }], condition: invalidSequence },
  { what: 'release after set file mask', program: [{ code: 0x1f, data: '00' }, { code: 0x94 }], condition: invalidSequence },
  { what: 'reserve after no-operation', program: [nop, { code: 0xb4 }], condition: invalidSequence },
  { what: 'unconditional reserve after no-operation', program: [nop, { code: 0x14 }], condition: invalidSequence },
  { what: 'reset allegiance after no-operation', program: [nop, { code: 0x44 }], condition: invalidSequence },
  { what: 'suspend multipath reconnection, reserve', program: [{ code: 0x5b, count: 0 }, { code: 0xb4 }] },
  { what: 'sense path group ID after no-operation', program: [nop, { code: 0x34 }], condition: invalidSequence },
  { what: 'a command after sense path group ID', program: [{ code: 0x34 }, nop], condition: invalidSequence },
  { what: 'set path group ID of 11 bytes', program: [{ code: 0xaf, data: new Uint8Array(11) }], condition: shortCount },
  { what: 'set path group ID of zeros', program: [{ code: 0xaf, data: new Uint8Array(12) }], condition: invalidParameter },
  { what: 'set path group ID with function 60', program: [{ code: 0xaf, data: Uint8Array.of(0x60, ...new Uint8Array(11).fill(1)) }], condition: invalidParameter },
  { what: 'set path group ID with a reserved bit', program: [{ code: 0xaf, data: Uint8Array.of(0x81, ...new Uint8Array(11).fill(1)) }], condition: invalidParameter },
  { what: 'sense subsystem status after a seek', program: [seek(), { code: 0x54 }], condition: invalidSequence },
  { what: 'sense subsystem status after read device characteristics', program: [{ code: 0x64 }, { code: 0x54 }] },
  { what: 'set subsystem mode without a cache', program: [{ code: 0x87, data: '2000' }], condition: invalidSequence },
  { what: 'set subsystem mode', program: [{ code: 0x87, data: '2000' }], unit: '2107' },
  { what: 'set subsystem mode with two operations', program: [{ code: 0x87, data: '2400' }], unit: '2107', condition: invalidParameter },
  { what: 'read message ID after set subsystem mode with a message', program: [{ code: 0x87, data: '2100' }, { code: 0x4e }], unit: '2107' },
  { what: 'read message ID after a seek', program: [seek(), { code: 0x4e }], unit: '2107', condition: invalidSequence },
  { what: 'diagnostic control with normal authorization', program: [{ code: 0xf3, data: '12000000' }], condition: maskViolation },
  { what: 'diagnostic control', program: [{ code: 0x1f, data: '02' }, { code: 0xf3, data: '12000000' }] },
  { what: 'diagnostic control with another subcommand', program: [{ code: 0xf3, data: '02200000' }], condition: invalidParameter },
  { what: 'reset summary unit check on a 3990', program: [{ code: 0xf9, data: new Uint8Array(16) }], condition: invalidCommand },
  { what: 'reset summary unit check on a 2107', program: [{ code: 0xf9, data: new Uint8Array(16) }], unit: '2107' },
  // subsystem functions
  { what: 'feature codes', program: [{ code: 0x27, data: '180000000000410000000000' }, { code: 0x3e }] },
  { what: 'an order of 11 bytes', program: [{ code: 0x27, data: '1800000000004100000000' }], condition: shortCount },
  { what: 'an unknown order', program: [{ code: 0x27, data: '77000000' }], condition: invalidParameter },
  { what: 'a prepare order with a flag', program: [{ code: 0x27, data: '180100000000410000000000' }], condition: invalidParameter },
  { what: 'a prepare order for another device', program: [{ code: 0x27, data: '180000000121410000000000' }], condition: invalidParameter },
  { what: 'a prepare order for this device', program: [{ code: 0x27, data: '180000000120410000000000' }, { code: 0x3e }] },
  { what: 'a volume storage query', program: [{ code: 0x27, data: '180000000120520000000000' }], condition: invalidParameter },
  { what: 'read subsystem data without an order', program: [{ code: 0x3e }], condition: invalidSequence },
  { what: 'another command than read subsystem data', program: [{ code: 0x27, data: '180000000000410000000000' }, nop], condition: invalidSequence },
  { what: 'a command after read subsystem data', program: [{ code: 0x27, data: '180000000000410000000000' }, { code: 0x3e }, nop], condition: invalidSequence },
  { what: 'set subsystem characteristics', program: [{ code: 0x27, data: Uint8Array.of(0x1d, ...new Uint8Array(65)) }] },
  { what: 'set subsystem characteristics with a flag', program: [{ code: 0x27, data: Uint8Array.of(0x1d, 1, ...new Uint8Array(64)) }], condition: invalidParameter },
  { what: 'set interface identifier', program: [{ code: 0x27, data: 'b0000000' }, { code: 0x3e }] },
  { what: 'the special intercept condition with a command after it', program: [{ code: 0x27, data: '1b00' }, nop], condition: invalidSequence, at: 0 },
  // data chaining
  { what: 'a write with data chaining', program: [{ ...extent(), dataChaining: true }] },
  { what: 'a write with data chaining on Hercules', program: [{ ...extent(), dataChaining: true }], platform: 'hercules-3.13', condition: invalidCommand },
  { what: 'a read with data chaining on Hercules', program: [seek(), { code: 0x86, dataChaining: true }], platform: 'hercules-3.13' },
];

describe('eckd commands', () => {
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

  it('has one entry for a command code', () => {
    assert.equal(new Set(commands.map(({ code }) => code)).size, commands.length);
  });

  it('says command reject and incomplete domain as Hercules does', () => {
    const outcome = channel('3990', 'hercules-3.13').run(extent(), locate('06', '02'), { code: 0x86 });
    assert.equal(toHex(outcome.sense.subarray(0, 8)), '8100000000000200');
  });

  it('refuses the order after the special intercept condition once', () => {
    const stand = channel();
    assert.equal(stand.run({ code: 0x27, data: '1b00' }).status, NORMAL);
    assert.equal(conditionOf(stand.run({ code: 0xf3, data: '12000000' })), Condition.statusNotAsRequired);
    assert.equal(conditionOf(stand.run({ code: 0xf3, data: '12000000' })), Condition.maskViolation);
  });

  it('rejects without taking data what is out of place, and after taking it what is wrong', () => {
    const early = channel().run(locate('06', '01'));
    assert.deepEqual([early.initial, early.residual], [true, 16]);
    const late = channel().run(extent('60'));
    assert.deepEqual([late.initial, late.residual], [false, 0]);
  });

  it('names the track under the heads in the sense data', () => {
    const outcome = channel().run(seek('000001230004'), seek('00000000000f'));
    assert.equal(toHex(outcome.sense), '8000000000231404000000000000000000000000000000000000008000012304');
  });

  it('answers sense without anything to say with the track under the heads', () => {
    const stand = channel();
    stand.run(seek('000000320000'));
    const { received } = stand.run({ code: 0x04, count: 32 });
    assert.equal(toHex(received[0]!), '0000000000320000000000000000000000000000000000000000008000003200');
  });

  it('keeps sense data until they are fetched, over a no-operation', () => {
    const stand = channel();
    stand.concurrentSense = false;
    stand.run(seek('00000000000f'));
    stand.run(nop);
    assert.equal(stand.run({ code: 0x04, count: 8 }).received[0]![7], 4);
    assert.equal(stand.run({ code: 0x04, count: 8 }).received[0]![7], 0);
  });

  it('discards sense data when another command is accepted', () => {
    const stand = channel();
    stand.concurrentSense = false;
    stand.run(seek('00000000000f'));
    stand.run({ code: 0xe4 });
    assert.equal(stand.run({ code: 0x04, count: 8 }).received[0]![0], 0);
  });
});
