/** The device: a 3390 behind its control unit, as the channel engine sees it. */

import {
  type DeviceModel,
  type DeviceNotifier,
  type DeviceOperation,
  type DevicePath,
  DeviceStatus,
  SENSE_LENGTH,
  Transfer,
} from 'ccwspec/plugin';
import { Access, isSearch } from './access.js';
import { type Behaviour, behaviours } from './behaviour.js';
import { type Command, commandTable, Rule } from './commands/index.js';
import type { Chain } from './chain-state.js';
import { DeviceContext } from './context.js';
import { type ControlUnit, controlUnits, type DeviceIdentity } from './control-unit.js';
import { HEADS } from './geometry.js';
import { pathKey, PathState } from './path-group.js';
import { Allegiance } from './reservation.js';
import { buildSense, Condition } from './sense.js';
import type { Volume } from './volume/index.js';

const ENDED = DeviceStatus.channelEnd | DeviceStatus.deviceEnd;
const UNIT_CHECK = ENDED | DeviceStatus.unitCheck;

const NO_OPERATION = 0x03;
const READ_IPL = 0x02;
const READ_SUBSYSTEM_DATA = 0x3e;
const PERFORM_SUBSYSTEM_FUNCTION = 0x27;
const SUSPEND_MULTIPATH_RECONNECTION = 0x5b;
const READ_DEVICE_CHARACTERISTICS = 0x64;
const READ_CONFIGURATION_DATA = 0xfa;
const READ_COUNT = 0x12;
const READ_SECTOR = 0x22;

/** Commands that leave sense data as they are, or hand them over. */
const keepsSense = new Set([NO_OPERATION, 0x04, 0x14, 0x94, 0xb4]);
/** Commands that are carried out before a lost reservation is told. */
const beforeLoss = new Set([0x14, 0x34, 0xaf, 0xe4]);

export interface DeviceOptions {
  readonly volume: Volume;
  readonly unit?: ControlUnit;
  readonly behaviour?: Behaviour;
  readonly identity?: Partial<DeviceIdentity>;
  /** writes end with "write inhibited" */
  readonly readOnly?: boolean;
}

const defaultIdentity: DeviceIdentity = { deviceNumber: 0x0120, ssid: 0x0120, serial: '000000000001' };

export class EckdDevice implements DeviceModel {
  readonly name: string;
  readonly #volume: Volume;
  readonly #paths: PathState[] = [];
  readonly #allegiance: Allegiance;
  readonly #context: DeviceContext;
  readonly #commands = commandTable();
  /** the path object that was used last, so that it need not be looked up */
  #lastPath: DevicePath | undefined;
  #lastState: PathState;
  #command: Command | undefined;

  constructor(options: DeviceOptions) {
    const { volume } = options;
    const unit = options.unit ?? controlUnits['3990'];
    const behaviour = options.behaviour ?? behaviours.architecture;
    if (unit === undefined || behaviour === undefined)
      throw new Error('the default control unit or behaviour is missing');
    this.name = volume.name;
    this.#volume = volume;
    this.#allegiance = new Allegiance(this.#paths);
    this.#lastState = new PathState({ host: 0, chpid: 0, mask: 0 });
    const identity = { ...defaultIdentity, ...(volume.serial === undefined ? {} : { serial: volume.serial }) };
    this.#context = new DeviceContext(
      {
        access: new Access(volume),
        allegiance: this.#allegiance,
        behaviour,
        unit,
        identity: { ...identity, ...options.identity },
        cylinders: volume.cylinders,
        readOnly: volume.readOnly || options.readOnly === true,
        paths: this.#paths,
      },
      this.#lastState,
    );
  }

  /** Number of tracks. */
  get tracks(): number {
    return this.#volume.cylinders * HEADS;
  }

  attach(path: DevicePath, notifier: DeviceNotifier): void {
    this.#stateOf(path).notifier = notifier;
  }

  detach(path: DevicePath): void {
    this.systemReset(path);
    const key = pathKey(path);
    const at = this.#paths.findIndex((state) => state.key === key);
    if (at >= 0) this.#paths.splice(at, 1);
    this.#lastPath = undefined;
  }

  select(operation: DeviceOperation): void {
    const path = this.#stateOf(operation.path);
    const { chain } = path;
    const { command } = operation;
    const context = this.#context;
    context.path = path;
    context.chain = chain;
    operation.initialStatus = 0;
    operation.transfer = Transfer.none;
    operation.length = 0;
    operation.latency = 0;
    operation.deviceEndLatency = 0;
    operation.taken = -1;
    if (!this.#allegiance.isFree && context.behaviour.enforcesAllegiance && this.#allegiance.isBusyFor(path, command)) {
      this.#allegiance.owe(path);
      operation.initialStatus = DeviceStatus.busy;
      return;
    }
    if (!operation.chained || !chain.active) {
      chain.begin(this.tracks);
      this.#allegiance.begin(path, context.behaviour.enforcesAllegiance);
    }
    path.ending = ENDED;
    const condition = path.allegianceLost && !beforeLoss.has(command) ? this.#tellLoss(path) : this.#accept(operation);
    if (condition !== 0) {
      operation.initialStatus = this.#check(condition);
      return;
    }
    if (this.#allegiance.holdsSense && !keepsSense.has(command)) this.#allegiance.discardSense(path);
    if (operation.initialStatus !== 0) operation.initialStatus = this.#finish(operation);
  }

  end(operation: DeviceOperation, transferred: number): void {
    const path = this.#stateOf(operation.path);
    const context = this.#context;
    context.path = path;
    context.chain = path.chain;
    const command = this.#command;
    if (command === undefined) throw new Error(`an operation ends on ${this.name} that did not begin`);
    let condition: number = Condition.none;
    if (command.parameters !== undefined && transferred < command.parameters) condition = Condition.shortCount;
    else if (command.end !== undefined) condition = command.end(context, operation, transferred);
    operation.endingStatus = condition === 0 ? this.#finish(operation) : this.#check(condition);
  }

  halt(path: DevicePath): number {
    this.chainEnded(path);
    return ENDED;
  }

  selectiveReset(path: DevicePath): void {
    const state = this.#stateOf(path);
    this.#allegiance.dropSense(state);
    this.chainEnded(path);
  }

  systemReset(path: DevicePath): void {
    const state = this.#stateOf(path);
    state.chain.active = false;
    this.#allegiance.reset(state);
    this.#allegiance.offer();
  }

  takeSense(path: DevicePath, into: Uint8Array): number {
    const state = this.#stateOf(path);
    if (!state.senseHeld) return 0;
    into.set(state.sense.subarray(0, Math.min(into.length, SENSE_LENGTH)));
    this.#allegiance.dropSense(state);
    this.#allegiance.offer();
    return Math.min(into.length, SENSE_LENGTH);
  }

  chainEnded(path: DevicePath): void {
    const state = this.#stateOf(path);
    state.chain.active = false;
    this.#allegiance.end(state);
    this.#allegiance.offer();
  }

  close(): void {
    this.#volume.close();
  }

  /** Checks the place of the command in its program, then the command itself. */
  #accept(operation: DeviceOperation): number {
    const context = this.#context;
    const { chain } = context;
    const { command } = operation;
    const entry = this.#commands[command];
    this.#command = entry;
    if (operation.dataChaining && !context.behaviour.acceptsDataChaining(command)) return Condition.invalidCommand;
    if (restartsPasses(command)) chain.indexPassed = false;
    if (chain.mustBeLast) return Condition.invalidSequence;
    if (chain.prepared !== undefined && command !== READ_SUBSYSTEM_DATA) return Condition.invalidSequence;
    if (chain.subsystemDataRead && command !== PERFORM_SUBSYSTEM_FUNCTION) return Condition.invalidSequence;
    if (entry === undefined) return Condition.invalidCommand;
    if (!mayStand(entry, chain)) return Condition.invalidSequence;
    if (entry.select !== undefined) return entry.select(context, operation);
    return context.take(operation, entry.parameters ?? 0);
  }

  /** The command has worked: notes what the next one may rely on. @returns the ending status */
  #finish(operation: DeviceOperation): number {
    const { path, chain, behaviour } = this.#context;
    const { command } = operation;
    const entry = this.#command;
    const single = command & 0x7f;
    if (single !== 0x39 && command !== 0x19) chain.homeAddressEqual = false;
    const keepsKey = single === 0x05 || single === 0x06;
    if (single !== 0x31 && single !== 0x0d && single !== 0x0e && !keepsKey) chain.idEqual = false;
    if (single !== 0x29 && !keepsKey) chain.keyEqual = false;
    if (command !== 0x15 && command !== 0x1d) chain.wroteCount = false;
    chain.previous = command;
    chain.commands++;
    const rules = entry?.rules ?? 0;
    const opensDomain = (rules & Rule.opensDomain) !== 0;
    if ((rules & Rule.last) !== 0) chain.mustBeLast = true;
    if (chain.domainCount > 0 && !opensDomain && command !== NO_OPERATION) chain.domainCount--;
    const mayLeaveDomain = operation.chaining || command === READ_IPL || (opensDomain && behaviour.allowsUnusedDomain);
    if (path.ending === ENDED && chain.domainCount > 0 && !mayLeaveDomain)
      return this.#check(behaviour.incompleteDomain);
    const goesOn = operation.chaining && (path.ending & ~(ENDED | DeviceStatus.statusModifier)) === 0;
    if (!goesOn) {
      chain.active = false;
      this.#allegiance.end(path);
      this.#allegiance.offer();
    }
    return path.ending;
  }

  /** Ends the program with unit check. @returns the status */
  #check(condition: number): number {
    const { path, chain, access } = this.#context;
    buildSense(path.sense, condition, access.trackNumber);
    chain.active = false;
    this.#allegiance.end(path);
    this.#allegiance.hold(path);
    return UNIT_CHECK;
  }

  /** Tells a path group once that its reservation is gone. */
  #tellLoss(path: PathState): number {
    for (const state of this.#paths) if (state.sharesWith(path)) state.allegianceLost = false;
    return Condition.allegianceTerminated;
  }

  #stateOf(path: DevicePath): PathState {
    if (path === this.#lastPath) return this.#lastState;
    const key = pathKey(path);
    let state = this.#paths.find((known) => known.key === key);
    if (state === undefined) {
      state = new PathState(path);
      this.#paths.push(state);
    }
    this.#lastPath = path;
    this.#lastState = state;
    return state;
  }
}

/** Commands after which the index point may be passed twice again: sense, control, writes that are no search, most reads. */
function restartsPasses(command: number): boolean {
  switch (command & 0x03) {
    case 0x01:
      return !isSearch(command);
    case 0x02:
      return command !== READ_COUNT && (command & 0x7f) !== READ_SECTOR;
    default:
      return true;
  }
}

/** Whether a command may stand where it stands in its program. */
function mayStand(entry: Command, chain: Chain): boolean {
  const { rules } = entry;
  if (chain.domainCount > 0) {
    if ((entry.domains & chain.operation) === 0) return false;
  } else if ((rules & Rule.domainOnly) !== 0) {
    return false;
  }
  if (rules === 0) return true;
  if ((rules & Rule.located) !== 0 && !chain.located) return false;
  if ((rules & Rule.noExtent) !== 0 && (chain.extentDefined || chain.maskSet)) return false;
  const isFirst = chain.commands === 0 || (chain.commands === 1 && chain.previous === SUSPEND_MULTIPATH_RECONNECTION);
  if ((rules & Rule.first) !== 0 && !isFirst) return false;
  if ((rules & Rule.firstOrConfiguration) !== 0 && !isFirst) {
    return chain.previous === READ_DEVICE_CHARACTERISTICS || chain.previous === READ_CONFIGURATION_DATA;
  }
  return true;
}
