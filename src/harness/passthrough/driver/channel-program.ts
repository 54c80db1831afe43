/**
 * The copy of a guest's channel program that the host subchannel runs: format-1 CCWs and format-2 IDAWs below 2 GiB, with
 * host addresses. Reference section 4; requirements TRN-*.
 */

import { CCW_LENGTH, CcwFlag, CommonCommand, idawKind, OrbBit, viewOf, type IdawKind } from '../../arch/index.js';
import { AllocationTag } from '../../machine/storage.js';
import type { HostStart } from '../../ports/target.js';
import { Errno } from '../../uapi/index.js';
import { SEGMENT_BYTES, SegmentBuffer, withinSegment } from './ccw-chain.js';
import type { DriverProfile } from '../profiles/driver-profile.js';
import type { KernelMemory } from './fault-injection.js';
import type { GuestFetch } from './guest-fetch.js';
import type { HostKernel } from './host-kernel.js';
import {
  HOST_IDAW_LENGTH,
  loadGuestList,
  poisonBehind,
  storeDoubleword,
  storeGuestList,
  storeHostIdaw,
  storeHostList,
} from './idal.js';
import { PageArrays } from './page-array.js';
import { SegmentList } from './segments.js';

// Constants of the loops below as this module's own: V8 folds those, and loads imported ones each time.
const CCW_BYTES = CCW_LENGTH;
const TIC = CommonCommand.transferInChannel;
const IDA = CcwFlag.indirectDataAddress << 16;
const IDAW_BYTES = HOST_IDAW_LENGTH;
const IDAW_LIST = AllocationTag.idaws;

/** Bytes that the driver takes for an ORB, from the region's 12-byte field on (TRN-029). */
export const ORB_COPY_LENGTH = 32;

/**
 * Segments that can be open inside each other before the kernel's stack is full. An estimate: 16 KiB of stack, of which the
 * system call has used a quarter, and some 300 bytes a segment.
 */
const STACK_DEPTH = 40;

/** The copy of a guest's channel program in kernel storage, from cp_init to cp_free: section 4 of the reference. */
export class ChannelProgram {
  /** between a successful `init` and `free` */
  initialized = false;
  readonly orb = new Uint8Array(ORB_COPY_LENGTH);
  readonly #orbView = viewOf(this.orb);
  readonly #host: HostKernel;
  readonly #guest: GuestFetch;
  readonly #buffer: SegmentBuffer;
  readonly #segments = new SegmentList();
  readonly #pages: PageArrays;
  // What the loops over CCWs need, taken out of the host once.
  readonly #memory: KernelMemory;
  readonly #profile: DriverProfile;
  readonly #view: DataView;
  readonly #firstIdaw = new Uint8Array(8);
  readonly #firstIdawView = viewOf(this.#firstIdaw);
  #kind: IdawKind = idawKind(OrbBit.format2Idaw);
  #blockMask = 0xfff;
  #blockShift = 12;
  /** half pages are pinned one by one */
  #separately = false;
  /** programs freed so far: shows that a program was freed while somebody else was about to */
  #freed = 0;
  // The path from the first segment to the one whose TICs are being followed, and how far each has been searched.
  readonly #pathSegment = new Uint32Array(STACK_DEPTH);
  readonly #pathCcw = new Uint16Array(STACK_DEPTH);
  #depth = 0;

  constructor(host: HostKernel, guest: GuestFetch) {
    this.#host = host;
    this.#guest = guest;
    this.#memory = host.memory;
    this.#profile = host.profile;
    this.#view = host.storage.lowView;
    this.#buffer = new SegmentBuffer(host);
    this.#pages = new PageArrays(host, guest);
  }

  /**
   * Copies every segment of the program that the ORB at `at` of `region` designates.
   * @returns 0 or a negative errno: -EBUSY if a program is there already, else sections 4.1 to 4.4
   */
  init(region: DataView, at: number): number {
    if (this.initialized) return -Errno.EBUSY;
    this.#segments.clear();
    for (let word = 0; word < ORB_COPY_LENGTH; word += 4) this.#orbView.setUint32(word, region.getUint32(at + word));
    const control = this.#orbView.getUint32(4);
    if ((control & OrbBit.prefetch) === 0) this.#host.log.warnAboutPrefetch();
    const { profile } = this.#host;
    this.#kind = profile.idawKind(control);
    this.#blockMask = this.#kind.block - 1;
    this.#blockShift = this.#kind.block === 4096 ? 12 : 11;
    this.#separately = this.#kind.block === 2048 && !profile.halfPagesCoalesced;
    const result = this.#copySegments(this.#orbView.getUint32(8));
    if (result === 0) this.initialized = true;
    else this.#releaseSegments(profile.releaseOnFailure === 'every segment');
    return result;
  }

  /** Translates every CCW of the copy. @returns 0 or a negative errno: then `free` releases what has been translated */
  prefetch(): number {
    const segments = this.#segments;
    const last = segments.count - 1;
    this.#pages.clear((segments.firstCcw[last] ?? 0) + (segments.length[last] ?? 0));
    const view = this.#view;
    for (let segment = 0; segment <= last; segment++) {
      const length = segments.length[segment] ?? 0;
      const first = segments.firstCcw[segment] ?? 0;
      let at = segments.host[segment] ?? 0;
      for (let index = 0; index < length; index++, at += CCW_BYTES) {
        const word0 = view.getUint32(at);
        const result =
          word0 >>> 24 === TIC
            ? this.#relocate(at)
            : (word0 & IDA) === 0
              ? this.#translateDirect(at, word0, first + index)
              : this.#translateList(at, word0, first + index);
        if (result === 0) continue;
        segments.length[segment] = index;
        segments.length.fill(0, segment + 1, segments.count);
        return result;
      }
    }
    return 0;
  }

  /** The ORB for the host subchannel: section 4.7. */
  hostOrb(interruptionParameter: number, defaultPaths: number): Uint8Array {
    const view = this.#orbView;
    let control = this.#host.profile.hostOrbControl(view.getUint32(4));
    if ((control & OrbBit.logicalPathMask) === 0) control = (control | (defaultPaths << 8)) >>> 0;
    view.setUint32(0, interruptionParameter);
    view.setUint32(4, control);
    view.setUint32(8, this.#segments.host[0] ?? 0);
    return this.orb;
  }

  /** The guest's address for a host CCW address, which is returned as it is if it is not the program's: section 4.10. */
  guestCcwAddress(address: number): number {
    if (!this.initialized) return address;
    const segments = this.#segments;
    const beyond = this.#host.profile.addressBehindSegmentTranslated ? 1 : 0;
    for (let segment = 0; segment < segments.count; segment++) {
      const head = segments.host[segment] ?? 0;
      if (withinSegment(address, head, (segments.length[segment] ?? 0) + beyond)) {
        return ((segments.guest[segment] ?? 0) + (address - head)) >>> 0;
      }
    }
    return address;
  }

  /** True if a page of the program that is pinned is touched by an unmap of the range. */
  isPinned(iova: number, length: number): boolean {
    const segments = this.#segments;
    for (let segment = 0; segment < segments.count; segment++) {
      const first = segments.firstCcw[segment] ?? 0;
      const end = first + (segments.length[segment] ?? 0);
      for (let ccw = first; ccw < end; ccw++) {
        if (this.#pages.touches(ccw, iova, length)) return true;
      }
    }
    return false;
  }

  /** Unpins and releases everything; nothing happens without a program. */
  free(): void {
    if (!this.initialized) return;
    const freed = this.#freed;
    this.#host.scheduler.point('driver:program-release');
    if (freed !== this.#freed) {
      this.#host.faults.record('double free of a channel program', 'release of the program', 'CVE-2026-80548');
      return;
    }
    this.initialized = false;
    this.#freed++;
    const memory = this.#memory;
    const view = this.#view;
    const pages = this.#pages;
    const segments = this.#segments;
    for (let segment = 0; segment < segments.count; segment++) {
      const length = segments.length[segment] ?? 0;
      const first = segments.firstCcw[segment] ?? 0;
      let at = segments.host[segment] ?? 0;
      for (let index = 0; index < length; index++, at += CCW_BYTES) {
        if (view.getUint8(at) === TIC) continue;
        if (pages.pinned[first + index] !== 0) pages.unpin(first + index, this.#separately);
        memory.pageArrays--;
        memory.release(view.getUint32(at + 4));
      }
      memory.release(segments.host[segment] ?? 0);
    }
  }

  /** The translated program, for HostView. */
  describe(conditionCode: number): HostStart {
    const { storage } = this.#host;
    const view = this.#view;
    const segments: { address: number; ccws: Uint8Array }[] = [];
    const idawLists: bigint[][] = [];
    for (let segment = 0; segment < this.#segments.count; segment++) {
      const address = this.#segments.host[segment] ?? 0;
      const ccws = storage.low.slice(address, address + (this.#segments.length[segment] ?? 0) * CCW_BYTES);
      segments.push({ address, ccws });
      const first = this.#segments.firstCcw[segment] ?? 0;
      for (let at = 0; at < ccws.length; at += CCW_BYTES) {
        if (view.getUint8(address + at) === TIC) continue;
        const list = view.getUint32(address + at + 4);
        const words: bigint[] = [];
        for (let idaw = 0; idaw < (this.#pages.idaws[first + at / CCW_BYTES] ?? 0); idaw++) {
          words.push(view.getBigUint64(list + idaw * IDAW_BYTES));
        }
        idawLists.push(words);
      }
    }
    return { orb: this.orb.slice(), conditionCode, segments, idawLists };
  }

  /** Depth first: a segment's TICs are followed before those of the segment that led to it. */
  #copySegments(address: number): number {
    const view = this.#view;
    const segments = this.#segments;
    this.#depth = 0;
    const result = this.#copySegment(address);
    if (result !== 0) return result;
    while (this.#depth > 0) {
      const top = this.#depth - 1;
      const segment = this.#pathSegment[top] ?? 0;
      const length = segments.length[segment] ?? 0;
      const host = segments.host[segment] ?? 0;
      let index = this.#pathCcw[top] ?? 0;
      while (index < length && view.getUint8(host + index * CCW_BYTES) !== TIC) index++;
      if (index === length) {
        this.#depth--;
        continue;
      }
      this.#pathCcw[top] = index + 1;
      const target = view.getUint32(host + index * CCW_BYTES + 4);
      if (segments.find(target) >= 0) continue;
      const result = this.#copySegment(target);
      if (result !== 0) return result;
    }
    return 0;
  }

  #copySegment(address: number): number {
    const { faults, memory, profile, scheduler, storage } = this.#host;
    if (this.#depth === STACK_DEPTH) {
      faults.record(`kernel stack overflow: ${STACK_DEPTH} segments deep`, 'search for TICs', 'CVE-2026-80554');
      return -Errno.EFAULT;
    }
    const fetched = this.#guest.read(address, this.#buffer.bytes, 0, SEGMENT_BYTES);
    if (fetched !== 0) return fetched;
    scheduler.point('driver:chain-fetched');
    const control = this.#orbView.getUint32(4);
    const length = this.#buffer.measure(address, (control & OrbBit.format) === 0, !profile.idawsSupported(control));
    if (length < 0) return length;
    if (this.#segments.count >= profile.mostSegments) return -Errno.EINVAL;
    if (!memory.charge(profile.allocationsPerSegment - 1)) return -Errno.ENOMEM;
    const copy = memory.allocate(length * CCW_BYTES, AllocationTag.channelProgram);
    if (copy === 0) return -Errno.ENOMEM;
    storage.low.set(this.#buffer.bytes.subarray(0, length * CCW_BYTES), copy);
    this.#pathSegment[this.#depth] = this.#segments.add(address, copy, length);
    this.#pathCcw[this.#depth] = 0;
    this.#depth++;
    return 0;
  }

  /** After a failure: every segment goes, or (CVE-2026-80555) those of the failing path only. */
  #releaseSegments(every: boolean): void {
    const { host, count } = this.#segments;
    if (every) {
      for (let segment = 0; segment < count; segment++) this.#memory.release(host[segment] ?? 0);
    } else {
      for (let at = 0; at < this.#depth; at++) this.#memory.release(host[this.#pathSegment[at] ?? 0] ?? 0);
    }
    this.#segments.clear();
  }

  /** Every segment that a TIC leads to was copied: the copy would have ended otherwise. */
  #relocate(at: number): number {
    const view = this.#view;
    const target = view.getUint32(at + 4);
    const segment = this.#segments.find(target);
    const bytes = target - (this.#segments.guest[segment] ?? 0);
    view.setUint32(at + 4, (this.#segments.host[segment] ?? 0) + this.#host.profile.ticDisplacement(bytes));
    return 0;
  }

  #translateDirect(at: number, word0: number, ccw: number): number {
    const view = this.#view;
    const memory = this.#memory;
    const profile = this.#profile;
    const pages = this.#pages;
    const address = view.getUint32(at + 4);
    const length = word0 & 0xffff;
    const count = ((address & this.#blockMask) + (length === 0 ? 1 : length) + this.#blockMask) >>> this.#blockShift;
    const list = memory.allocateWith(count * IDAW_BYTES, IDAW_LIST, profile.allocationsPerPageArray);
    if (list === 0) return -Errno.ENOMEM;
    const first = pages.take(ccw, count);
    pages.iovas[first] = address;
    if (count > 1) this.#spread(first, count, address);
    if (!profile.transfersData(word0 >>> 24, (word0 >>> 16) & 0xff, length)) {
      this.#storeUntransferred(list, first, count);
    } else if (count === 1) {
      const result = pages.pinOne(ccw, first, address);
      if (result !== 0) return this.#abandon(list, result);
      storeHostIdaw(view, list, pages.frames[first] ?? 0, address & 0xfff);
    } else {
      const result = this.#pinAll(list, ccw, first, count);
      if (result !== 0) return this.#abandon(list, result);
    }
    this.#finish(at, word0, list);
    return 0;
  }

  /** Pins the pages of a CCW and stores their list. @returns 0 or a negative errno */
  #pinAll(list: number, ccw: number, first: number, count: number): number {
    const pages = this.#pages;
    const result = pages.pin(ccw, first, count, this.#separately);
    if (result !== 0) return result;
    storeHostList(this.#view, list, pages.iovas, pages.frames, first, count, this.#profile.laterIdawOffsetKept);
    return 0;
  }

  /** What is left in the list of a direct CCW that moves no data. */
  #storeUntransferred(list: number, first: number, count: number): void {
    const { iovas } = this.#pages;
    if (this.#profile.untransferredList === 'guest words') {
      storeGuestList(this.#view, list, iovas, first, count, this.#kind);
    } else {
      this.#host.storage.low.fill(0, list, list + count * IDAW_BYTES);
      storeDoubleword(this.#view, list, (iovas[first] ?? 0) & 0xfff);
    }
  }

  /** Addresses of a direct CCW's pages behind the first. */
  #spread(first: number, count: number, address: number): void {
    const { iovas } = this.#pages;
    const { block, format } = this.#kind;
    const aligned = this.#host.profile.directPages === 'block boundaries';
    const start = aligned ? address - (address % block) : address;
    for (let index = 1; index < count; index++) {
      const iova = start + index * block;
      iovas[first + index] = format === 1 ? iova >>> 0 : iova;
    }
  }

  #translateList(at: number, word0: number, ccw: number): number {
    const { memory, profile, scheduler, storage } = this.#host;
    const view = this.#view;
    const kind = this.#kind;
    const guestList = view.getUint32(at + 4);
    const counted = this.#guest.read(guestList, this.#firstIdaw, 0, kind.length);
    if (counted !== 0) return counted;
    scheduler.point('driver:idal-counted');
    const transferLength = word0 & 0xffff || 1;
    const count = this.#idawsNeeded(this.#firstIdawView, 0, transferLength);
    const list = memory.allocate(count * IDAW_BYTES, IDAW_LIST);
    if (list === 0) return -Errno.ENOMEM;
    const length = count * profile.guestIdawLength(kind);
    const copied = this.#guest.read(guestList, storage.low, list, length);
    if (copied !== 0) return this.#abandon(list, copied);
    if (length < count * IDAW_BYTES) storage.low.fill(0, list + length, list + count * IDAW_BYTES);
    if (!this.#sameFirstIdaw(list)) {
      if (profile.firstIdawRechecked) return this.#abandon(list, -Errno.EINVAL);
      if (this.#idawsNeeded(view, list, transferLength) > count) {
        this.#host.faults.record(
          'IDAW list shorter than its transfer: the channel fetches IDAWs from behind the allocation',
          'copy of an IDAW list',
          'CVE-2026-80551',
        );
        poisonBehind(view, list, count * IDAW_BYTES);
      }
    }
    if (!memory.charge(profile.allocationsPerPageArray)) return this.#abandon(list, -Errno.ENOMEM);
    const pages = this.#pages;
    const first = pages.take(ccw, count);
    loadGuestList(view, list, pages.iovas, first, count, kind);
    if (profile.transfersData(word0 >>> 24, (word0 >>> 16) & 0xff, word0 & 0xffff)) {
      const result = this.#pinAll(list, ccw, first, count);
      if (result !== 0) return this.#abandon(list, result);
    } else if (profile.untransferredList === 'page offset') {
      view.setBigUint64(list, view.getBigUint64(list) + BigInt((pages.iovas[first] ?? 0) & 0xfff));
    }
    this.#finish(at, word0, list);
    return 0;
  }

  /** IDAWs for `length` bytes at the address that the first IDAW at `at` holds: section 1.13. */
  #idawsNeeded(view: DataView, at: number, length: number): number {
    const address = view.getUint32(at + this.#kind.length - 4);
    return ((address & this.#blockMask) + length + this.#blockMask) >>> this.#blockShift;
  }

  #sameFirstIdaw(list: number): boolean {
    const view = this.#view;
    return (
      view.getUint32(list) === this.#firstIdawView.getUint32(0) &&
      (this.#kind.length === 4 || view.getUint32(list + 4) === this.#firstIdawView.getUint32(4))
    );
  }

  /** The CCW designates its list now. */
  #finish(at: number, word0: number, list: number): void {
    const view = this.#view;
    this.#memory.pageArrays++;
    view.setUint32(at, (word0 | IDA) >>> 0);
    view.setUint32(at + 4, list);
  }

  /** The CCW could not be translated: its own resources go, `free` sees to the rest. */
  #abandon(list: number, result: number): number {
    if (list !== 0) this.#memory.release(list);
    return result;
  }
}
