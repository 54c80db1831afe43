/** A subchannel of the guest with a vfio-ccw device of the host behind it, as QEMU 7.2's hw/vfio/ccw.c has it. */

import {
  DeviceStatus,
  ECW_LENGTH,
  IrbOffset,
  ORB_LENGTH,
  OrbBit,
  SchibOffset,
  ScswBit,
  ScswMask,
  SCSW_LENGTH,
  SubchannelStatus,
  viewOf,
} from '../arch/index.js';
import { CcwspecError } from '../errors/index.js';
import type { HostPaths, VfioPort } from '../ports/index.js';
import {
  AsyncCommand,
  AsyncRegion,
  CrwRegion,
  describeResult,
  Errno,
  IoRegion,
  SCHIB_REGION_LENGTH,
} from '../uapi/index.js';
import type { DeviceRegions } from './device-regions.js';
import { copyWords } from './words.js';
import {
  VirtualSubchannel,
  type ConditionCode,
  type SubchannelPlace,
  type SubchannelSurroundings,
} from './virtual-subchannel.js';

/** Refusals of the host that have a condition code (QVF-002, QVF-003). Any other becomes unit exception (QVF-004). */
type RefusalCodes = ReadonlyMap<number, ConditionCode>;
const notOperational = [
  [-Errno.ENODEV, 3],
  [-Errno.EACCES, 3],
] as const;
/** of START, RESUME and HALT SUBCHANNEL */
const startRefusals: RefusalCodes = new Map<number, ConditionCode>([[-Errno.EBUSY, 2], ...notOperational]);
/** of CLEAR SUBCHANNEL, which is never busy */
const clearRefusals: RefusalCodes = new Map<number, ConditionCode>(notOperational);

const endedWithAlert = ScswBit.primaryStatus | ScswBit.secondaryStatus | ScswBit.alertStatus | ScswBit.statusPending;

/** Subchannel status for an I/O region that cannot be read. */
const readErrors: ReadonlyMap<number, number> = new Map([[-Errno.EFAULT, SubchannelStatus.channelDataCheck]]);

const ESW_LENGTH = IrbOffset.ecw - IrbOffset.esw;
const region = {
  scsw: IoRegion.irb + IrbOffset.scsw,
  esw: IoRegion.irb + IrbOffset.esw,
  ecw: IoRegion.irb + IrbOffset.ecw,
};

/** A guest's subchannel whose start, halt and clear functions the host's driver performs. */
export class PassthroughSubchannel extends VirtualSubchannel {
  /** the I/O region as it is written: its IRB area and return code always stay zero */
  readonly #request = new Uint8Array(IoRegion.length);
  /** the I/O region as it was last read */
  readonly #answer = new Uint8Array(IoRegion.length);
  readonly #requestView = viewOf(this.#request);
  readonly #answerView = viewOf(this.#answer);
  readonly #command = new Uint8Array(AsyncRegion.length);
  readonly #hostSchib = new Uint8Array(SCHIB_REGION_LENGTH);
  readonly #crw = new Uint8Array(CrwRegion.length);
  #warnedOfPrefetch = false;

  constructor(
    place: SubchannelPlace,
    surroundings: SubchannelSurroundings,
    private readonly vfio: VfioPort,
    private readonly regions: DeviceRegions,
    private readonly forcePrefetch: boolean,
    private readonly message: (text: string) => void,
  ) {
    super(place, surroundings);
  }

  /**
   * Fills in the channel paths, which QEMU takes from sysfs and never looks for again.
   * @returns the paths
   * @throws CcwspecError E-GUEST-DEVICE if nothing says what they are
   */
  async buildPaths(given: HostPaths | undefined): Promise<HostPaths> {
    const paths = given ?? (await this.#pathsOfHost());
    this.view.setUint8(SchibOffset.pim, paths.pim);
    this.view.setUint8(SchibOffset.pam, paths.pam);
    this.view.setUint8(SchibOffset.pom, paths.pom);
    for (let path = 0; path < 8; path++) this.view.setUint8(SchibOffset.chpid + path, paths.chpids[path] ?? 0);
    return paths;
  }

  /** Takes in a signal of the I/O interrupt: the whole SCSW and ESW are the host's (QVF-013, QVF-014). */
  async takeInterruption(): Promise<void> {
    const result = await this.vfio.read(this.regions.io, this.#answer);
    if (result === IoRegion.length) {
      const { view, irb } = this;
      copyWords(this.#answerView, region.scsw, view, SchibOffset.scsw, SCSW_LENGTH / 4);
      copyWords(this.#answerView, region.esw, irb, IrbOffset.esw, ESW_LENGTH / 4);
      const unitCheck = (view.getUint8(SchibOffset.scsw + 8) & DeviceStatus.unitCheck) !== 0;
      if (unitCheck && this.hasConcurrentSense) {
        copyWords(this.#answerView, region.ecw, irb, IrbOffset.ecw, ECW_LENGTH / 4);
      }
    } else {
      this.#presentReadError(result);
    }
    this.surroundings.interrupt(this);
  }

  /** Takes in a signal of the CRW interrupt. @returns every CRW that the host has, oldest first (QVF-015) */
  async takeChannelReports(): Promise<number[]> {
    const words: number[] = [];
    if (this.regions.crw === undefined) return words;
    const view = viewOf(this.#crw);
    for (;;) {
      this.#crw.fill(0);
      const result = await this.vfio.read(this.regions.crw, this.#crw);
      if (result < 0) this.message(`vfio-ccw: reading the CRW region gives ${describeResult(result)}`);
      const word = view.getUint32(CrwRegion.crw);
      if (result < 0 || word === 0) return words;
      words.push(word);
    }
  }

  /** QVF-001. The start function of both SSCH and RSCH: the whole request goes to the host (QVF-011). */
  protected async start(): Promise<ConditionCode> {
    // Deviation QVF-019: this stays even if the host then refuses.
    if ((this.control & ScswBit.suspended) === 0) {
      this.view.setUint32(SchibOffset.interruptionParameter, this.orb.getUint32(0));
    }
    if (this.forcePrefetch) this.#forcePrefetch();
    copyWords(this.orb, 0, this.#requestView, IoRegion.orb, ORB_LENGTH / 4);
    copyWords(this.view, SchibOffset.scsw, this.#requestView, IoRegion.scsw, SCSW_LENGTH / 4);
    let result = await this.vfio.write(this.regions.io, this.#request);
    if (result === -Errno.EAGAIN) result = await this.#writeAgain(this.regions.io, this.#request);
    return result === IoRegion.length ? 0 : this.#refused(result, startRefusals, 'I/O');
  }

  /** QVF-006 */
  protected halt(): Promise<ConditionCode> {
    return this.#asyncCommand(AsyncCommand.halt, startRefusals, () => {
      this.emulateHalt();
    });
  }

  /** QVF-006 */
  protected clear(): Promise<ConditionCode> {
    return this.#asyncCommand(AsyncCommand.clear, clearRefusals, () => {
      this.emulateClear();
    });
  }

  /** QVF-008. If the host cannot tell, STORE SUBCHANNEL has no condition code to say so. */
  protected async refresh(): Promise<void> {
    if (this.regions.schib === undefined) return;
    this.#hostSchib.fill(0);
    const result = await this.vfio.read(this.regions.schib, this.#hostSchib);
    if (result < 0) {
      this.message(`vfio-ccw: reading the SCHIB region gives ${describeResult(result)}`);
      return;
    }
    const host = viewOf(this.#hostSchib);
    for (const mask of [SchibOffset.pnom, SchibOffset.lpum, SchibOffset.pam, SchibOffset.pom]) {
      this.view.setUint8(mask, host.getUint8(mask));
    }
    this.control |= host.getUint32(SchibOffset.scsw) & ScswBit.pathNotOperational;
  }

  async #asyncCommand(command: number, refusals: RefusalCodes, emulate: () => void): Promise<ConditionCode> {
    if (this.regions.asyncCommand === undefined) {
      emulate();
      return 0;
    }
    viewOf(this.#command).setUint32(AsyncRegion.command, command);
    let result = await this.vfio.write(this.regions.asyncCommand, this.#command);
    if (result === -Errno.EAGAIN) result = await this.#writeAgain(this.regions.asyncCommand, this.#command);
    return result === AsyncRegion.length ? 0 : this.#refused(result, refusals, 'async command');
  }

  /** A write that the host had no time for is tried again, without limit (QVF-005). */
  async #writeAgain(offset: number, bytes: Uint8Array): Promise<number> {
    for (;;) {
      await this.vfio.waitAnyIrq?.([], 0);
      const result = await this.vfio.write(offset, bytes);
      if (result !== -Errno.EAGAIN) return result;
    }
  }

  #refused(result: number, refusals: RefusalCodes, name: string): ConditionCode {
    this.message(`vfio-ccw: writing the ${name} region gives ${describeResult(result)}`);
    const conditionCode = refusals.get(result);
    if (conditionCode !== undefined) return conditionCode;
    this.#presentUnitException();
    return 0;
  }

  /** QVF-004. Start pending stays on, and ESW and sense data are those of the interruption before. */
  #presentUnitException(): void {
    this.control = (this.control & ~(ScswBit.subchannelActive | ScswBit.deviceActive)) | endedWithAlert;
    this.view.setUint32(SchibOffset.scsw + 4, this.channelProgramAddress + 8);
    this.view.setUint8(SchibOffset.scsw + 8, DeviceStatus.unitException);
    this.surroundings.interrupt(this);
  }

  #presentReadError(result: number): void {
    const withoutStatus = this.control & ~ScswMask.statusControl;
    if (result === -Errno.ENODEV) {
      this.control = withoutStatus | ScswBit.deferredConditionCode | ScswBit.alertStatus | ScswBit.statusPending;
      return;
    }
    this.control = (withoutStatus & ~ScswBit.startPending) | endedWithAlert;
    const status =
      result >= 0 ? SubchannelStatus.channelControlCheck : (readErrors.get(result) ?? SubchannelStatus.programCheck);
    this.view.setUint8(SchibOffset.scsw + 9, status);
  }

  /** QVF-012: in the ORB that the host gets, not in the guest's storage. */
  #forcePrefetch(): void {
    const control = this.orb.getUint32(4);
    if ((control & OrbBit.prefetch) !== 0) return;
    this.orb.setUint32(4, control | OrbBit.prefetch);
    if (!this.#warnedOfPrefetch) this.message('vfio-ccw: the prefetch bit of an ORB was forced on');
    this.#warnedOfPrefetch = true;
  }

  async #pathsOfHost(): Promise<HostPaths> {
    const bytes = this.#hostSchib;
    const result = this.regions.schib === undefined ? undefined : await this.vfio.read(this.regions.schib, bytes);
    if (result !== bytes.length) {
      const why =
        result === undefined ? 'there is no SCHIB region' : `the SCHIB region gives ${describeResult(result)}`;
      throw new CcwspecError('E-GUEST-DEVICE', `the guest cannot tell the device's channel paths: ${why}`);
    }
    const host = viewOf(bytes);
    const pim = host.getUint8(SchibOffset.pim);
    const chpids = Array.from({ length: 8 }, (_, path) =>
      (pim & (0x80 >> path)) === 0 ? 0 : host.getUint8(SchibOffset.chpid + path),
    );
    return { pim, pam: host.getUint8(SchibOffset.pam), pom: host.getUint8(SchibOffset.pom), chpids };
  }
}
