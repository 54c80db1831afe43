/** What is told on standard error while a command works: standard output stays for results. */

/** Tells what takes time. */
export function tellProgress(what: string): void {
  process.stderr.write(`ccwspec: ${what}\n`);
}
