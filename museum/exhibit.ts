/** What a known bug is in the museum. */

import type { ProfileOverrides } from '../src/harness/passthrough/profiles/index.js';

/** A bug that the driver once had. The cases that guard it name its id, or its commit, in `guards`. */
export interface Exhibit {
  /** CVE number, or the first 12 digits of the commit that fixed it */
  readonly id: string;
  /** commit that fixed it upstream, where `id` is a CVE number */
  readonly fixedBy?: string;
  readonly title: string;
  /** what happened, and what it took to make it happen */
  readonly happened: string;
  /** pieces of the driver's profile that bring it back in the model */
  readonly defect: ProfileOverrides;
}
