/** Reading a program file in either form. */

import { assemble, decodeOrb, hex, StorageImage, type StoragePiece, type WatchedArea } from '../arch/index.js';
import { CcwspecError } from '../errors/index.js';
import { Place } from './checked.js';
import { placeOf, readJson } from './json-source.js';
import { isMapped, rangeText, readMemoryMap, readRecordingMemory } from './memory-map.js';
import {
  defaultMemoryMap,
  RECORDING_FORMAT,
  type FileProgram,
  type MemoryRange,
  type ProgramFile,
  type ProgramOutcome,
} from './types.js';

const PROGRAM_KEYS = ['name', 'memory', 'orb', 'scsw', 'dump', 'memory_map', 'outcome'] as const;
const LIST_KEYS = ['format', 'platform', 'memory', 'memory_map', 'notes', 'programs'] as const;

/** Bytes of the IRB area. */
const IRB_AREA = 96;

/** The largest address that a piece or an area may have. */
const HIGHEST = 2 ** 52;

/**
 * Reads a program file: JSON if it begins with `{`, else assembly (docs/programs.md).
 * @param fileName for messages
 * @throws CcwspecError E-PROGRAM-FILE or E-ASM-SYNTAX, with file, line, column and, for JSON, the path of the value
 */
export function parseProgramFile(text: string, fileName: string): ProgramFile {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (source.trim() === '') throw new CcwspecError('E-PROGRAM-FILE', `${fileName}: the file is empty`);
  const begin = source.search(/\S/);
  const first = source.charAt(begin);
  if (first === '{') return parseJson(source, fileName);
  if (first === '[') {
    const problem = 'a list alone is no program file: several programs are written {"programs": [...]}';
    throw new CcwspecError('E-PROGRAM-FILE', `${fileName}:${placeOf(source, begin)}: ${problem}`);
  }
  return parseAssembly(source, fileName);
}

function parseAssembly(text: string, fileName: string): ProgramFile {
  const program = assemble(text, fileName);
  if (program.memory.length === 0)
    throw new CcwspecError('E-PROGRAM-FILE', `${fileName}: the file holds no CCW and no data`);
  const outside = (what: string, piece: { at: number; length: number }): void => {
    if (isMapped(defaultMemoryMap, piece.at, piece.length)) return;
    const problem = `${what} at ${rangeText({ iova: piece.at, length: piece.length })} is outside guest memory`;
    throw new CcwspecError('E-PROGRAM-FILE', `${fileName}: ${problem} (${mapText(defaultMemoryMap)})`);
  };
  for (const { at, bytes } of program.memory) outside('storage', { at, length: bytes.length });
  for (const area of program.dump) outside('a watched area', area);
  return { fileName, form: 'assembly', isList: false, memoryMap: defaultMemoryMap, programs: [program] };
}

function parseJson(text: string, fileName: string): ProgramFile {
  const root = new Place(text, fileName, readJson(text, fileName), '');
  const list = root.member('programs');
  if (list === undefined) {
    const map = root.member('memory_map');
    const memoryMap = map === undefined ? defaultMemoryMap : readMemoryMap(map);
    return { fileName, form: 'json', isList: false, memoryMap, programs: [readProgram(root, memoryMap, PROGRAM_KEYS)] };
  }
  root.members(LIST_KEYS);
  const memoryMap = listMemory(root);
  const keys = PROGRAM_KEYS.filter((key) => key !== 'memory_map');
  const format = root.member('format');
  if (format !== undefined && format.string() !== RECORDING_FORMAT) {
    format.fail(`"${format.string()}" is not a format that is known here: ${RECORDING_FORMAT}`);
  }
  const notes = root.member('notes')?.string();
  const platform = readPlatform(root.member('platform'));
  if (list.elements().length === 0) list.fail('there is no program in it');
  return {
    fileName,
    form: 'json',
    isList: true,
    memoryMap,
    programs: list.elements().map((program) => readProgram(program, memoryMap, keys)),
    ...(platform === undefined ? {} : { platform }),
    ...(notes === undefined ? {} : { notes }),
  };
}

function listMemory(root: Place): readonly MemoryRange[] {
  const map = root.member('memory_map');
  const memory = root.member('memory');
  if (map !== undefined && memory !== undefined) map.fail('"memory" says already what is mapped: only one of the two');
  if (map !== undefined) return readMemoryMap(map);
  return memory === undefined ? defaultMemoryMap : readRecordingMemory(memory);
}

function readPlatform(place: Place | undefined): ProgramFile['platform'] {
  if (place === undefined) return undefined;
  place.members(['name', 'device']);
  return { name: place.needed('name').string(), device: place.needed('device').string() };
}

function readProgram(place: Place, memoryMap: readonly MemoryRange[], keys: readonly string[]): FileProgram {
  place.members(keys);
  const name = place.needed('name').string();
  const memory = readMemory(place.needed('memory'), memoryMap);
  const orb = place.needed('orb').hex(12);
  const scsw = place.member('scsw')?.hex(12);
  const outcome = place.member('outcome');
  return {
    name,
    memory,
    orb: decodeOrb(new DataView(orb.buffer)),
    ...(scsw === undefined ? {} : { scsw }),
    dump: (place.member('dump')?.elements() ?? []).map((area) => readArea(area, memoryMap)),
    labels: new Map(),
    ...(outcome === undefined ? {} : { outcome: readOutcome(outcome) }),
  };
}

function readMemory(place: Place, memoryMap: readonly MemoryRange[]): StoragePiece[] {
  const image = new StorageImage();
  const places = place.elements();
  const pieces = places.map((element) => {
    element.members(['at', 'hex']);
    const at = element.needed('at').number(0, HIGHEST);
    const bytes = element.needed('hex').hex();
    if (!isMapped(memoryMap, at, bytes.length)) failOutside(element, at, bytes.length, memoryMap);
    image.add(at, bytes, element.path);
    return { at, bytes };
  });
  const overlap = image.overlap();
  if (overlap !== undefined) {
    const second = places.find(({ path }) => path === overlap.second.what) ?? place;
    second.fail(`overlaps ${overlap.first.what} at address ${overlap.at} (hex ${hex(overlap.at)})`);
  }
  return pieces;
}

function readArea(place: Place, memoryMap: readonly MemoryRange[]): WatchedArea {
  place.members(['at', 'length']);
  const at = place.needed('at').number(0, HIGHEST);
  const length = place.needed('length').number(1, HIGHEST - at);
  if (!isMapped(memoryMap, at, length)) failOutside(place, at, length, memoryMap);
  return { at, length };
}

function failOutside(place: Place, at: number, length: number, memoryMap: readonly MemoryRange[]): never {
  return place.fail(`${rangeText({ iova: at, length })} is outside guest memory (${mapText(memoryMap)})`);
}

function mapText(map: readonly MemoryRange[]): string {
  return map.map((range) => rangeText(range)).join(', ');
}

function readOutcome(place: Place): ProgramOutcome {
  place.members(['result', 'irbs', 'dump']);
  return {
    result: place.needed('result').number(-4095, 0x7fff_ffff),
    irbs: place
      .needed('irbs')
      .elements()
      .map((irb) => irb.hex(IRB_AREA)),
    dump: place
      .needed('dump')
      .elements()
      .map((area) => {
        area.members(['at', 'hex']);
        return { at: area.needed('at').number(0, HIGHEST), bytes: area.needed('hex').hex() };
      }),
  };
}
