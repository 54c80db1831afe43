/** What a program file holds. */

import type { AssembledProgram, StoragePiece } from '../arch/index.js';

/** A range of guest memory that is mapped for DMA. */
export interface MemoryRange {
  /** first address, a multiple of 4096 */
  readonly iova: number;
  /** bytes, a multiple of 4096 */
  readonly length: number;
  /** what the device may do there; default read-write */
  readonly access: MemoryAccess;
}

export type MemoryAccess = 'read-write' | 'read' | 'write';

/** What came of a program. */
export interface ProgramOutcome {
  /** what the write of the I/O region returned: bytes written, or -errno */
  readonly result: number;
  /** the IRB area after each interrupt, 96 bytes each */
  readonly irbs: readonly Uint8Array[];
  /** the watched areas afterwards */
  readonly dump: readonly StoragePiece[];
}

/** A program of a file, with what was recorded for it. */
export interface FileProgram extends AssembledProgram {
  readonly outcome?: ProgramOutcome;
}

/** A file, read and checked. */
export interface ProgramFile {
  /** name for messages */
  readonly fileName: string;
  readonly form: 'assembly' | 'json';
  /** true if the file holds a list of programs: they run in order on one open device, and there is one answer for each */
  readonly isList: boolean;
  readonly memoryMap: readonly MemoryRange[];
  readonly programs: readonly FileProgram[];
  /** where a recording comes from */
  readonly platform?: { readonly name: string; readonly device: string };
  readonly notes?: string;
}

/** Guest memory unless the file says otherwise: 1 MiB at IOVA 0. */
export const defaultMemoryMap: readonly MemoryRange[] = [{ iova: 0, length: 0x10_0000, access: 'read-write' }];

/** The format name that a list of programs carries. */
export const RECORDING_FORMAT = 'ccwspec-recording/1';
