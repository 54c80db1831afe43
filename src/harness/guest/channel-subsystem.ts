/** The guest's channel subsystem: css images, what of them the guest sees, channel paths, channel reports. */

import { CrwBit, ErrorRecoveryCode, interruptionSubclass, ReportingSource, SchibOffset } from '../arch/index.js';
import { CrwQueue } from './crw-queue.js';
import { InterruptionQueue, type Accelerator } from './interruption-queue.js';
import { ChannelMonitoring } from './measurement.js';
import type { OperandStorage } from './guest-storage.js';
import type { VirtualSubchannel } from './virtual-subchannel.js';

/** cssid of the image that a guest without MCSS-E sees as css 0. */
export const DEFAULT_CSSID = 0xfe;
const MAX_CSSID = 0xff;
const MAX_SSID = 3;

/** Channel path of QEMU's own devices: id and type. */
export const VIRTUAL_CHANNEL_PATH = { id: 0, type: 0x32 } as const;

/** A channel path that a device of the image uses. */
export interface ChannelPathEntry {
  readonly type: number;
  /** true if it is QEMU's own, without a path of the host */
  readonly isVirtual: boolean;
}

interface CssImage {
  /** subchannels by number, for each subchannel set that ever had one */
  readonly sets: (Map<number, VirtualSubchannel> | undefined)[];
  readonly paths: Map<number, ChannelPathEntry>;
}

/** A subsystem-identification word taken apart. */
export interface SubsystemId {
  /** cssid of the image that it names */
  readonly cssid: number;
  readonly ssid: number;
  readonly number: number;
}

/**
 * Takes apart the subsystem-identification word of general register 1: bit 47 must be one, and without M the cssid must be
 * zero, which names the default image. Bits 40-43 are not looked at (QIN-003).
 * @returns undefined for an operand exception
 */
export function parseSubsystemId(schid: number): SubsystemId | undefined {
  if ((schid & 0x0001_0000) === 0) return undefined;
  const cssid = (schid >>> 24) & 0xff;
  const ssid = (schid >>> 17) & 3;
  const number = schid & 0xffff;
  if ((schid & 0x0008_0000) !== 0) return { cssid, ssid, number };
  return cssid === 0 ? { cssid: DEFAULT_CSSID, ssid, number } : undefined;
}

/** The guest's channel subsystem: its subchannels, pending interruptions and channel reports. */
export class ChannelSubsystem {
  readonly reports = new CrwQueue();
  readonly interruptions: InterruptionQueue;
  readonly monitoring: ChannelMonitoring;
  /** greatest cssid that the guest may name: 0 until it enables MCSS-E */
  #maxCssid = 0;
  /** greatest subchannel set that it may name: 0 until it enables MSS */
  #maxSsid = 0;
  readonly #images = new Map<number, CssImage>();

  constructor(storage: OperandStorage, accelerator: Accelerator) {
    this.monitoring = new ChannelMonitoring(storage);
    this.interruptions = new InterruptionQueue(accelerator);
    this.addChannelPath(DEFAULT_CSSID, VIRTUAL_CHANNEL_PATH.id, { type: VIRTUAL_CHANNEL_PATH.type, isVirtual: true });
  }

  addSubchannel(subchannel: VirtualSubchannel): void {
    const { cssid, ssid, number } = subchannel.place;
    const { sets } = this.#image(cssid);
    (sets[ssid] ??= new Map<number, VirtualSubchannel>()).set(number, subchannel);
  }

  /** Adds a channel path, if its id is not in use. */
  addChannelPath(cssid: number, id: number, entry: ChannelPathEntry): void {
    const { paths } = this.#image(cssid);
    if (!paths.has(id)) paths.set(id, entry);
  }

  /** The subchannel that an instruction reaches; undefined if there is none, or none that the guest sees. */
  find(id: SubsystemId): VirtualSubchannel | undefined {
    const subchannel = this.#images.get(id.cssid)?.sets[id.ssid]?.get(id.number);
    return subchannel !== undefined && this.isVisible(id) ? subchannel : undefined;
  }

  /** True if there is such a subchannel, seen or not. */
  exists(id: SubsystemId): boolean {
    return this.#images.get(id.cssid)?.sets[id.ssid]?.has(id.number) ?? false;
  }

  /**
   * True if no subchannel of the set has a greater or equal number (QIN-005). Deviation of QEMU: it looks at the first 8192
   * numbers only, and takes a set that has none of those, any more, for one that ends there.
   */
  isBeyondLast(id: SubsystemId): boolean {
    const set = this.#images.get(id.cssid)?.sets[id.ssid];
    if (set === undefined) return true;
    const searched = 8192;
    let last = -1;
    for (const number of set.keys()) if (number < searched && number > last) last = number;
    return id.number > (last < 0 ? searched : last);
  }

  /** Words with which the guest names its subchannels; those of a css or set that it has not enabled are among them. */
  subsystemIds(): number[] {
    const words: number[] = [];
    for (const [cssid, { sets }] of this.#images) {
      const css = cssid === DEFAULT_CSSID ? 0 : (cssid << 24) | 0x0008_0000;
      sets.forEach((set, ssid) => {
        for (const number of set?.keys() ?? []) words.push((css | (ssid << 17) | 0x0001_0000 | number) >>> 0);
      });
    }
    return words;
  }

  /** True if the css image exists: what CHSC asks of a cssid. */
  hasImage(cssid: number): boolean {
    return this.#images.has(cssid);
  }

  /** Channel paths of an image, by ascending id from `first` to `last`. */
  channelPaths(cssid: number, first: number, last: number): [id: number, entry: ChannelPathEntry][] {
    const paths = [...(this.#images.get(cssid)?.paths ?? [])];
    return paths.filter(([id]) => id >= first && id <= last).sort(([a], [b]) => a - b);
  }

  enableMultipleChannelSubsystems(): void {
    this.#maxCssid = MAX_CSSID;
  }

  /** QIN-023 */
  enableMultipleSubchannelSets(): void {
    this.#maxSsid = MAX_SSID;
  }

  /** Makes an I/O interruption of the subchannel pending, with its interruption parameter and subclass of this moment. */
  interrupt(subchannel: VirtualSubchannel): void {
    this.interruptions.inject({
      subsystemId: this.#interruptionSubsystemId(subchannel),
      interruptionParameter: subchannel.view.getUint32(SchibOffset.interruptionParameter),
      identification: interruptionSubclass(subchannel.flags) << 27,
    });
  }

  /**
   * RESET CHANNEL PATH. QIN-021.
   * @returns the condition code, or undefined for an operand exception
   */
  resetChannelPath(cssid: number, id: number): 0 | 3 | undefined {
    if (cssid > this.#maxCssid) return undefined;
    const multiple = this.#maxCssid > 0;
    const real = multiple ? cssid : DEFAULT_CSSID;
    const image = this.#images.get(real);
    if (image === undefined) return undefined;
    if (image.paths.get(id)?.isVirtual !== true) return 3;
    const initialized = (ReportingSource.channelPath << 24) | (ErrorRecoveryCode.initialized << 16) | CrwBit.solicited;
    this.reports.report(initialized | (multiple ? CrwBit.chaining : 0) | id);
    if (multiple) this.reports.report(initialized | (real << 8));
    return 0;
  }

  /** The subchannel's device is gone: a channel report tells the guest, and its interruptions are dropped. */
  removeSubchannel(subchannel: VirtualSubchannel): void {
    const { cssid, ssid, number } = subchannel.place;
    subchannel.invalidate();
    if (this.isVisible(subchannel.place)) {
      const chained = this.#maxSsid > 0 || this.#maxCssid > 0;
      const initialized = (ReportingSource.subchannel << 24) | (ErrorRecoveryCode.installedParametersInitialized << 16);
      this.reports.report(initialized | (chained ? CrwBit.chaining : 0) | number);
      const guestCssid = this.#maxCssid === 0 ? 0 : cssid;
      if (chained) this.reports.report(initialized | (guestCssid << 8) | (ssid << 4));
      this.interruptions.drop(this.#interruptionSubsystemId(subchannel));
    }
    this.#images.get(cssid)?.sets[ssid]?.delete(number);
  }

  /** Subsystem reset: everything is as at the start, but subchannels stay as they are. */
  reset(): void {
    this.monitoring.reset();
    this.reports.clear();
    this.interruptions.clear();
    this.#maxCssid = 0;
    this.#maxSsid = 0;
  }

  /** True if the guest has enabled the css image and subchannel set. */
  isVisible({ cssid, ssid }: { readonly cssid: number; readonly ssid: number }): boolean {
    return ssid <= this.#maxSsid && (cssid === DEFAULT_CSSID || this.#maxCssid > 0);
  }

  /** Subsystem-identification word of the interruption code: with cssid and M once MCSS-E is enabled. */
  #interruptionSubsystemId({ place: { cssid, ssid, number } }: VirtualSubchannel): number {
    const css = this.#maxCssid > 0 ? (cssid << 24) | 0x0008_0000 : 0;
    return (css | (ssid << 17) | 0x0001_0000 | number) >>> 0;
  }

  #image(cssid: number): CssImage {
    let image = this.#images.get(cssid);
    if (image === undefined) this.#images.set(cssid, (image = { sets: [], paths: new Map() }));
    return image;
  }
}
