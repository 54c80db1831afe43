/** Where a volume's tracks are kept: made by rule, in memory over something else, or in an image file of Hercules. */
export { type Volume } from './volume.js';
export { FreshVolume } from './fresh-volume.js';
export { layouts, type Layout } from './layout.js';
export { OverlayVolume } from './overlay.js';
export { openImage } from './image-file.js';
export { CYLINDERS_PER_FILE, imageLength, writeCkdImage } from './write-image.js';
