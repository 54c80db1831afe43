/** What kind of image a file is, by its header. */

import { CckdImage } from './cckd-image.js';
import { CkdImage } from './ckd-image.js';
import { decodeHeader, HEADER_LENGTH, headerFault, type ImageHeader } from './image-header.js';
import { imageError, ImageReader } from './image-reader.js';
import { OverlayVolume } from './overlay.js';
import type { Volume } from './volume.js';

const kinds: Readonly<Record<string, (reader: ImageReader, header: ImageHeader) => Volume>> = {
  CKD_P370: (reader, header) => new CkdImage(reader, header),
  CKD_C370: (reader, header) => new CckdImage(reader, header),
};

/** Files of which it can be said what they are, and what to do about it. */
const otherKinds: Readonly<Record<string, readonly [what: string, next: string]>> = {
  CKD_S370: ['is a shadow file', 'Merge it with its base first, and name the base.'],
  CKD_P064: ['is an image in the 64-bit format', 'Convert it to the 32-bit format with dasdcopy.'],
  CKD_C064: ['is a compressed image in the 64-bit format', 'Convert it to the 32-bit format with dasdcopy.'],
  CKD_S064: ['is a shadow file', 'Merge it with its base first, and name the base.'],
  FBA_C370: ['is a compressed FBA image', 'Name an image of a 3390.'],
  FBA_S370: ['is a shadow file of an FBA image', 'Name an image of a 3390.'],
  FBA_C064: ['is a compressed FBA image', 'Name an image of a 3390.'],
};

/**
 * Opens the image file `path`. Unless `inPlace`, the file is only read: written tracks stay in memory.
 * @throws CcwspecError E-IMAGE for a file that is truncated, damaged, or no image of a 3390.
 */
export function openImage(path: string, inPlace: boolean): Volume {
  const reader = new ImageReader(path, inPlace);
  try {
    if (reader.size < HEADER_LENGTH) throw imageError(path, `is truncated: ${reader.size} bytes are no header`);
    const header = decodeHeader(reader.read(0, HEADER_LENGTH));
    const other = otherKinds[header.id];
    if (other !== undefined) throw imageError(path, ...other);
    const open = kinds[header.id];
    if (open === undefined) {
      throw imageError(
        path,
        'does not begin with the header of a CKD image (it may be an FBA image or another kind of file)',
        'Name an image of a 3390 as dasdinit makes it.',
      );
    }
    const fault = headerFault(header);
    if (fault !== undefined) throw imageError(path, fault, 'Name an image of a 3390.');
    const volume = open(reader, header);
    return inPlace ? volume : new OverlayVolume(volume);
  } catch (error) {
    reader.close();
    throw error;
  }
}
