/** What every command has: its output, its JSON flag, and errors that `main` turns into messages and exit codes. */

import { Command, Flags } from '@oclif/core';

/** The flag that every command with machine-readable output has. */
export const jsonFlag = Flags.boolean({ description: 'print JSON on standard output' });

export abstract class BaseCommand extends Command {
  /** Errors go to `main` as they are: one place prints them and chooses the exit code. */
  protected override catch(error: Error): Promise<never> {
    return Promise.reject(error);
  }

  /** Prints one JSON value on a line of its own. */
  protected json(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** Prints lines for people. */
  protected print(lines: Iterable<string> | string): void {
    const text = typeof lines === 'string' ? lines : [...lines].join('\n');
    process.stdout.write(`${text}\n`);
  }
}
