/**
 * What differs between releases of the vfio-ccw driver, as small pieces that can be replaced one by one. A piece is named
 * for what the driver does; the release that has it is another matter (linux-6.12.117.ts, linux-6.1.176.ts), and so is the
 * defect that a museum entry brings back (defineDefect in index.ts).
 */

import type { IdawKind } from '../../arch/index.js';

/** How the driver copies a channel program and makes its IDAW lists: section 4 of the reference, requirements TRN-*. */
export interface TranslationPieces {
  /**
   * How many slots of the 256-slot copy of a segment the length count looks at. 257 looks behind the buffer
   * (CVE-2026-80550, commit a005b7f1a491).
   */
  readonly slotsExamined: number;
  /** The longest segment that is accepted, in CCWs (TRN-008, TRN-009). 255 is the first version of that fix. */
  readonly longestSegment: number;
  /** Segments that one program may have, Infinity for no limit (CVE-2026-80554, commit 5405c90d6a47; TRN-019). */
  readonly mostSegments: number;
  /**
   * What a failure while segments are copied releases: all of them, or only those on the path that failed, which leaks
   * finished siblings (CVE-2026-80555, commit 74186c2968f8; TRN-020).
   */
  readonly releaseOnFailure: 'every segment' | 'failing path';
  /** Whether a TIC back into its own segment lets the count go on behind it (commit merged in 7b660c225fa0; TRN-014). */
  readonly ticReachesBack: boolean;
  /** Where in the copy a TIC points that goes `bytes` into a segment (commit 2ae157ec497d). */
  readonly ticDisplacement: (bytes: number) => number;
  /**
   * How guest storage is fetched: copied through the IOVA space, where READ permission is enough, or by pinning its pages
   * for reading and writing (kernels before 6.3; there a version 1 container cannot even fetch a NOP).
   */
  readonly fetch: 'copy' | 'pin';
  /** Whether a CCW's IDAW list is of a kind that the driver can translate; if not, -EOPNOTSUPP (kernels before 6.3). */
  readonly idawsSupported: (orbControl: number) => boolean;
  /** Format and block size of the IDAWs that the driver assumes (TRN-022, TRN-023). */
  readonly idawKind: (orbControl: number) => IdawKind;
  /** Bytes of guest storage read per IDAW of a list. 8 for format 1 over-reads (commit 4f6fdc6e1a7f; TRN-039). */
  readonly guestIdawLength: (kind: IdawKind) => number;
  /** Whether the first IDAW must still be what it was when it was counted (CVE-2026-80551, commit 565bef268d75; TRN-038). */
  readonly firstIdawRechecked: boolean;
  /** Addresses of a direct CCW's pages: block boundaries behind the first, or each one page further, offset kept. */
  readonly directPages: 'block boundaries' | 'byte offset kept';
  /** Whether later IDAWs keep their offset in the page (TRN-047), or only the first does. */
  readonly laterIdawOffsetKept: boolean;
  /** What is left in the IDAW list of a CCW that moves no data: the guest's own words, or page offsets. */
  readonly untransferredList: 'guest words' | 'page offset';
  /** Whether two half pages of one page may be pinned with one call; the 2 KiB fix of 6.3 says no (TRN-045). */
  readonly halfPagesCoalesced: boolean;
  /** Whether a CCW moves data, so that its pages must be pinned (TRN-030 to TRN-036). */
  readonly transfersData: (command: number, flags: number, count: number) => boolean;
  /** Word 1 of the ORB for the host subchannel, its logical path mask aside (TRN-023 to TRN-028). */
  readonly hostOrbControl: (orbControl: number) => number;
  /** Kernel allocations behind one segment, and behind the page array of one CCW; they order injected failures. */
  readonly allocationsPerSegment: number;
  readonly allocationsPerPageArray: number;
  /** Whether a CCW address one beyond a segment's last CCW is translated back (kernels from 5.2; TRN-049). */
  readonly addressBehindSegmentTranslated: boolean;
  /** Whether a pinned page is touched by an unmap of `length` bytes at `iova` (commit 5a4fe7c41b58; TRN-054). */
  readonly unmapTouches: (pageAddress: number, iova: number, length: number) => boolean;
}

/** How requests, interruptions and the end of a device are handled: sections 3, 5 and 6; requirements FSM-*, IRQ-*, PTH-*. */
export interface LifecyclePieces {
  /** Whether a transport-mode ORB is refused before anything else (commit bcbd41da3b0a; TRN-001). */
  readonly transportModeRefused: boolean;
  /** Whether the whole of the completion work holds the I/O mutex, or its copy of the IRB only (CVE-2026-80548, commit 34f4feff3e90). */
  readonly completionLocks: 'program and region' | 'region';
  /** Whether an interruption's activity control says that the program has ended (commit 50b7f1b7236b; IRQ-007, IRQ-008). */
  readonly isFinal: (scswControl: number) => boolean;
  /** Whether only the end of a program makes the state IDLE, or any final interruption does (5.14; IRQ-006). */
  readonly idleAfter: 'own program' | 'any final interruption';
  /** Whether the eventfd is signalled when the state is IDLE again, or before (IRQ-002). */
  readonly signal: 'after idle' | 'before idle';
  /** Who frees the program when the device is not operational: a work item, or the event itself (CVE-2026-80549). */
  readonly notOperationalCleanup: 'work item' | 'direct';
  /** Whether close waits for or cancels queued work (CVE-2026-80553, commit 79c60b2c6110; IRQ-019). */
  readonly workEndsWithClose: boolean;
  /** Whether the last release waits for or cancels queued work (same commit). */
  readonly workEndsWithRelease: boolean;
  /** How close frees the program (CVE-2026-80548, commit 34f4feff3e90); "never" is the leak of commit b49bdc8602b7 (FSM-022). */
  readonly closeFreesProgram: 'locked' | 'unlocked' | 'never';
  /** Whether the search for pinned pages in an unmap holds the I/O mutex (2026 series). */
  readonly unmapLocks: boolean;
  /** Whether the list of channel-report words has a lock (CVE-2026-80547, commit 16b0798024c0; PTH-020). */
  readonly crwListLocked: boolean;
  /**
   * Where a region number is compared with the registered regions: at the entry and again in the region's handler under
   * the mutex, at the entry only (CVE-2026-80552, commit 9f5f9a78fedc), or nowhere.
   */
  readonly regionNumberChecked: 'entry and handler' | 'entry' | 'never';
  /** What the driver's state lives and dies with: the mdev, or the subchannel's binding (kernels up to 6.1). */
  readonly stateBelongsTo: 'mdev' | 'subchannel';
  /** Whether STSCH data of a subchannel without a valid device are kept (before the 2026 change of cio_update_schib). */
  readonly invalidSchibKept: boolean;
}

/** One release of the driver. */
export interface DriverProfile extends TranslationPieces, LifecyclePieces {}
