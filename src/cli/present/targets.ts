/** What `ccwspec targets` prints. */

import { capabilities } from '../../harness/ports/index.js';
import type { TargetDescription } from '../describe-targets.js';
import type { Availability } from '../target-availability.js';
import { tableLines } from './table.js';

/** A line for each target: whether a run could use it here, and if not, why. */
export function availabilityLines(targets: readonly Availability[]): string[] {
  return tableLines(
    targets.map(({ name, what, available, detail }) => [
      available ? 'available' : 'not here',
      name,
      detail === undefined ? what : `${what} (${detail})`,
    ]),
  );
}

/** Each target with its versions and capabilities, and the reason for each capability that it lacks. */
export function targetLines(targets: readonly TargetDescription[]): string[] {
  return targets.flatMap((target, index) => [
    ...(index === 0 ? [] : ['']),
    `${target.name}  ${target.description}`,
    ...tableLines(Object.entries(target.versions), '  '),
    ...tableLines(
      target.capabilities.map((capability) => ['has', capability, capabilities[capability]]),
      '  ',
    ),
    ...tableLines(
      target.missing.map(({ capability, reason }) => ['lacks', capability, reason]),
      '  ',
    ),
    ...tableLines(
      Object.entries(target.options).map(([key, what]) => [`-o ${key}=value`, what]),
      '  ',
    ),
  ]);
}
