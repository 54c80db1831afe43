/** What the disk says of itself, for cases that hold only for some disks. */

import { viewOf, type CaseContext } from 'ccwspec/plugin';
import { readDeviceCharacteristics, readSubsystemData, Suborder } from '../programs/index.js';
import type { Disk } from './disk.js';
import { HEADS } from './geometry.js';

/** The 64 bytes of Read Device Characteristics. */
export class Characteristics {
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.#view = viewOf(bytes);
  }

  static async of(disk: Disk): Promise<Characteristics> {
    const outcome = await disk.succeeds('read device characteristics', readDeviceCharacteristics);
    return new Characteristics(await outcome.bytes('characteristics', 64));
  }

  /** four hexadecimal digits: 0x3990, 0x2105, 0x2107 */
  get controlUnit(): number {
    return this.#view.getUint16(0);
  }

  get controlUnitModel(): number {
    return this.#view.getUint8(2);
  }

  /** primary cylinders, of an extended address volume too */
  get cylinders(): number {
    const short = this.#view.getUint16(12);
    return short === 0xfffe ? this.#view.getUint32(60) : short;
  }

  /** the first cylinder that is not there at all: alternate cylinders follow the primary ones */
  get cylindersInAll(): number {
    const firstAlternate = this.#view.getUint16(28);
    const alternateTracks = this.#view.getUint16(30);
    return alternateTracks === 0 ? this.cylinders : firstAlternate + Math.ceil(alternateTracks / HEADS);
  }

  /** facilities, byte 6: 02 is Prefix */
  get hasPrefix(): boolean {
    return (this.#view.getUint8(6) & 0x02) !== 0;
  }

  /** byte 9: 10 is a cache */
  get hasCache(): boolean {
    return (this.#view.getUint8(9) & 0x10) !== 0;
  }

  /** Locate Record Extended: everything after the 3990-3 */
  get hasLocateRecordExtended(): boolean {
    return this.controlUnit !== 0x3990 || this.controlUnitModel === 0xe9;
  }

  get isModernControlUnit(): boolean {
    return this.controlUnit === 0x2105 || this.controlUnit === 0x2107;
  }
}

/** Skips the case on a control unit without Locate Record Extended. */
export async function needsLocateRecordExtended(context: CaseContext, disk: Disk): Promise<void> {
  const { hasLocateRecordExtended } = await Characteristics.of(disk);
  if (!hasLocateRecordExtended)
    context.skip('the control unit has no Locate Record Extended; --device eckd:cu=2107 has it');
}

/** Skips the case on a control unit whose characteristics do not announce Prefix. */
export async function needsPrefix(context: CaseContext, disk: Disk): Promise<void> {
  const { hasPrefix } = await Characteristics.of(disk);
  if (!hasPrefix) context.skip('the device characteristics do not announce Prefix; --device eckd:cu=2107 has it');
}

/** True if the feature codes say that Prefix may be used in programs. */
export async function mayUsePrefix(disk: Disk): Promise<boolean> {
  const outcome = await disk.succeeds('read feature codes', readSubsystemData(Suborder.featureCodes, 256));
  const codes = await outcome.bytes('subsystem-data', 256);
  return ((codes[8] ?? 0) & 0x01) !== 0;
}

/** Skips the case unless the volume has cylinders above 65 535. */
export async function needsExtendedAddresses(context: CaseContext, disk: Disk): Promise<void> {
  const { cylinders } = await Characteristics.of(disk);
  if (cylinders <= 0x1_0000)
    context.skip(`the volume has ${cylinders} cylinders; --device eckd:cylinders=70000 has enough`);
}
