/** Looks into a file that should be a kernel for s390x, before anything starts it. */

import { open } from 'node:fs/promises';
import { gunzipSync, inflateRawSync } from 'node:zlib';

import { CcwspecError, messageOf } from '../../../errors/index.js';

/** What a kernel image says about itself. */
export interface KernelImage {
  /** its configuration, where the image carries it (CONFIG_IKCONFIG) and is not compressed, or with gzip */
  readonly configuration: string | undefined;
  /** the release, `6.12.117-ccwspec`, where it can be found */
  readonly release: string | undefined;
}

/** An s390x image says so here, for every loader. */
const MAGIC = { at: 0x1_0008, text: 'S390EP' };

/** First bytes of files that are given by mistake, and what they are. */
const others: readonly { readonly at: number; readonly bytes: string; readonly what: string }[] = [
  { at: 0x202, bytes: '48647253', what: 'a kernel image for x86' },
  { at: 0x38, bytes: '41524d64', what: 'a kernel image for arm64' },
  { at: 0, bytes: '7f454c46', what: 'an ELF file (vmlinux?); the image is arch/s390/boot/bzImage' },
  { at: 0, bytes: '1f8b', what: 'a gzip file' },
  { at: 0, bytes: '213c617263683e', what: 'a Debian package or an archive' },
];

const NEXT = 'Name arch/s390/boot/bzImage of a build with ARCH=s390, or the kernel source tree itself.';

/**
 * Reads the image.
 * @throws CcwspecError E-LAB-KERNEL-IMAGE if it cannot be read, is no kernel, or is one for another architecture
 */
export async function examineImage(path: string): Promise<KernelImage> {
  const bytes = await readAll(path);
  if (bytes.toString('latin1', MAGIC.at, MAGIC.at + MAGIC.text.length) !== MAGIC.text) {
    const other = others.find((one) => bytes.toString('hex', one.at, one.at + one.bytes.length / 2) === one.bytes);
    throw new CcwspecError('E-LAB-KERNEL-IMAGE', `${path} is ${other?.what ?? 'no kernel image for s390x'}`, NEXT);
  }
  const kernel = bytes.includes(CONFIGURATION.start) ? bytes : (unzipped(bytes) ?? bytes);
  return { configuration: configurationIn(kernel), release: releaseIn(bytes) ?? releaseIn(kernel) };
}

async function readAll(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw new CcwspecError('E-LAB-KERNEL-IMAGE', `${path}: ${messageOf(thrown)}`, NEXT, { cause: thrown });
  }
}

/** CONFIG_IKCONFIG puts the compressed configuration between these words. */
const CONFIGURATION = { start: 'IKCFG_ST', end: 'IKCFG_ED' } as const;

/** The header of a gzip file without a name, as kernel builds make it: its first bytes, and how long it is. */
const GZIP = { magic: Buffer.from('1f8b0800', 'hex'), length: 10 } as const;

/** Shorter than any kernel. */
const TOO_SHORT = 0x10_0000;

/** The kernel in an image that is compressed with gzip: behind a small program that unpacks it. */
function unzipped(bytes: Buffer): Buffer | undefined {
  for (let at = bytes.indexOf(GZIP.magic); at >= 0; at = bytes.indexOf(GZIP.magic, at + 1)) {
    try {
      // Not as a gzip file, since that may have nothing behind it, and here the rest of the image is.
      const found = inflateRawSync(bytes.subarray(at + GZIP.length));
      if (found.length >= TOO_SHORT) return found;
    } catch {
      // These four bytes are no beginning of one.
    }
  }
  return undefined;
}

function configurationIn(bytes: Buffer): string | undefined {
  const start = bytes.indexOf(CONFIGURATION.start);
  const end = bytes.indexOf(CONFIGURATION.end, start);
  if (start < 0 || end < 0) return undefined;
  try {
    return gunzipSync(bytes.subarray(start + CONFIGURATION.start.length, end)).toString('utf8');
  } catch {
    return undefined;
  }
}

const BANNER = 'Linux version ';

function releaseIn(bytes: Buffer): string | undefined {
  for (let at = bytes.indexOf(BANNER); at >= 0; at = bytes.indexOf(BANNER, at + 1)) {
    const text = bytes.toString('latin1', at + BANNER.length, at + 200);
    const release = /^(\d\S*) /.exec(text)?.[1];
    if (release !== undefined) return release; // the first may be the text that the version is printed with
  }
  return undefined;
}
