/** One channel path of a host. */

/** A channel path: what the machine knows of it. Logical varying is the operating system's business and not seen here. */
export class ChannelPath {
  /** false after the path was configured off: its bit in every path-available mask is then zero */
  configured = true;
  /** true while the path does not answer, without anybody having been told */
  broken = false;

  /** @param chpid channel-path identifier, 0-255 */
  constructor(readonly chpid: number) {}
}
