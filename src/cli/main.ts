/** From the command line to a command: names what is unknown, and ends with an exit code of the contract. */

import { Console } from 'node:console';

import { Config, run } from '@oclif/core';

import { CcwspecError, didYouMean } from '../harness/errors/index.js';
import { ExitCode } from '../harness/errors/catalogue.js';
import { endInterrupted } from './end-interrupted.js';
import { reportError, wantsJson } from './report-error.js';

const HELP_FLAGS = ['--help', '-h'];
const VERSION_FLAGS = ['--version', '-V'];

/**
 * Runs the command that `argv` names and ends the process.
 * @param argv the words behind `ccwspec`
 * @param root the folder of this package
 * @param interrupted the listener to SIGINT while this was loaded
 */
export async function runCli(argv: readonly string[], root: string, interrupted?: () => void): Promise<never> {
  const output = new OutputTrouble();
  process.on('SIGINT', endInterrupted);
  if (interrupted !== undefined) process.removeListener('SIGINT', interrupted); // last: without any listener, a signal is lost
  if (wantsJson(argv)) globalThis.console = new Console(process.stderr, process.stderr); // a plugin may print
  let exitCode: number;
  try {
    const config = await Config.load(root);
    const words = helpWords(argv);
    checkCommand(words, config);
    await run([...words], config);
    exitCode = Number(process.exitCode ?? ExitCode.passed);
  } catch (error) {
    exitCode = reportError(error, { json: wantsJson(argv), command: commandOf(argv) });
  }
  await Promise.all([written(process.stdout), written(process.stderr)]);
  if (output.failed && exitCode === ExitCode.passed) exitCode = ExitCode.harnessError;
  process.exit(argv.includes('--bisect') ? bisectCode(exitCode) : exitCode);
}

/** `git bisect run` takes 125 as "this commit cannot be judged": trouble of the harness, nothing selected, nothing ran. */
function bisectCode(exitCode: number): number {
  const cannotJudge: readonly number[] = [ExitCode.harnessError, ExitCode.nothingSelected, ExitCode.nothingRan];
  return cannotJudge.includes(exitCode) ? 125 : exitCode;
}

/** `ccwspec help run` is `ccwspec run --help`. */
function helpWords(argv: readonly string[]): readonly string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
}

function checkCommand(argv: readonly string[], config: Config): void {
  const [word] = argv;
  if (word === undefined || HELP_FLAGS.includes(word) || VERSION_FLAGS.includes(word)) return;
  if (config.findCommand(word) !== undefined) return;
  const known = word.startsWith('-') ? [...HELP_FLAGS, ...VERSION_FLAGS] : config.commandIDs;
  const kind = word.startsWith('-') ? 'flag' : 'command';
  throw new CcwspecError(
    'E-USAGE',
    `there is no ${kind} '${word}'${didYouMean(word, known)}`,
    'Run `ccwspec --help` to see the commands.',
  );
}

function commandOf(argv: readonly string[]): string | undefined {
  const [word] = helpWords(argv);
  return word === undefined || word.startsWith('-') ? undefined : word;
}

/**
 * What happens when standard output cannot be written: the command goes on, since a run has reports to write. A reader that
 * has gone (`ccwspec list | head`) is no trouble; anything else is said once, and the command does not end with 0.
 */
class OutputTrouble {
  failed = false;

  constructor() {
    process.stdout.removeAllListeners('error'); // oclif's own throws
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' || this.failed) return;
      this.failed = true;
      const trouble = new CcwspecError(
        'E-OUTPUT',
        `standard output: ${error.message}`,
        'Free some space, or print elsewhere.',
      );
      process.stderr.write(`${trouble.message}\n`);
    });
    process.stderr.on('error', () => undefined);
  }
}

/** A pipe takes 64 KiB at once; the rest is written later, and must be before the process ends. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => {
      resolve();
    });
  });
}
