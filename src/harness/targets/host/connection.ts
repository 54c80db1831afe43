/** What a session on a real host needs of whoever reaches it. An agent's connection has all of it. */

import type { SystemPort } from '../../ports/index.js';

/** System calls on a host, and what only a process of its own there can do. */
export interface HostSystem extends SystemPort {
  /** @param flags of open, as of s390x; default: for reading and writing below /dev, for reading elsewhere */
  open(path: string, flags?: number): Promise<number>;
  /**
   * Limits the locked memory of a process that `fork` made; undefined takes the limit back.
   * @returns 0 or a negative errno
   */
  readonly limit?: ((bytes: number | undefined) => Promise<number>) | undefined;
  /**
   * Makes the `ordinal`th allocation of the next system call fail; 0 takes that back.
   * @returns 0, or -ENOENT where the kernel has no fault injection
   */
  readonly failAllocation?: ((ordinal: number) => Promise<number>) | undefined;
  /**
   * Stores `one` and `other`, which are as long, in turn at `address` for `milliseconds`, at most 5,000, while other calls go on.
   * @returns 0 or a negative errno
   */
  readonly alternate?:
    ((address: number, milliseconds: number, one: Uint8Array, other: Uint8Array) => Promise<number>) | undefined;
  fork(): Promise<HostSystem>;
}

/** A host that is reached. */
export interface HostConnection {
  readonly system: HostSystem;
  /** Records of the kernel log since `mark` (0: from the start), as /dev/kmsg gives them, and the mark to go on with. */
  kernelLog?(mark: number): Promise<{ readonly mark: number; readonly text: string }>;
  /** Takes back everything that was opened, mapped and forked. */
  release?(): Promise<void>;
  /** What was asked of the host and has no answer yet, in words. */
  unanswered?(): readonly string[];
  /** Settles with what ended the connection. */
  readonly closed: Promise<Error>;
  close(): Promise<void>;
}
