/** MODIFY SUBCHANNEL with one thing changed. */

import { GUEST_SCRATCH, SCHIB_LENGTH, viewOf, type InstructionOutcome } from 'ccwspec/plugin';
import type { Guest } from './guest.js';

/** MODIFY SUBCHANNEL with the SCHIB that STORE SUBCHANNEL gives, after `change`. */
export async function modify(guest: Guest, change: (schib: DataView) => void): Promise<InstructionOutcome> {
  const at = GUEST_SCRATCH.schib;
  await guest.schib();
  const bytes = await guest.stored(at, SCHIB_LENGTH);
  change(viewOf(bytes));
  await guest.channel.storage.write(at, bytes);
  return guest.channel.msch(guest.schid, at);
}
