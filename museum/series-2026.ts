/** The ten fixes of 30 July 2026, nine of which became CVEs, and the first version of one of them. */

import type { Exhibit } from './exhibit.js';

export const series2026: readonly Exhibit[] = [
  {
    id: 'CVE-2026-80550',
    fixedBy: 'a005b7f1a491',
    title: 'The length count looked at a 257th CCW',
    happened:
      'The driver copies 256 CCWs of a segment and counts how many are chained. It compared the count with its limit only ' +
      'after it had looked at the next CCW, so that a program of 256 chained CCWs made it read 8 bytes behind the copy.',
    defect: { driver: { slotsExamined: 257 } },
  },
  {
    id: 'a005b7f1a491-v1',
    title: 'The first version of that fix refused a legal program of 256 CCWs',
    happened: 'The limit was moved by one in the wrong direction; a reviewer noticed, no test did.',
    defect: { driver: { longestSegment: 255 } },
  },
  {
    id: 'CVE-2026-80554',
    fixedBy: '5405c90d6a47',
    title: 'Segments joined by transfer in channel were followed without a limit',
    happened:
      'Each new segment was copied by one more level of recursion, so that a guest chose how deep the kernel stack grew.',
    defect: { driver: { mostSegments: Infinity } },
  },
  {
    id: 'CVE-2026-80555',
    fixedBy: '74186c2968f8',
    title: 'A failure in a later segment leaked the segments already copied',
    happened:
      'Only the segments on the path that failed were released. A program whose first TIC is good and whose second is not ' +
      'left kernel memory behind with every start.',
    defect: { driver: { releaseOnFailure: 'failing path' } },
  },
  {
    id: 'CVE-2026-80551',
    fixedBy: '565bef268d75',
    title: 'The first IDAW was read twice',
    happened:
      'It was read once to count the IDAWs and again when the list was copied. A guest that changed it in between made the ' +
      'driver use a list shorter than the count said.',
    defect: { driver: { firstIdawRechecked: false } },
  },
  {
    id: '4f6fdc6e1a7f',
    title: 'The length of a format-1 IDAW list was computed as if its IDAWs were of format 2',
    happened: 'Twice as many bytes were read as the list has; a list at the end of guest storage was refused.',
    defect: { driver: { guestIdawLength: () => 8 } },
  },
  {
    id: 'CVE-2026-80552',
    fixedBy: '9f5f9a78fedc',
    title: 'The region number of a file offset was not compared with the registered regions',
    happened: 'A read or write far into the device file took its handler from behind the array of regions.',
    defect: { driver: { regionNumberChecked: 'never' } },
  },
  {
    id: 'CVE-2026-80553',
    fixedBy: '79c60b2c6110',
    title: 'Queued work outlived the device',
    happened: 'An interruption shortly before the last close left work queued that ran on released memory.',
    defect: { driver: { workEndsWithClose: false, workEndsWithRelease: false } },
  },
  {
    id: 'CVE-2026-80549',
    fixedBy: '0c11f61a876e',
    title: 'The program was freed under the subchannel lock when the device was lost',
    happened: 'Unpinning pages may sleep; the not-operational event is raised where sleeping is forbidden.',
    defect: { driver: { notOperationalCleanup: 'direct' } },
  },
  {
    id: 'CVE-2026-80548',
    fixedBy: '34f4feff3e90',
    title: 'Completion and reset both freed the program',
    happened: 'The completion work looked at the program outside the mutex under which a reset freed it.',
    defect: { driver: { completionLocks: 'region', closeFreesProgram: 'unlocked', unmapLocks: false } },
  },
  {
    id: 'CVE-2026-80547',
    fixedBy: '16b0798024c0',
    title: 'The list of channel reports had no lock',
    happened: 'A path event that queued a report while another was read could lose or repeat one, or corrupt the list.',
    defect: { driver: { crwListLocked: false } },
  },
];
