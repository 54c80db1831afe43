/** The guest kernel's command line. */

/** Kernel log levels below this one are printed: everything but debugging. */
const LOG_LEVEL = 7;

/**
 * The command line.
 * @param consoles what the platform needs for its console
 * @param way the way of the agent, as lab/guest/init.c reads it
 */
export function commandLine(consoles: readonly string[], way: string): string {
  return [...consoles, `loglevel=${LOG_LEVEL}`, `ccwspec.way=${way}`].join(' ');
}
