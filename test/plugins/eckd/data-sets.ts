/** Two data sets of card images as MVS would have them on a volume, the programs that write them, and one that reads any. */

import assert from 'node:assert/strict';
import { commandOf, DeviceStatus, Sense1, toEbcdic } from '../../../src/plugins/index.js';
import { format1, format4, format5, getAddress, HEADS } from '../../../plugins/eckd/devices/index.js';
import {
  defineExtent,
  FileMask,
  give,
  LocateOperation,
  locateRecord,
  type NewRecord,
  recordId,
  seekAddress,
  type Step,
  writeLabelTrack,
  writeRecords,
} from '../../../plugins/eckd/programs/index.js';
import type { ChannelStandIn } from './channel-stand-in.js';

export const VOLSER = 'EXC001';
export const SEQUENTIAL = 'EXCHANGE.SEQ';
export const PARTITIONED = 'EXCHANGE.PDS';

const CARD = 80;
const BLOCK = 800;
const NAME = 44;
const MEMBER_NAME = 8;
const DIRECTORY_BLOCK = 256;
const NO_DATA = new Uint8Array(0);

const cards = (name: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${name} card ${n + 1}, for (A+B)*2=100% & more.`);

/** Cards of the sequential data set: three blocks, the last of them short. */
export const sequentialCards = cards('Sequential', 23);

/** Cards of the members: two blocks, and one. */
export const memberCards: Readonly<Record<string, readonly string[]>> = {
  ALPHA: cards('Alpha', 13),
  BETA: cards('Beta', 2),
};

/** Card images in EBCDIC, one behind the other. */
export function punched(texts: readonly string[]): Buffer {
  return Buffer.concat(texts.map((text) => toEbcdic(text.padEnd(CARD))));
}

/** A record of a data set, with the number of its track, counted from the first track of the data set. */
export interface PlacedRecord extends NewRecord {
  readonly relativeTrack: number;
}

/** The blocks of `texts` and the end-of-file record behind them, from record `record` on. */
function blocksOf(texts: readonly string[], relativeTrack: number, record: number): PlacedRecord[] {
  const bytes = punched(texts);
  const records: PlacedRecord[] = [];
  for (let at = 0; at < bytes.length; at += BLOCK) {
    records.push({ relativeTrack, record: record++, data: bytes.subarray(at, at + BLOCK) });
  }
  return [...records, { relativeTrack, record, data: NO_DATA }];
}

/** A directory of two blocks, the second without entries, and the end-of-file record behind it. */
function directory(entries: readonly (readonly [name: string, ...ttr: [number, number, number]])[]): PlacedRecord[] {
  const last = new Uint8Array(MEMBER_NAME).fill(0xff);
  const block = new Uint8Array(DIRECTORY_BLOCK);
  let used = 2;
  for (const [name, ...ttr] of entries) {
    block.set(toEbcdic(name.padEnd(MEMBER_NAME)), used);
    block.set(ttr, used + MEMBER_NAME);
    used += MEMBER_NAME + 4;
  }
  block.set(last, used);
  used += MEMBER_NAME + 4;
  block[0] = used >>> 8;
  block[1] = used;
  return [
    { relativeTrack: 0, record: 1, key: last, data: block },
    { relativeTrack: 0, record: 2, key: new Uint8Array(MEMBER_NAME), data: new Uint8Array(DIRECTORY_BLOCK) },
    { relativeTrack: 0, record: 3, data: NO_DATA },
  ];
}

/** The sequential data set: one track. */
export const sequentialRecords = blocksOf(sequentialCards, 0, 1);

/** The partitioned data set: the directory and ALPHA on its first track, BETA on the second. */
export const partitionedRecords: readonly PlacedRecord[] = [
  ...directory([
    ['ALPHA', 0, 0, 4],
    ['BETA', 0, 1, 1],
  ]),
  ...blocksOf(memberCards['ALPHA'] ?? [], 0, 4),
  ...blocksOf(memberCards['BETA'] ?? [], 1, 1),
];

/** A format-1 DSCB of card images in blocks of 800; `organization` is 0x40 for sequential, 0x02 for partitioned. */
function cardDscb(name: string, organization: number, first: number, last: number): Uint8Array {
  const bytes = format1({ name, volumeSerial: VOLSER, first, last, blockSize: BLOCK });
  const FIXED_BLOCKED = 0x90;
  bytes.set([organization, 0, FIXED_BLOCKED], 82);
  new DataView(bytes.buffer).setUint16(88, CARD);
  return bytes;
}

function writeVtoc(tracks: number): readonly Step[] {
  const dscbs = [
    format4(tracks),
    format5(tracks, 5),
    cardDscb(SEQUENTIAL, 0x40, 2, 2),
    cardDscb(PARTITIONED, 0x02, 3, 4),
  ];
  return writeRecords(
    1,
    dscbs.map((bytes, n) => ({ record: n + 1, key: bytes.slice(0, NAME), data: bytes.slice(NAME) })),
  );
}

/**
 * The programs that write label, VTOC and both data sets on a volume of `tracks` tracks. The block of member BETA is written
 * with other data first, and updated by the last program.
 */
export function writeDataSets(tracks: number): readonly (readonly Step[])[] {
  const beta = partitionedRecords.filter(({ relativeTrack }) => relativeTrack === 1);
  const [block] = beta;
  assert.ok(block);
  const update = {
    operation: LocateOperation.writeData,
    count: 1,
    track: 4,
    record: block.record,
    lengthFactor: block.data.length,
  };
  return [
    writeLabelTrack(VOLSER),
    writeVtoc(tracks),
    writeRecords(2, sequentialRecords),
    writeRecords(
      3,
      partitionedRecords.filter(({ relativeTrack }) => relativeTrack === 0),
    ),
    writeRecords(
      4,
      beta.map((record) => ({ ...record, data: new Uint8Array(record.data.length).fill(0x5c) })),
    ),
    [
      give('define-extent', defineExtent({ mask: FileMask.update, first: 4, last: 4 })),
      give('locate-record', locateRecord(update)),
      give('write-data', block.data),
    ],
  ];
}

/** Runs programs on a device; each must end normally. */
export function perform(stand: ChannelStandIn, programs: readonly (readonly Step[])[]): void {
  for (const steps of programs) {
    const { status, at } = stand.run(
      ...steps.map(({ command, data }) => {
        const code = typeof command === 'number' ? command : commandOf(command);
        assert.ok(code !== undefined && data !== undefined);
        return { code, data };
      }),
    );
    assert.equal(status, 0x0c, `command ${at} of ${steps.length}`);
  }
}

const END_OF_FILE = DeviceStatus.channelEnd | DeviceStatus.deviceEnd | DeviceStatus.unitException;

/** Reads data sets as an access method does: by search key in the VTOC, then by search ID. */
export class DataSetReader {
  constructor(private readonly stand: ChannelStandIn) {}

  /** Data of a record; undefined if the track has no such record, and 'end of file' for the record that says so. */
  record(track: number, record: number): Uint8Array | 'end of file' | undefined {
    const { status, sense, received } = this.stand.run(
      { code: 0x07, data: seekAddress(track) },
      { code: 0x31, data: recordId(track, record), loop: 0 },
      { code: 0x06 },
    );
    if (status === END_OF_FILE) return 'end of file';
    if (sense[1] === Sense1.noRecordFound) return undefined;
    assert.equal(status, 0x0c, `record ${record} of track ${track}`);
    return received.at(-1);
  }

  /** First and last track of a data set, from its format-1 DSCB. */
  extent(name: string): readonly [first: number, last: number] {
    const label = this.record(0, 3);
    assert.ok(label instanceof Uint8Array, 'there is no label');
    const { status, received } = this.stand.run(
      { code: 0x07, data: seekAddress(getAddress(label, 11)) },
      { code: 0xa9, data: toEbcdic(name.padEnd(NAME)), loop: 0 },
      { code: 0x06 },
    );
    assert.equal(status, 0x0c, `${name} is not in the VTOC`);
    const dscb = received.at(-1) ?? NO_DATA;
    return [getAddress(dscb, 107 - NAME), getAddress(dscb, 111 - NAME)];
  }

  /** Blocks from a record up to the end of file. */
  blocks(track: number, record: number): Uint8Array[] {
    const blocks: Uint8Array[] = [];
    for (let at = record; ; at++) {
      const block = this.record(track, at);
      if (block === 'end of file') return blocks;
      if (block !== undefined) blocks.push(block);
      else {
        assert.notEqual(at, 1, `track ${track} has no records`);
        track++;
        at = 0;
      }
    }
  }

  /** The bytes of a sequential data set. */
  sequential(name: string): Buffer {
    return Buffer.concat(this.blocks(this.extent(name)[0], 1));
  }

  /** The bytes of each member of a partitioned data set, by its name in EBCDIC as hex digits. */
  members(name: string): ReadonlyMap<string, Buffer> {
    const [first, last] = this.extent(name);
    const members = new Map<string, Buffer>();
    for (const block of this.blocks(first, 1)) {
      const used = ((block[0] ?? 0) << 8) | (block[1] ?? 0);
      for (let at = 2; at < used && block[at] !== 0xff; at += 12 + 2 * ((block[at + 11] ?? 0) & 0x1f)) {
        const track = first + (((block[at + 8] ?? 0) << 8) | (block[at + 9] ?? 0));
        assert.ok(track <= last, 'the member is not in the extent of its data set');
        const bytes = Buffer.concat(this.blocks(track, block[at + 10] ?? 0));
        members.set(Buffer.from(block.subarray(at, at + MEMBER_NAME)).toString('hex'), bytes);
      }
    }
    return members;
  }

  /** Asserts that both data sets are there, with every card. */
  checkBoth(): void {
    assert.deepEqual(this.sequential(SEQUENTIAL), punched(sequentialCards));
    const expected = Object.entries(memberCards).map(([name, texts]) => {
      const key = Buffer.from(toEbcdic(name.padEnd(MEMBER_NAME))).toString('hex');
      return [key, punched(texts)] as const;
    });
    assert.deepEqual(this.members(PARTITIONED), new Map(expected));
  }
}

/**
 * The partitioned data set as IEBCOPY unloads it, without record descriptors: what dasdload takes for method VS. Directory
 * blocks without entries are not unloaded.
 */
export function unloadedPartitioned(): Buffer {
  const first = 3;
  const source = Buffer.alloc(56);
  source.set([0x00, 0xca, 0x6d, 0x0f, 0x02, 0x00], 0);
  source.writeUInt16BE(BLOCK, 6);
  source.writeUInt16BE(CARD, 8);
  source[10] = 0x90;
  source.writeUInt32BE(0x3010_200f, 16);
  source.writeUInt16BE(1113, 24);
  source.writeUInt16BE(HEADS, 26);
  const extents = Buffer.alloc(276);
  extents[0] = 1;
  extents.writeUInt16BE(first, 16 + 8);
  extents.writeUInt16BE(first + 1, 16 + 12);
  extents.writeUInt16BE(2, 16 + 14);
  const [directoryBlock, , , ...memberBlocks] = partitionedRecords;
  assert.ok(directoryBlock);
  const unload = ({ relativeTrack, record, key = NO_DATA, data }: PlacedRecord): Buffer => {
    const header = Buffer.alloc(12);
    header.set(recordId(first + relativeTrack, record), 4);
    header[9] = key.length;
    header.writeUInt16BE(data.length, 10);
    return Buffer.concat([header, key, data]);
  };
  const endOfDirectory = Buffer.alloc(12);
  const blocks = [unload(directoryBlock), endOfDirectory, ...memberBlocks.map(unload)];
  return Buffer.concat([source, extents, ...blocks]);
}
