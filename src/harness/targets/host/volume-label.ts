/** The serial of the volume, read through the vfio device: a channel program that may only read. */

import { decodeEbcdic, ProgramBuilder } from '../../arch/index.js';
import type { VfioPort } from '../../ports/index.js';
import { runUntilGood } from './sense-id.js';

/** Characters of a volume serial. */
const SERIAL_LENGTH = 6;
/** Key VOL1 and its label, or the first bytes of the label block of a volume without keys. */
const LABEL_LENGTH = 84;

/** File mask: all writes inhibited. Extent: track 0. */
const ONLY_TRACK_0 = '40c00000 00000000 00000000 00000000';
/** Read data, one record: track 0 record 3, any sector. */
const RECORD_3 = '06000001 00000000 00000000 03ff0000';

/** Define extent, locate record, read key and data of the label (GA32-0274, "Volume Label"; record 3 is block 2 of Linux). */
export const readLabel = new ProgramBuilder({ name: 'read of the volume label' })
  .ccw('define-extent', { flags: ['cc'], data: ONLY_TRACK_0 })
  .ccw('locate-record', { flags: ['cc'], data: RECORD_3 })
  .ccw('read-key-data', { flags: ['sli'], buffer: { length: LABEL_LENGTH, name: 'label' } })
  .build();

/**
 * The volume serial without the blanks behind it; undefined if there is no label.
 * @throws CcwspecError E-TARGET if the record cannot be read
 */
export async function readVolumeSerial(vfio: VfioPort): Promise<string | undefined> {
  const { dump } = await runUntilGood(vfio, readLabel);
  const label = dump.find(({ bytes }) => bytes.length === LABEL_LENGTH)?.bytes;
  return label === undefined ? undefined : serialIn(label);
}

/** The serial in `label`: behind key and identifier VOL1, or behind the identifier of a volume without keys. */
export function serialIn(label: Uint8Array): string | undefined {
  const text = decodeEbcdic(label);
  const at = text.startsWith('VOL1VOL1') ? 8 : /^(LNX1|CMS1)/.test(text) ? 4 : undefined;
  return at === undefined ? undefined : text.slice(at, at + SERIAL_LENGTH).trimEnd();
}
