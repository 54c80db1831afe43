/** The guest kernel's command line. */

/** Kernel log levels below this one are printed: everything but debugging. */
const LOG_LEVEL = 7;

/**
 * What kernels of a configuration are told besides. KASAN says nothing any more after its first report, unless it is told to; and RCU takes
 * a machine that is slow, or whose host has other work, for one that has stalled (21 seconds).
 */
const byConfiguration: Readonly<Record<string, readonly string[]>> = {
  debug: ['kasan_multi_shot', 'rcupdate.rcu_cpu_stall_timeout=300'],
};

/**
 * The command line.
 * @param platform what the platform needs: for its console, for its devices
 * @param way the way of the agent, as lab/guest/init.c reads it
 * @param configuration the kernel's, if it is known
 */
export function commandLine(platform: readonly string[], way: string, configuration: string | undefined): string {
  const besides = byConfiguration[configuration ?? ''] ?? [];
  return [...platform, `loglevel=${LOG_LEVEL}`, ...besides, `ccwspec.way=${way}`].join(' ');
}
