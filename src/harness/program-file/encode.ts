/** Program files and outcomes as JSON values; `JSON.stringify` makes text of them. */

import { encodeOrb, ORB_LENGTH, toHex, type AssembledProgram, type Orb } from '../arch/index.js';
import {
  RECORDING_FORMAT,
  defaultMemoryMap,
  type FileProgram,
  type MemoryRange,
  type ProgramFile,
  type ProgramOutcome,
} from './types.js';

/** What `exec --json` prints for a program; an array of them for a file with a list. */
export interface OutcomeJson {
  readonly result: number;
  readonly irbs: readonly string[];
  readonly dump: readonly { readonly at: number; readonly hex: string }[];
}

/** A program in the JSON form. */
export interface ProgramJson {
  readonly name: string;
  readonly memory: readonly { readonly at: number; readonly hex: string }[];
  readonly orb: string;
  readonly scsw?: string;
  readonly dump: readonly { readonly at: number; readonly length: number }[];
  readonly memory_map?: readonly MemoryRange[];
  readonly outcome?: OutcomeJson;
}

/** A list of programs in the JSON form. */
export interface ProgramListJson {
  readonly format: string;
  readonly platform?: ProgramFile['platform'];
  readonly memory_map?: readonly MemoryRange[];
  readonly notes?: string;
  readonly programs: readonly ProgramJson[];
}

/** Words 0-2 of an ORB as hex digits. */
function orbHex(orb: Orb): string {
  const bytes = new Uint8Array(ORB_LENGTH);
  encodeOrb(new DataView(bytes.buffer), 0, orb);
  return toHex(bytes);
}

/** An outcome in the shape of `exec --json`. */
export function encodeOutcome(outcome: ProgramOutcome): OutcomeJson {
  return {
    result: outcome.result,
    irbs: outcome.irbs.map(toHex),
    dump: outcome.dump.map(({ at, bytes }) => ({ at, hex: toHex(bytes) })),
  };
}

/** A program in the JSON form; labels are not part of it. */
export function encodeProgram(program: AssembledProgram & Pick<FileProgram, 'outcome'>): ProgramJson {
  return {
    name: program.name,
    memory: program.memory.map(({ at, bytes }) => ({ at, hex: toHex(bytes) })),
    orb: orbHex(program.orb),
    ...(program.scsw === undefined ? {} : { scsw: toHex(program.scsw) }),
    dump: program.dump.map(({ at, length }) => ({ at, length })),
    ...(program.outcome === undefined ? {} : { outcome: encodeOutcome(program.outcome) }),
  };
}

/** A file in the JSON form; `parseProgramFile` of its text gives the same programs back. */
export function encodeProgramFile(file: ProgramFile): ProgramJson | ProgramListJson {
  const map = file.memoryMap === defaultMemoryMap ? {} : { memory_map: file.memoryMap };
  const [first] = file.programs;
  if (!file.isList && first !== undefined) return { ...encodeProgram(first), ...map };
  return {
    format: RECORDING_FORMAT,
    ...(file.platform === undefined ? {} : { platform: file.platform }),
    ...map,
    ...(file.notes === undefined ? {} : { notes: file.notes }),
    programs: file.programs.map(encodeProgram),
  };
}
