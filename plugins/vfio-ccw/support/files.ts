/** Files that a case opens with system calls of its own: remembered, and closed in reverse order. */

import type { Expect, IoctlArgument, SystemPort } from 'ccwspec/plugin';

/** The open files of one case. */
export class Files {
  readonly #fds: number[] = [];

  constructor(
    readonly system: SystemPort,
    readonly expect: Expect,
  ) {}

  /** Opens `path`, which must succeed. */
  async open(path: string): Promise<number> {
    return this.keep(this.#opened(await this.system.open(path), `open of ${path}`));
  }

  /** A new eventfd. */
  async eventfd(): Promise<number> {
    return this.keep(this.#opened(await this.system.eventfd(), 'eventfd'));
  }

  /** Remembers a descriptor that came from elsewhere; a negative errno is passed on as it is. */
  keep(fd: number): number {
    if (fd >= 0) this.#fds.push(fd);
    return fd;
  }

  async close(fd: number): Promise<void> {
    const at = this.#fds.lastIndexOf(fd);
    if (at >= 0) this.#fds.splice(at, 1);
    await this.system.close(fd);
  }

  /** An ioctl that must succeed. */
  async request(fd: number, request: number, argument: IoctlArgument, what: string): Promise<void> {
    this.#opened(await this.system.ioctl(fd, request, argument), what);
  }

  async closeAll(): Promise<void> {
    for (let fd = this.#fds.pop(); fd !== undefined; fd = this.#fds.pop()) await this.system.close(fd);
  }

  #opened(result: number, what: string): number {
    this.expect.result(Math.min(result, 0), 0, what);
    return result;
  }
}

/** Runs `use`, and closes afterwards whatever it opened and did not close. */
export async function withFiles(
  { system, expect }: { readonly system: SystemPort; readonly expect: Expect },
  use: (files: Files) => Promise<void>,
): Promise<void> {
  const files = new Files(system, expect);
  try {
    await use(files);
  } finally {
    await files.closeAll();
  }
}
