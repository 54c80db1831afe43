/** What this machine has and lacks for ccwspec, and what each thing is needed for. Looks, and changes nothing. */

import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { arch, endianness, platform, release } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

import { labNeeds, type Need } from './lab-needs.js';

export { labNeeds, type LabPart, type Need } from './lab-needs.js';

/** One thing that was looked for. */
export interface Finding {
  readonly name: string;
  /** ok: there. missing: something that is needed now is not there. absent: not there, and only some things need it */
  readonly state: 'ok' | 'missing' | 'absent';
  /** what was found, or what needs it */
  readonly detail: string;
  /** what to do about it */
  readonly next?: string;
}

/** The oldest Node that the packages accept. */
const OLDEST_NODE = [20, 19] as const;

/** A program, or a file, of another package that something here uses. */
interface Tool {
  /** a program's name, or a file's path */
  readonly command: string;
  readonly neededFor: string;
  readonly debianPackage: string;
}

const tools: readonly Tool[] = [
  {
    command: 'dasdinit',
    neededFor: 'tests that compare our volumes with those of Hercules',
    debianPackage: 'hercules',
  },
  { command: 'dasdls', neededFor: 'tests in which Hercules lists a volume that we wrote', debianPackage: 'hercules' },
  { command: 'dasdcat', neededFor: 'tests in which Hercules reads a volume that we wrote', debianPackage: 'hercules' },
  {
    command: 'dasdconv',
    neededFor: 'tests in which Hercules converts a volume that we wrote',
    debianPackage: 'hercules',
  },
  ...Object.values(labNeeds)
    .flat<readonly (readonly Need[])[]>()
    .map(({ sign, neededFor, debianPackage }) => ({ command: sign, neededFor, debianPackage })),
];

/**
 * Looks at this machine.
 * @param output the folder that results would go to
 */
export function examine(output: string): Finding[] {
  return [nodeFinding(), hostFinding(), outputFinding(output), ...tools.map(toolFinding), driverFinding()];
}

function nodeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const recent = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  const oldest = OLDEST_NODE.join('.');
  return recent
    ? { name: 'node', state: 'ok', detail: `${process.versions.node} (${oldest} or newer is needed)` }
    : { name: 'node', state: 'missing', detail: process.versions.node, next: `Install Node ${oldest} or newer.` };
}

function hostFinding(): Finding {
  const order = endianness() === 'BE' ? 'big-endian' : 'little-endian';
  return { name: 'host', state: 'ok', detail: `${platform()} ${release()}, ${arch()}, ${order}` };
}

function outputFinding(output: string): Finding {
  const folder = existingParent(resolve(output));
  const problem = unwritable(folder);
  return problem === undefined
    ? { name: 'results folder', state: 'ok', detail: resolve(output) }
    : {
        name: 'results folder',
        state: 'missing',
        detail: `${folder} ${problem}`,
        next: 'Name another folder with --output.',
      };
}

function existingParent(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existingParent(dirname(folder));
}

function unwritable(folder: string): string | undefined {
  if (!statSync(folder).isDirectory()) return 'is not a folder';
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch {
    return 'cannot be written';
  }
}

function toolFinding({ command, neededFor, debianPackage }: Tool): Finding {
  const found = command.startsWith('/') ? fileAt(command) : inPath(command);
  return found === undefined
    ? { name: command, state: 'absent', detail: `for ${neededFor}`, next: `Debian package: ${debianPackage}` }
    : { name: command, state: 'ok', detail: found };
}

function fileAt(path: string): string | undefined {
  return existsSync(path) ? path : undefined;
}

function inPath(command: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, command))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return statSync(path).isFile();
      } catch {
        return false;
      }
    });
}

/** The real driver, which the model does not need. */
function driverFinding(): Finding {
  const driver = '/sys/bus/css/drivers/vfio_ccw';
  if (existsSync(driver)) return { name: 'vfio_ccw driver', state: 'ok', detail: driver };
  const why = arch() === 's390x' ? 'the module vfio_ccw is not loaded' : `this is ${arch()}, not s390x`;
  return { name: 'vfio_ccw driver', state: 'absent', detail: `${why}; not needed for the model` };
}
