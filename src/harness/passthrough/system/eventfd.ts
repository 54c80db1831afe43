/** eventfd(2), not blocking: a count that signals add to and a read takes. */

import { Errno } from '../../uapi/index.js';
import type { DriverBuffer, EventfdContext } from '../driver-port.js';
import { OpenFile } from './open-file.js';

const COUNT_LENGTH = 8;
/** the highest count; a signal there is lost, a write fails with EAGAIN */
const HIGHEST = 2 ** 64 - 2 ** 11;

/** An eventfd. */
export class EventfdFile extends OpenFile {
  readonly what = 'eventfd';
  override readonly positioned = false;
  count = 0;
  /** references that the kernel holds, apart from file descriptors */
  contexts = 0;

  /** @param kept the eventfds that the kernel has references to; this one is in it while it has any */
  constructor(
    openFiles: Set<OpenFile>,
    readonly kept: Set<EventfdFile>,
  ) {
    super(openFiles);
  }

  /** A reference for the kernel, which outlives every file descriptor. */
  context(): EventfdContext {
    this.contexts++;
    this.kept.add(this);
    return new Context(this);
  }

  /** Takes the count, leaving 0. */
  take(): number {
    const count = this.count;
    this.count = 0;
    return count;
  }

  override read(into: DriverBuffer, length: number): number {
    if (into === undefined) return -Errno.EFAULT;
    if (length < COUNT_LENGTH) return -Errno.EINVAL;
    if (this.count === 0) return -Errno.EAGAIN;
    new DataView(into.buffer, into.byteOffset).setBigUint64(0, BigInt(this.take()));
    return COUNT_LENGTH;
  }

  override write(from: DriverBuffer, length: number): number {
    if (from === undefined) return -Errno.EFAULT;
    if (length < COUNT_LENGTH) return -Errno.EINVAL;
    const added = new DataView(from.buffer, from.byteOffset).getBigUint64(0);
    if (added === 0xffff_ffff_ffff_ffffn) return -Errno.EINVAL;
    if (Number(added) > HIGHEST - this.count) return -Errno.EAGAIN;
    this.count += Number(added);
    return COUNT_LENGTH;
  }

  override lseek(): number {
    return 0;
  }
}

class Context implements EventfdContext {
  #held = true;

  constructor(readonly file: EventfdFile) {}

  signal(): void {
    if (this.file.count < HIGHEST) this.file.count++;
  }

  put(): void {
    if (!this.#held) throw new Error('a reference to an eventfd is given back twice');
    this.#held = false;
    if (--this.file.contexts === 0) this.file.kept.delete(this.file);
  }
}
