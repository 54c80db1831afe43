/**
 * What the channel engine needs of a device: a control unit with one device, seen from the channel paths that reach it.
 * A device model is synchronous and has no clock of its own; where it takes time, it says how long.
 */

/** One channel path between a host and the device. Two hosts on one device are two `host` numbers. */
export interface DevicePath {
  /** the host, counted from 0 */
  readonly host: number;
  /** channel-path identifier */
  readonly chpid: number;
  /** the path's bit in the subchannel's masks: 0x80 for path 0 */
  readonly mask: number;
}

/** How data move for a command. */
export const Transfer = { none: 0, input: 1, output: 2 } as const;

const NO_DATA = new Uint8Array(0);

/**
 * One command at the device, from its selection to its ending status. The channel keeps one object a subchannel and uses
 * it again for every command; a device must not keep it. Before `select` the channel sets every answer to zero, and `data`
 * to a buffer of 64 KiB of its own, which a device may use for output or replace by one of its own.
 */
export class DeviceOperation {
  /** the path on which the device is selected */
  path: DevicePath;
  /** command code */
  command = 0;
  /** true if command-chained to the command before it; false for the first command of a channel program */
  chained = false;
  /** true if the current CCW asks for command chaining (CC of the last CCW of a data chain is not known yet: this CCW's) */
  chaining = false;
  /** true if the current CCW has the chain-data flag */
  dataChaining = false;

  // What the device answers in select():
  /**
   * initial status: 0 accepts the command; channel end (with or without device end) makes it an immediate operation, for
   * which `end` is not called; busy, and status modifier with busy (control unit busy), put the start off
   */
  initialStatus = 0;
  /** direction of the data, see Transfer */
  transfer = 0;
  /** input: bytes the device has; output: bytes it takes at the most */
  length = 0;
  /** input: the bytes are at data[dataOffset]; output: the channel puts them there before end() */
  data: Uint8Array = NO_DATA;
  dataOffset = 0;
  /** input: true if the device cannot wait at a boundary of data chaining, so that data are lost there (chaining check) */
  overrun = false;

  // What it answers in end():
  /** ending status: channel end, device end, unit check, status modifier, … */
  endingStatus = 0;
  /**
   * output: bytes that the device used, where only the data told how many it takes (a count field, an order); the residual
   * count is counted from them. More than were transferred means that the device wanted more (incorrect length). -1 (the
   * channel sets it before select): all that were transferred.
   */
  taken = -1;
  /**
   * virtual nanoseconds until the device goes on, Infinity until DeviceNotifier.resume: set in `select`, before the data
   * move; set in `end`, between the data and the ending status. Zero again before `end` is called.
   */
  latency = 0;
  /**
   * virtual nanoseconds from channel end to device end, when the status has channel end without device end; Infinity
   * until DeviceNotifier.resume, or until the device presents device end as unsolicited status
   */
  deviceEndLatency = 0;

  constructor(path: DevicePath) {
    this.path = path;
  }
}

/** How a device reaches the channel subsystem by itself. */
export interface DeviceNotifier {
  /** Presents status that no command asked for, for example attention, or device end after busy. */
  unsolicited(status: number): void;
  /** Ends the wait for an operation whose latency was Infinity, or for a device that was deaf. */
  resume(): void;
}

/** A control unit with its device. */
export interface DeviceModel {
  /** for messages, for example `3390-1 HRC001` */
  readonly name: string;
  /** True while the device answers no signal at all: selection, halt and clear stay pending until DeviceNotifier.resume. */
  readonly deaf?: boolean;
  /** Connects a path; `notifier` stays valid until `detach`. */
  attach(path: DevicePath, notifier: DeviceNotifier): void;
  detach(path: DevicePath): void;
  /** Initial selection with `operation.command`: fills initialStatus, and for an accepted command transfer, length, data. */
  select(operation: DeviceOperation): void;
  /**
   * The data have moved. `transferred` bytes were taken from or put into `operation.data`; fewer than `length` means that
   * the channel stopped the transfer. Fills endingStatus.
   */
  end(operation: DeviceOperation, transferred: number): void;
  /**
   * Halt signal on the path in use: the operation in progress is given up. Called between an accepted `select` and the
   * ending status only, before or after `end`. @returns the ending status.
   */
  halt(path: DevicePath): number;
  /** Selective reset (CLEAR SUBCHANNEL): the operation, pending status and sense of this path are discarded. */
  selectiveReset(path: DevicePath): void;
  /** System reset of the path (channel-path reset, host gone). */
  systemReset(path: DevicePath): void;
  /**
   * Sense bytes for the unit check just presented on `path`, handed over and cleared (concurrent sense).
   * @returns number of sense bytes stored in `into`, at most 32.
   */
  takeSense(path: DevicePath, into: Uint8Array): number;
  /**
   * The channel sends no further command of the chain in progress on `path`, although the last operation asked for
   * chaining (a check condition, incorrect length, or a suspend flag ended the program): the device disconnects.
   */
  chainEnded?(path: DevicePath): void;
  /** Gives back what the model holds outside of it, for example files. It is not used afterwards. */
  close?(): void;
}
