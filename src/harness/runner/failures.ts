/** What was thrown while a case ran, as a failure of the case: whose fault it is, and where it happened. */

import { ExitCode } from '../errors/catalogue.js';
import { CcwspecError, messageOf } from '../errors/index.js';
import type { TargetSession } from '../ports/index.js';
import type { Failure, FailureKind } from './events.js';
import { ExpectationError } from './expectations.js';

/** Failures that are the harness's or the target's, not the case's: the verdict is `error`. */
export const harnessKinds: ReadonlySet<FailureKind> = new Set<FailureKind>(['session', 'died', 'harness']);

/** Codes of errors after which a target answers nothing any more. */
const deadly: ReadonlySet<string> = new Set(['E-AGENT-GONE', 'E-LAB-DIED']);

/** A failure of the kind that `thrown` is; `what`, if given, stands before its message. */
export function failureOf(thrown: unknown, what?: string): Failure {
  const difference = thrown instanceof ExpectationError ? thrown.difference : undefined;
  return {
    kind: kindOf(thrown),
    text: what === undefined ? messageOf(thrown) : `${what}: ${messageOf(thrown)}`,
    ...(difference === undefined ? {} : { difference }),
    ...stackOf(thrown),
  };
}

/** What was not in order before the case: the harness's (an unimplemented part of the model), or a file's that was given to it (a volume image). */
const notOfTheCase: ReadonlySet<number> = new Set([ExitCode.harnessError, ExitCode.configuration]);

/** A failed expectation, a stop of the modelled kernel, trouble of the harness, or a bug of the case. */
export function kindOf(thrown: unknown): FailureKind {
  if (thrown instanceof ExpectationError) return 'expectation';
  if (thrown instanceof CcwspecError && thrown.code === 'E-KERNEL-BUG') return 'kernel-bug';
  if (thrown instanceof CcwspecError && notOfTheCase.has(thrown.exitCode)) return 'harness';
  return thrown instanceof Error && thrown.name === 'AssertionError' ? 'expectation' : 'exception';
}

/** Frames of the case itself: those of the runner, Mocha and Node say nothing about it. */
export function stackOf(thrown: unknown): { stack?: string } {
  if (!(thrown instanceof Error) || thrown.stack === undefined) return {};
  const frames = thrown.stack.split('\n').filter((line) => /^\s+at /.test(line));
  const own = frames.filter((line) => !/node:internal|\/harness\/runner\/|\/node_modules\/mocha\//.test(line));
  return own.length === 0
    ? {}
    : {
        stack: own
          .slice(0, 8)
          .map((line) => line.trim())
          .join('\n'),
      };
}

/** True if `thrown`, or what caused it, says that the target is gone. */
export function isDeath(thrown: unknown): boolean {
  for (let at = thrown; at instanceof Error; at = at.cause) {
    if (at instanceof CcwspecError && deadly.has(at.code)) return true;
  }
  return false;
}

/** The end of the target in the middle of a case, with the last lines of its console. */
export function deathOf(thrown: unknown, session: TargetSession): Failure {
  const message = messageOf(thrown);
  const tail = session.consoleTail?.() ?? [];
  const isTold = tail.length === 0 || message.includes(tail.at(-1) ?? '');
  const lines = isTold ? [] : ['the last lines of its console:', ...tail.map((line) => `  ${line}`)];
  return { kind: 'died', text: [`the target died while the case ran: ${message}`, ...lines].join('\n') };
}
