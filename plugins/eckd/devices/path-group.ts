/** What the control unit keeps for every channel path: its path group, what is owed to it, and its chain. */

import type { DeviceNotifier, DevicePath } from 'ccwspec/plugin';
import { SENSE_LENGTH, toHex } from 'ccwspec/plugin';
import { Chain } from './chain-state.js';

/** Length of a path-group identifier. */
export const GROUP_ID_LENGTH = 11;

/** Byte 0 of sense path group ID. */
export const PathStateBit = { ungrouped: 0x80, grouped: 0xc0, multipath: 0x08 } as const;

/** Byte 0 of set path group ID. */
export const GroupFunction = {
  multipath: 0x80,
  command: 0x60,
  establish: 0x00,
  disband: 0x20,
  resign: 0x40,
  invalid: 0x60,
  reserved: 0x1f,
} as const;

export class PathState {
  /** host, channel path and mask in one number, by which a path is known again */
  readonly key: number;
  notifier: DeviceNotifier | undefined;
  /** path-group identifier; zeros if none is set */
  readonly groupId = new Uint8Array(GROUP_ID_LENGTH);
  /** the identifier in hexadecimal; empty if none is set */
  group = '';
  grouped = false;
  multipath = false;
  /** was told that the device is busy, and is owed a device end */
  owed = false;
  /** its reservation was taken by another host, and it has not been told yet */
  allegianceLost = false;
  /** sense data of its last unit check */
  readonly sense = new Uint8Array(SENSE_LENGTH);
  /** the sense data are still to be fetched */
  senseHeld = false;
  /** ending status of the operation in progress */
  ending = 0;
  readonly chain = new Chain();

  constructor(readonly path: DevicePath) {
    this.key = pathKey(path);
  }

  /** Bits 0, 1 and 4 of sense path group ID byte 0. */
  get stateBits(): number {
    if (this.group === '') return 0;
    const state = this.grouped ? PathStateBit.grouped : PathStateBit.ungrouped;
    return this.multipath ? state | PathStateBit.multipath : state;
  }

  /** Takes the eleven bytes at `bytes[offset]` as identifier. */
  setGroup(bytes: Uint8Array, offset: number, grouped: boolean, multipath: boolean): void {
    this.groupId.set(bytes.subarray(offset, offset + GROUP_ID_LENGTH));
    this.group = toHex(this.groupId);
    this.grouped = grouped;
    this.multipath = multipath;
  }

  /** Forgets the identifier. */
  resetGroup(): void {
    this.groupId.fill(0);
    this.group = '';
    this.grouped = false;
    this.multipath = false;
  }

  /** True if `other` is this path or a path of the same group. */
  sharesWith(other: PathState): boolean {
    return other === this || (this.grouped && other.grouped && other.group === this.group);
  }
}

/** The number by which a path is known. */
export function pathKey(path: DevicePath): number {
  return path.host * 0x1_0000 + path.chpid * 0x100 + path.mask;
}
