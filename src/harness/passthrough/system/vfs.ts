/** The tree of names: sysfs and procfs attributes, folders, and device nodes. */

import { Errno } from '../../uapi/index.js';
import type { OpenFile } from './open-file.js';
import type { Process } from './process.js';

/** A write that has not returned: the writer sleeps until `settle`. */
export class Blocked {
  #result: number | undefined;
  readonly #waiting: ((result: number) => void)[] = [];

  get result(): number | undefined {
    return this.#result;
  }

  settle(result: number): void {
    this.#result = result;
    for (const resume of this.#waiting.splice(0)) resume(result);
  }

  /** Calls `resume` with the result: now, or when the write returns. */
  whenDone(resume: (result: number) => void): void {
    if (this.#result === undefined) this.#waiting.push(resume);
    else resume(this.#result);
  }
}

/** Runs `work`, which calls its argument with the result when it is done. @returns the result, or the write that waits for it */
export function blocking(work: (done: (result: number) => void) => void): number | Blocked {
  const blocked = new Blocked();
  work((result) => {
    blocked.settle(result);
  });
  return blocked.result ?? blocked;
}

/** An attribute file. Without `show` it cannot be read (EACCES), without `store` not written. */
export interface Attribute {
  readonly kind: 'attribute';
  readonly show?: (process: Process) => string | number;
  readonly store?: (text: string, process: Process) => number | Blocked;
}

/** A device node. */
export interface DeviceNode {
  readonly kind: 'device';
  readonly open: (process: Process) => OpenFile | number;
}

export type Node = Attribute | DeviceNode | Folder;

/** A folder. A symbolic link to a folder is the same object under a second name. */
export class Folder {
  readonly kind = 'folder';
  readonly #entries = new Map<string, Node>();

  /** The folder at `path` below this one, made if it is not there. */
  folder(path: string): Folder {
    return path.split('/').reduce<Folder>((folder, name) => {
      if (name === '') return folder;
      const there = folder.#entries.get(name);
      if (there instanceof Folder) return there;
      const made = new Folder();
      folder.#entries.set(name, made);
      return made;
    }, this);
  }

  set(name: string, node: Node): void {
    this.#entries.set(name, node);
  }

  delete(name: string): void {
    this.#entries.delete(name);
  }

  get(name: string): Node | undefined {
    return this.#entries.get(name);
  }

  /** names in the folder, sorted by code unit */
  names(): string[] {
    return [...this.#entries.keys()].sort();
  }

  attribute(name: string, show?: Attribute['show'], store?: Attribute['store']): void {
    this.set(name, { kind: 'attribute', ...(show && { show }), ...(store && { store }) });
  }

  /** @returns what `path` names, or -ENOENT, -ENOTDIR */
  resolve(path: string): Node | number {
    return path.split('/').reduce<Node | number>((at, name) => {
      if (typeof at === 'number' || name === '') return at;
      return at instanceof Folder ? (at.#entries.get(name) ?? -Errno.ENOENT) : -Errno.ENOTDIR;
    }, this);
  }
}
