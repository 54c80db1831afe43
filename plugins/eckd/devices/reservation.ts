/**
 * Who may use the device: reservation (device allegiance), the sense data that a host still has to fetch (contingent
 * allegiance), and the channel program in progress. Others are told that the device is busy, and are owed a device end.
 */

import { DeviceStatus } from 'ccwspec/plugin';
import { GroupFunction, type PathState } from './path-group.js';

/** How the device is reserved, seen from one path: bits 2-3 of sense path group ID byte 0. */
export const Reserved = { not: 0, toOther: 2, toThis: 3 } as const;

/** Commands that a control unit answers while another host has the device reserved. */
const answeredWhileReserved = new Set([
  0x14, // unconditional reserve
  0x34, // sense path group ID
  0x44, // reset allegiance
  0x5b, // suspend multipath reconnection, which may come before the others
  0xaf, // set path group ID
  0xe4, // sense ID
]);

const UNCONDITIONAL_RESERVE = 0x14;

export class Allegiance {
  readonly #paths: readonly PathState[];
  /** the paths that own the device, one of a group for all of it; none if it is not reserved */
  readonly #owners = new Set<PathState>();
  /** the path whose sense data are waiting */
  #contingent: PathState | undefined;
  /** the path whose channel program is in progress */
  #active: PathState | undefined;
  #owed = 0;

  /** @param paths all paths of the device, kept up to date by their owner */
  constructor(paths: readonly PathState[]) {
    this.#paths = paths;
  }

  /** True if nobody is kept out and nobody waits: the common case. */
  get isFree(): boolean {
    return this.#active === undefined && this.#contingent === undefined && this.#owners.size === 0;
  }

  /** True if sense data wait for some path. */
  get holdsSense(): boolean {
    return this.#contingent !== undefined;
  }

  /** How the device is reserved, seen from `path`. */
  reserved(path: PathState): number {
    if (this.#owners.size === 0) return Reserved.not;
    return this.owns(path) ? Reserved.toThis : Reserved.toOther;
  }

  /** True if the device is reserved to `path` or its group. */
  owns(path: PathState): boolean {
    for (const owner of this.#owners) if (owner.sharesWith(path)) return true;
    return false;
  }

  /** True if `command` on `path` must be told that the device is busy. */
  isBusyFor(path: PathState, command: number): boolean {
    if (command === UNCONDITIONAL_RESERVE) return false;
    if (this.#active !== undefined && this.#active !== path) return true;
    if (answeredWhileReserved.has(command)) return false;
    return this.#isKeptOut(path);
  }

  /** Notes that `path` was told busy; one path of a group is enough. */
  owe(path: PathState): void {
    for (const known of this.#paths) if (known.owed && known.sharesWith(path)) return;
    path.owed = true;
    this.#owed++;
  }

  /** Device reserve, by a path that is not kept out. */
  reserve(path: PathState): void {
    if (this.owns(path)) return;
    this.#owners.clear();
    this.#owners.add(path);
  }

  /** Device release: ends the reservation if it is this path's. */
  release(path: PathState): void {
    if (this.owns(path)) this.#owners.clear();
  }

  /** Unconditional reserve: takes the device from whoever has it. The loser is told at its next command. */
  take(path: PathState): void {
    this.breakOthers(path);
    this.#owners.clear();
    this.#owners.add(path);
  }

  /** Ends every allegiance of paths outside the group of `path`. */
  breakOthers(path: PathState): void {
    for (const other of this.#paths) {
      if (other.sharesWith(path)) continue;
      if (this.owns(other)) other.allegianceLost = true;
      if (other === this.#contingent) {
        other.senseHeld = false;
        this.#contingent = undefined;
      }
    }
    if (this.#owners.size !== 0 && !this.owns(path)) this.#owners.clear();
  }

  /** A channel program begins on `path`. @param breaks whether it ends one that is in progress on another path */
  begin(path: PathState, breaks: boolean): void {
    if (breaks && this.#active !== undefined && this.#active !== path) {
      this.#active.allegianceLost = true;
      this.#active.chain.active = false;
    }
    this.#active = path;
  }

  /** The channel program on `path` is over. */
  end(path: PathState): void {
    if (this.#active === path) this.#active = undefined;
  }

  /** Sense data wait for `path`. */
  hold(path: PathState): void {
    this.#contingent = path;
    path.senseHeld = true;
  }

  /** An accepted command discards what sense data wait for its path or group. */
  discardSense(path: PathState): void {
    if (this.#contingent?.sharesWith(path) === true) this.dropSense(this.#contingent);
  }

  /** The sense data of `path` were fetched or discarded. */
  dropSense(path: PathState): void {
    path.senseHeld = false;
    if (this.#contingent === path) this.#contingent = undefined;
  }

  /** Set path group ID. The new identifier, function byte first, is at `bytes[0]`. */
  setGroup(path: PathState, bytes: Uint8Array): void {
    const command = (bytes[0] ?? 0) & GroupFunction.command;
    const multipath = ((bytes[0] ?? 0) & GroupFunction.multipath) !== 0;
    if (command === GroupFunction.establish) {
      path.setGroup(bytes, 1, true, multipath);
    } else if (command === GroupFunction.resign) {
      this.#handOn(path);
      path.setGroup(bytes, 1, false, multipath);
    } else {
      // A disbanded group leaves its reservation with the path that disbanded it.
      const keeps = this.owns(path);
      const members = this.#paths.filter((other) => other.sharesWith(path));
      for (const member of members) {
        this.#owners.delete(member);
        member.resetGroup();
      }
      path.resetGroup();
      if (keeps) this.#owners.add(path);
    }
  }

  /** System reset of `path`: it leaves its group; a reservation ends with its last path. */
  reset(path: PathState): void {
    this.#handOn(path);
    this.#owners.delete(path);
    path.resetGroup();
    this.dropSense(path);
    this.end(path);
    path.allegianceLost = false;
    this.forgive(path);
  }

  /** Forgets that `path` is owed a device end. */
  forgive(path: PathState): void {
    if (!path.owed) return;
    path.owed = false;
    this.#owed--;
  }

  /** Presents device end to every path that waits and can now have the device. */
  offer(): void {
    if (this.#owed === 0) return;
    for (const path of [...this.#paths]) {
      if (!path.owed || this.#isKeptOut(path) || (this.#active !== undefined && this.#active !== path)) continue;
      this.forgive(path);
      path.notifier?.unsolicited(DeviceStatus.deviceEnd);
    }
  }

  #isKeptOut(path: PathState): boolean {
    if (this.#contingent !== undefined && !this.#contingent.sharesWith(path)) return true;
    return this.#owners.size !== 0 && !this.owns(path);
  }

  /** Before `path` leaves its group: what it owns stays with another path of the group, if there is one. */
  #handOn(path: PathState): void {
    if (!this.#owners.has(path)) return;
    const heir = this.#paths.find((other) => other !== path && other.sharesWith(path));
    if (heir === undefined) return;
    this.#owners.delete(path);
    this.#owners.add(heir);
  }
}
