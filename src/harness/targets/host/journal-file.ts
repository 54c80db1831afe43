/**
 * Journals in files on this machine: what a run changed on a host, so that the next one, or `ccwspec target detach`, can put
 * back what a killed run left.
 */

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { CcwspecError, messageOf } from '../../errors/index.js';
import type { AttachStep, Journal } from './journal.js';

const VERSION = 1;

/** What a journal's file holds. */
export interface JournalContent {
  readonly version: typeof VERSION;
  /** `vfio`, `ssh:HOST` */
  readonly target: string;
  readonly subchannel: string;
  readonly deviceNumber: string;
  readonly uuid: string;
  /** process id of the run; null: attached by hand, to stay until it is detached by hand */
  readonly owner: number | null;
  readonly steps: readonly AttachStep[];
}

/** `$XDG_STATE_HOME/ccwspec/attached`, or the same below ~/.local/state */
export function journalFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const state = environment['XDG_STATE_HOME'];
  return join(state === undefined || state === '' ? join(homedir(), '.local', 'state') : state, 'ccwspec', 'attached');
}

/** A journal that is on disk before each change is made. */
export class FileJournal implements Journal {
  #content: JournalContent;

  private constructor(
    readonly folder: string,
    content: JournalContent,
  ) {
    this.#content = content;
  }

  /** A journal of an attachment that is about to be made. `owner`: null if it is to outlive this process. */
  static create(folder: string, target: string, uuid: string, owner: number | null): FileJournal {
    return new FileJournal(folder, {
      version: VERSION,
      target,
      subchannel: '',
      deviceNumber: '',
      uuid,
      owner,
      steps: [],
    });
  }

  /** Every journal of `target`. A file that nobody can read is an error: it may hold what is to be put back. @throws CcwspecError E-HOST-JOURNAL */
  static readAll(folder: string, target: string): FileJournal[] {
    return namesIn(folder)
      .filter((name) => name.startsWith(`${encodeURIComponent(target)}@`) && name.endsWith('.json'))
      .map((name) => new FileJournal(folder, contentOf(join(folder, name))));
  }

  get content(): JournalContent {
    return this.#content;
  }

  get steps(): readonly AttachStep[] {
    return this.#content.steps;
  }

  begin(subchannel: string, deviceNumber: string): void {
    this.#content = { ...this.#content, subchannel, deviceNumber };
  }

  add(step: AttachStep): void {
    this.#write({ ...this.#content, steps: [...this.#content.steps, step] });
  }

  end(): void {
    this.#content = { ...this.#content, steps: [] };
    rmSync(this.#file, { force: true });
  }

  get #file(): string {
    const { target, subchannel } = this.#content;
    return join(this.folder, `${encodeURIComponent(target)}@${subchannel}.json`);
  }

  #write(content: JournalContent): void {
    this.#content = content;
    const file = this.#file;
    try {
      mkdirSync(this.folder, { recursive: true });
      writeFileSync(`${file}.new`, `${JSON.stringify(content, undefined, 2)}\n`, { flush: true });
      renameSync(`${file}.new`, file);
    } catch (thrown) {
      throw new CcwspecError('E-HOST-JOURNAL', `${file}: ${messageOf(thrown)}`, undefined, { cause: thrown });
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return [];
    throw new CcwspecError('E-HOST-JOURNAL', `${folder}: ${messageOf(thrown)}`, undefined, { cause: thrown });
  }
}

function contentOf(file: string): JournalContent {
  try {
    const content = JSON.parse(readFileSync(file, 'utf8')) as Partial<JournalContent>;
    if (content.version === VERSION && Array.isArray(content.steps)) return content as JournalContent;
  } catch (thrown) {
    throw new CcwspecError('E-HOST-JOURNAL', `${file}: ${messageOf(thrown)}`, undefined, { cause: thrown });
  }
  throw new CcwspecError('E-HOST-JOURNAL', `${file} is not a journal of this version of ccwspec`);
}
