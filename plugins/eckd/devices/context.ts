/** What a command of the device works with: the device's parts, and the path and program that it is for. */

import { type DeviceOperation, Transfer } from 'ccwspec/plugin';
import type { Access } from './access.js';
import type { Behaviour } from './behaviour.js';
import type { Chain } from './chain-state.js';
import {
  configurationData,
  type ControlUnit,
  deviceCharacteristics,
  type DeviceIdentity,
  senseId,
  subsystemStatus,
} from './control-unit.js';
import { HEADS } from './geometry.js';
import type { PathState } from './path-group.js';
import type { Allegiance } from './reservation.js';
import { buildSense, Condition } from './sense.js';

/** Bytes that commands take, but for writes: enough for the longest parameters. */
const PARAMETER_LENGTH = 4096;
/** Most bytes that one command takes: a count field with the longest key and data that it can name. */
const LONGEST = 8 + 255 + 65535;

export interface DeviceParts {
  readonly access: Access;
  readonly allegiance: Allegiance;
  readonly behaviour: Behaviour;
  readonly unit: ControlUnit;
  readonly identity: DeviceIdentity;
  readonly cylinders: number;
  readonly readOnly: boolean;
  readonly paths: readonly PathState[];
}

export class DeviceContext {
  readonly access: Access;
  readonly allegiance: Allegiance;
  readonly behaviour: Behaviour;
  readonly unit: ControlUnit;
  readonly identity: DeviceIdentity;
  readonly readOnly: boolean;
  readonly paths: readonly PathState[];
  /** tracks of the volume */
  readonly tracks: number;
  /** where the channel puts parameters; long enough for what was taken last */
  parameters = new Uint8Array(PARAMETER_LENGTH);
  /** what commands answer that are not about the volume */
  readonly senseId: Uint8Array;
  readonly characteristics: Uint8Array;
  readonly status: Uint8Array;
  /** made when it is first asked for: few programs do, and it takes as long as the rest of the device */
  #configuration: Uint8Array | undefined;
  /** for answers that are put together anew */
  readonly answer = new Uint8Array(32);
  /** the special intercept condition is set */
  interceptSet = false;

  /** path and program of the command in progress */
  path: PathState;
  chain: Chain;
  /** where in the track's image a write command stores, and how many bytes */
  writeOffset = 0;
  writeLength = 0;

  constructor(parts: DeviceParts, path: PathState) {
    this.access = parts.access;
    this.allegiance = parts.allegiance;
    this.behaviour = parts.behaviour;
    this.unit = parts.unit;
    this.identity = parts.identity;
    this.readOnly = parts.readOnly;
    this.paths = parts.paths;
    this.tracks = parts.cylinders * HEADS;
    this.senseId = senseId(parts.unit, parts.cylinders);
    this.characteristics = deviceCharacteristics(parts.unit, parts.cylinders);
    this.status = subsystemStatus(parts.unit, parts.identity);
    this.path = path;
    this.chain = path.chain;
  }

  /** read configuration data */
  get configuration(): Uint8Array {
    return (this.#configuration ??= configurationData(this.unit, this.tracks / HEADS, this.identity));
  }

  /** The operation gives `length` bytes at `bytes[offset]`. */
  give(operation: DeviceOperation, bytes: Uint8Array, offset: number, length: number): number {
    operation.transfer = Transfer.input;
    operation.data = bytes;
    operation.dataOffset = offset;
    operation.length = length;
    return Condition.none;
  }

  /** The operation takes up to `length` bytes into `parameters`. */
  take(operation: DeviceOperation, length: number): number {
    if (length > this.parameters.length) this.parameters = new Uint8Array(LONGEST);
    operation.transfer = Transfer.output;
    operation.data = this.parameters;
    operation.dataOffset = 0;
    operation.length = length;
    return Condition.none;
  }

  /** Gives the sense data that wait for the path, or what there is to say without. */
  giveSense(operation: DeviceOperation): number {
    if (!this.path.senseHeld) buildSense(this.path.sense, Condition.none, this.access.trackNumber);
    return this.give(operation, this.path.sense, 0, this.path.sense.length);
  }
}
