/** Reading and writing blocks, as Linux does without track features. */

import { recordsPerTrack, sectorOf } from '../devices/geometry.js';
import { defineExtent, FileMask, LocateOperation, locateRecord } from './parameters.js';
import { give, type Step, take } from './steps.js';

const REGULAR_FORMAT = 0x40;
/** Key and data lengths of the records on track 0 that are not blocks, and of those on track 1. */
const LABEL_LENGTHS: readonly number[] = [28, 148, 84];
const VTOC_LENGTH = 140;

/** Which blocks of what volume. */
export interface BlockRange {
  readonly first: number;
  readonly count: number;
  /** default 4096 */
  readonly blockSize?: number;
  /** the compatible disk layout, with label records and VTOC on the first two tracks; default true */
  readonly compatible?: boolean;
  /** on a 2105 or 2107; default false */
  readonly regularFormat?: boolean;
}

/** Length of block `block` if it is one of the records with keys on the first two tracks of the compatible layout. */
function specialLength(block: number, perTrack: number): number | undefined {
  if (block < LABEL_LENGTHS.length) return LABEL_LENGTHS[block];
  return block >= perTrack && block < 2 * perTrack ? VTOC_LENGTH : undefined;
}

/** One locate record and the transfers of its domain. */
interface Domain {
  readonly block: number;
  readonly count: number;
  /** bytes of each record */
  readonly length: number;
  readonly withKey: boolean;
}

/** On the first two tracks of the compatible layout every block has a domain of its own; all others share one. */
function domains({ first, count, blockSize = 4096, compatible = true }: BlockRange): Domain[] {
  const perTrack = recordsPerTrack(0, blockSize);
  const plainFrom = compatible ? 2 * perTrack : 0;
  const result: Domain[] = [];
  let block = first;
  for (; block < Math.min(first + count, plainFrom); block++) {
    const length = specialLength(block, perTrack);
    result.push({ block, count: 1, length: length ?? blockSize, withKey: length !== undefined });
  }
  if (block < first + count) result.push({ block, count: first + count - block, length: blockSize, withKey: false });
  return result;
}

function sectorOfBlock(record: number, track: number, { blockSize = 4096, compatible = true }: BlockRange): number {
  if (!compatible || track > 1) return sectorOf(record, blockSize);
  if (track === 1) return sectorOf(record, VTOC_LENGTH);
  return record <= LABEL_LENGTHS.length
    ? sectorOf(record, LABEL_LENGTHS[record - 1] ?? 0)
    : sectorOf(record, blockSize);
}

function transfer(
  range: BlockRange,
  mask: number,
  operation: number,
  step: (domain: Domain, block: number) => Step,
): Step[] {
  const { first, count, blockSize = 4096, compatible = true, regularFormat = false } = range;
  const perTrack = recordsPerTrack(0, blockSize);
  const firstTrack = Math.floor(first / perTrack);
  const extended = regularFormat && !(compatible && firstTrack < 2) ? REGULAR_FORMAT : 0;
  const last = Math.floor((first + count - 1) / perTrack);
  const steps: Step[] = [give('define-extent', defineExtent({ mask, extended, first: firstTrack, last }))];
  for (const domain of domains(range)) {
    const track = Math.floor(domain.block / perTrack);
    const record = (domain.block % perTrack) + 1;
    const sector = sectorOfBlock(record, track, range);
    const fields = { operation, count: domain.count, track, record, sector, lengthFactor: domain.length };
    steps.push(give('locate-record', locateRecord(fields)));
    for (let n = 0; n < domain.count; n++) steps.push(step(domain, domain.block + n));
  }
  return steps;
}

/** Reads blocks into buffers named `block-` and their number. */
export function readBlocks(range: BlockRange): readonly Step[] {
  return transfer(range, FileMask.read, LocateOperation.readData, ({ length, withKey }, block) =>
    take(withKey ? 'read-key-data-mt' : 'read-data-mt', length, `block-${block}`),
  );
}

/**
 * Writes `data` to blocks, one after the other; of a record that is shorter than a block, its first bytes.
 * @throws RangeError if `data` is not `count` blocks long.
 */
export function writeBlocks(range: BlockRange, data: Uint8Array): readonly Step[] {
  const { first, count, blockSize = 4096 } = range;
  if (data.length !== count * blockSize) {
    throw new RangeError(`${data.length} bytes are not ${count} blocks of ${blockSize}`);
  }
  return transfer(range, FileMask.update, LocateOperation.writeData, ({ length, withKey }, block) => {
    const at = (block - first) * blockSize;
    return give(withKey ? 'write-update-key-data' : 'write-update-data', data.slice(at, at + length));
  });
}
