/** The lab's disks on Hercules: fresh ones from dasdinit, kept in the cache, and scratch copies of them or of a user's own. */

import { copyFile, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { CcwspecError, messageOf } from '../../../errors/index.js';
import { runProcess } from '../../../process/index.js';
import { cacheFolder, partOf } from '../cache.js';

/** What a disk of the lab is. */
const MODEL = '3390-1';

/** First bytes of the image files that Hercules reads as a 3390. */
const formats = { CKD_P370: 'CKD', CKD_C370: 'compressed CKD', CKD_S370: 'the shadow of a volume' } as const;

/**
 * Makes a scratch copy for the lab.
 * @param volser volume serial of a fresh volume, 6 letters or digits
 * @param own the user's volume file, which stays as it is; undefined: a fresh volume
 * @throws CcwspecError E-LAB-VOLUME if `own` is no volume
 */
export async function scratchVolume(path: string, volser: string, own?: string): Promise<void> {
  const from = own ?? (await freshVolume(volser));
  if (own !== undefined) await requireVolume(own);
  await copyFile(from, path);
}

/** A compressed volume with a label and nothing else. */
async function freshVolume(volser: string): Promise<string> {
  const path = cacheFolder('volumes', `${MODEL}-${volser}`);
  if ((await stat(path).catch(() => undefined)) !== undefined) return path;
  await mkdir(dirname(path), { recursive: true });
  const part = partOf(path);
  await runProcess('dasdinit', ['-z', '-a', part, MODEL, volser], { timeLimit: 60_000 });
  await rename(part, path);
  return path;
}

async function requireVolume(path: string): Promise<void> {
  let head: string;
  try {
    const file = await open(path);
    try {
      head = (await file.read(Buffer.alloc(8), 0, 8, 0)).buffer.toString('latin1');
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw new CcwspecError('E-LAB-VOLUME', `${path}: ${messageOf(thrown)}`, undefined, { cause: thrown });
  }
  if (head === 'CKD_P370' || head === 'CKD_C370') return;
  const what = Object.entries(formats).find(([magic]) => magic === head)?.[1] ?? 'no volume image';
  throw new CcwspecError('E-LAB-VOLUME', `${path} is ${what}`);
}
