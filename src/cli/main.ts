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

/**
 * `git bisect run` takes 125 as "this commit cannot be judged": trouble of the harness, nothing selected, nothing ran. A command
 * that is wrong is so for every commit: 128 ends the bisection. Both would otherwise be taken for a bad commit.
 */
function bisectCode(exitCode: number): number {
  const cannotJudge: readonly number[] = [ExitCode.harnessError, ExitCode.nothingSelected, ExitCode.nothingRan];
  const wrong: readonly number[] = [ExitCode.usage, ExitCode.configuration];
  return cannotJudge.includes(exitCode) ? 125 : wrong.includes(exitCode) ? 128 : exitCode;
}

/** `ccwspec help run` is `ccwspec run --help`. */
function helpWords(argv: readonly string[]): readonly string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
}

function checkCommand(argv: readonly string[], config: Config): void {
  const [first] = argv;
  if (first === undefined || HELP_FLAGS.includes(first) || VERSION_FLAGS.includes(first)) return;
  for (let length = 1; ; length++) {
    const id = argv.slice(0, length).join(':');
    if (config.findCommand(id) !== undefined) return;
    if (config.findTopic(id) === undefined) throw noCommand(argv.slice(0, length), config);
    const next = argv[length];
    if (next === undefined || HELP_FLAGS.includes(next)) return; // the topic's own help
  }
}

/** @param words those of a command line up to the first that means nothing */
function noCommand(words: readonly string[], config: Config): CcwspecError {
  const written = words.join(' ');
  const isFlag = words.at(-1)?.startsWith('-') === true;
  const commands = config.commandIDs.map((id) => id.replaceAll(':', ' '));
  const known = isFlag ? [...HELP_FLAGS, ...VERSION_FLAGS] : commands;
  const topic = ['ccwspec', ...words.slice(0, -1)].join(' ');
  return new CcwspecError(
    'E-USAGE',
    `there is no ${isFlag ? 'flag' : 'command'} '${written}'${didYouMean(written, known)}`,
    `Run \`${topic} --help\` to see the commands.`,
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
