/** Reserve, release and what belongs to them, as the driver's ioctls send them. */

import { type Step, take } from './steps.js';

/** Device reserve. */
export const reserve: readonly Step[] = [take('reserve', 32, 'sense', ['sli'])];

/** Device release. */
export const release: readonly Step[] = [take('release', 32, 'sense', ['sli'])];

/** Unconditional reserve ("steal lock"). */
export const unconditionalReserve: readonly Step[] = [take('unconditional-reserve', 32, 'sense', ['sli'])];

/** Takes a device that another system holds, and lets it go: how a boxed device is set free. */
export const stealAndRelease: readonly Step[] = [
  take('unconditional-reserve', 32, 'sense'),
  take('release', 32, 'sense-after-release'),
];

/** No-operation, as it is used to see whether the device answers. */
export const ping: readonly Step[] = [{ command: 'no-operation', flags: ['sli'] }];
