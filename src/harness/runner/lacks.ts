/** Why a case does not apply: a need that the target does not meet. */

import { capabilities, type Capability } from '../ports/index.js';
import type { Reason } from './events.js';

/** What has some capabilities, and may know why it lacks others: a target, or a session of one. */
interface Having {
  readonly name?: string;
  readonly capabilities: ReadonlySet<Capability>;
  readonly missing?: ReadonlyMap<Capability, string>;
}

/** A reason for each of `needs` that is not met; empty: all are. */
export function lacks(needs: readonly Capability[], { name, capabilities: has, missing }: Having): Reason[] {
  return needs
    .filter((need) => !has.has(need))
    .map((need) => {
      const why = missing?.get(need) ?? `${name === undefined ? 'the target' : `target ${name}`} does not have it`;
      return { category: 'capability', text: `needs ${need} (${capabilities[need]}): ${why}` };
    });
}
