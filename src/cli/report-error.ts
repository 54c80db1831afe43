/** How a command that cannot go on says so: one message on stderr, an object of fixed shape with --json, an exit code. */

import { catalogue, CcwspecError, didYouMean, messageOf, missingPackage } from '../harness/errors/index.js';

/** What `--json` prints on stdout for a command that ended with an error. */
export interface ErrorObject {
  readonly error: { readonly code: string; readonly message: string; readonly next: string };
}

/** True if `argv` asks for JSON: `--json` before any `--`. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).includes('--json');
}

/**
 * Prints `thrown`.
 * @param context.command the command that was called, for advice
 * @returns the exit code that the command ends with
 */
export function reportError(
  thrown: unknown,
  context: { readonly json: boolean; readonly command: string | undefined },
): number {
  if (isExit(thrown)) return thrown.oclif.exit;
  const error = toCcwspecError(thrown, context.command);
  process.stderr.write(`${error.message}\n`);
  if (process.env['CCWSPEC_DEBUG'] !== undefined) process.stderr.write(`${stackOf(thrown)}\n`);
  if (context.json) {
    const object: ErrorObject = { error: { code: error.code, message: error.what, next: error.next } };
    process.stdout.write(`${JSON.stringify(object)}\n`);
  }
  return error.exitCode;
}

/** Anything thrown as an error of the catalogue: a command-line mistake is E-USAGE, a surprise is E-INTERNAL. */
export function toCcwspecError(thrown: unknown, command?: string): CcwspecError {
  if (thrown instanceof CcwspecError) return thrown;
  if (isParseError(thrown)) return usageError(thrown, command);
  const missing = missingPackage(thrown);
  if (missing !== undefined) {
    return new CcwspecError('E-INSTALL', `the package ${missing} is not installed`, undefined, { cause: thrown });
  }
  return new CcwspecError('E-INTERNAL', messageOf(thrown), catalogue['E-INTERNAL'].next, { cause: thrown });
}

/** What oclif's parser throws; nothing else of ours throws oclif's errors. */
interface ParseError extends Error {
  readonly parse?: { readonly input?: { readonly flags?: Readonly<Record<string, unknown>> } };
  /** flags that do not exist, as they were written */
  readonly flags?: readonly string[];
}

function isParseError(thrown: unknown): thrown is ParseError {
  return thrown instanceof Error && 'oclif' in thrown;
}

/** What `this.exit(n)` and a printed help text throw. */
function isExit(thrown: unknown): thrown is Error & { oclif: { exit: number } } {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIT';
}

function usageError(error: ParseError, command: string | undefined): CcwspecError {
  const help = `Run \`ccwspec ${command === undefined ? '' : `${command} `}--help\`.`;
  const known = Object.keys(error.parse?.input?.flags ?? {}).map((name) => `--${name}`);
  const wrong = error.constructor.name === 'NonExistentFlagsError' ? error.flags?.[0] : undefined;
  const what =
    wrong === undefined
      ? firstSentence(error.message)
      : `'${command ?? 'ccwspec'}' has no flag '${wrong}'${didYouMean(wrong, known)}`;
  return new CcwspecError('E-USAGE', what, help, { cause: error });
}

/** oclif's message without its advice, on one line. */
function firstSentence(message: string): string {
  return message
    .replace(/\nSee more help with --help$/, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/ Note: --\S.* allows? multiple values\..*$/, '')
    .replace(/^Parsing (--\S+) Expected/, '$1: expected')
    .replace(/^Missing 1 required arg: (\S+)\s+/, (_, name: string) => `${name.toUpperCase()} is missing: `)
    .trim();
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
