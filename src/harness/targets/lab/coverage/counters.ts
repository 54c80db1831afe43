/** The counters of a coverage kernel: in a machine they are files of debugfs, which go when it goes. */

import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CcwspecError } from '../../../errors/index.js';
import { describeResult } from '../../../uapi/index.js';

/** What reading counters needs of an agent. */
export interface CounterReader {
  /** Names in a folder, or a negative errno. */
  list(path: string): Promise<string[] | number>;
  /** The content of a file, or a negative errno. */
  readBytes(path: string): Promise<Uint8Array | number>;
}

/** Below it the kernel shows its build folder again, with the counters in place of the objects. */
const TOP = '/sys/kernel/debug/gcov';
const COUNTERS = /^vfio_ccw_\w+\.gcda$/;

/**
 * Makes a folder for the counters of a machine that is about to start. It stays empty if the machine is lost.
 * @param folder the one of the run
 */
export async function folderForMachine(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  return mkdtemp(join(folder, 'machine-'));
}

/**
 * Copies the driver's counters out of a machine.
 * @param folder of the machine, as `folderForMachine` made it
 * @throws CcwspecError E-LAB-COVERAGE if its kernel counts nothing; what the agent's connection throws
 */
export async function saveCounters(agent: CounterReader, folder: string): Promise<void> {
  const paths = await findCounters(agent, TOP);
  if (paths.length === 0) {
    throw new CcwspecError('E-LAB-COVERAGE', `the kernel has no counters of vfio-ccw under ${TOP}`);
  }
  const contents: [string, Uint8Array][] = [];
  for (const path of paths) {
    const bytes = await agent.readBytes(path);
    if (typeof bytes === 'number') {
      throw new CcwspecError('E-LAB-COVERAGE', `${path} cannot be read: ${describeResult(bytes)}`);
    }
    contents.push([path.slice(path.lastIndexOf('/') + 1), bytes]);
  }
  for (const [name, bytes] of contents) await writeFile(join(folder, name), bytes);
}

async function findCounters(agent: CounterReader, folder: string): Promise<string[]> {
  const names = await agent.list(folder);
  if (typeof names === 'number') return [];
  const found: string[] = [];
  for (const name of names) {
    const path = `${folder}/${name}`;
    if (COUNTERS.test(name)) found.push(path);
    else if (!/\.(?:gcda|gcno)$/.test(name) && name !== 'reset') found.push(...(await findCounters(agent, path)));
  }
  return found;
}

/** The machines of a run: the folders with counters, and how many machines took theirs with them. */
export async function countedMachines(folder: string): Promise<{ folders: string[]; lost: number }> {
  const names = await readdir(folder).catch(() => []);
  const all = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), files: await readdir(join(folder, name)) })),
  );
  const folders = all.filter(({ files }) => files.length > 0).map(({ path }) => path);
  return { folders, lost: all.length - folders.length };
}
