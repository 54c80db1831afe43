/** What must be kept of a coverage kernel before it runs: its notes, and the sources, as they are at that moment. */

import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CcwspecError, messageOf } from '../../../errors/index.js';
import { countedFiles, type Kernel } from '../kernel/index.js';

const PLACE = join('drivers', 's390', 'cio');

/** The notes and sources of a kernel. */
export interface KernelNotes {
  /** folder with the .gcno files */
  readonly folder: string;
  /** text of each driver file, by name */
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * Copies the .gcno files of a coverage kernel to `folder`, and reads its sources: a user's tree may change while the cases run.
 * @throws CcwspecError E-LAB-COVERAGE if the kernel has none
 */
export async function keepNotes({ image, objects, tree }: Kernel, folder: string): Promise<KernelNotes> {
  if (objects === undefined || tree === undefined) {
    throw new CcwspecError('E-LAB-COVERAGE', `${image} cannot be counted: what the compiler noted is not beside it`);
  }
  const sources = new Map<string, string>();
  try {
    await mkdir(folder, { recursive: true });
    for (const file of countedFiles) {
      const name = `vfio_ccw_${file}`;
      await copyFile(join(objects, PLACE, `${name}.gcno`), join(folder, `${name}.gcno`));
      sources.set(`${name}.c`, await readFile(join(tree, PLACE, `${name}.c`), 'utf8'));
    }
  } catch (thrown) {
    throw new CcwspecError('E-LAB-COVERAGE', `the notes of ${image} cannot be read: ${messageOf(thrown)}`, undefined, {
      cause: thrown,
    });
  }
  return { folder, sources };
}
