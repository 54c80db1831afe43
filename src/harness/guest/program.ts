/** Whole channel programs from the guest's side: what a guest's I/O routine does, for cases and for `exec`. */

import {
  decodeSchib,
  deferredConditionCode,
  encodeOrb,
  IRB_BASE_LENGTH,
  ORB_LENGTH,
  PmcwCharacteristic,
  PmcwFlag,
  SCHIB_LENGTH,
  SchibOffset,
  ScswBit,
  ScswMask,
  statusControl,
  viewOf,
  type AssembledProgram,
  type Schib,
} from '../arch/index.js';
import type { ChannelPort, InstructionOutcome } from '../ports/index.js';

/**
 * Guest storage that the functions of this file use for operands: ORB, I/O-interruption code, IRB and SCHIB. It lies in the
 * part of the first page that the architecture leaves to programs.
 */
export const GUEST_SCRATCH = {
  start: 0x200,
  orb: 0x200,
  interruptionCode: 0x210,
  irb: 0x240,
  schib: 0x280,
  end: 0x2c0,
} as const;

/** What came of a program. */
export interface GuestRun {
  /** how START SUBCHANNEL ended */
  readonly started: InstructionOutcome;
  /** 64 bytes each, in the order in which TEST SUBCHANNEL gave them */
  readonly irbs: readonly Uint8Array[];
  /** false if the time was over before the start function ended */
  readonly ended: boolean;
}

/** Program-modifiable fields that `enableSubchannel` sets besides the enabled bit. */
export interface SubchannelSettings {
  /** interruption subclass, 0-7, default 0 */
  readonly isc?: number;
  /** PMCW bit S: sense data come with the unit check; default on, as Linux sets it */
  readonly concurrentSense?: boolean;
  readonly interruptionParameter?: number;
}

/** STORE SUBCHANNEL into scratch storage. @returns the SCHIB, or undefined for condition code 3. */
export async function storeSchib(channel: ChannelPort, schid: number): Promise<Schib | undefined> {
  const bytes = await storeSchibBytes(channel, schid);
  return bytes === undefined ? undefined : decodeSchib(bytes);
}

/**
 * Enables the subchannel by STORE SUBCHANNEL and MODIFY SUBCHANNEL.
 * @param settings fields to set; a number is the interruption subclass
 * @returns how MODIFY SUBCHANNEL ended; condition code 3 if there is no such subchannel
 */
export async function enableSubchannel(
  channel: ChannelPort,
  schid: number,
  settings: SubchannelSettings | number = {},
): Promise<InstructionOutcome> {
  const {
    isc = 0,
    concurrentSense = true,
    interruptionParameter,
  } = typeof settings === 'number' ? { isc: settings } : settings;
  const bytes = await storeSchibBytes(channel, schid);
  if (bytes === undefined) return { conditionCode: 3 };
  const view = viewOf(bytes);
  const flags = view.getUint16(SchibOffset.flags) & ~PmcwFlag.interruptionSubclass;
  view.setUint16(SchibOffset.flags, flags | PmcwFlag.enabled | ((isc & 7) << 11));
  const characteristics = view.getUint32(SchibOffset.characteristics) & ~PmcwCharacteristic.concurrentSense;
  view.setUint32(
    SchibOffset.characteristics,
    (characteristics | (concurrentSense ? PmcwCharacteristic.concurrentSense : 0)) >>> 0,
  );
  if (interruptionParameter !== undefined) view.setUint32(SchibOffset.interruptionParameter, interruptionParameter);
  await channel.storage.write(GUEST_SCRATCH.schib, bytes);
  return channel.msch(schid, GUEST_SCRATCH.schib);
}

/**
 * Loads `program` into guest storage and issues START SUBCHANNEL.
 * @throws RangeError if the program uses GUEST_SCRATCH or lies outside guest storage
 */
export async function startInGuest(
  channel: ChannelPort,
  schid: number,
  program: AssembledProgram,
): Promise<InstructionOutcome> {
  for (const { at, bytes } of program.memory) {
    if (at < GUEST_SCRATCH.end && at + bytes.length > GUEST_SCRATCH.start) {
      throw new RangeError(
        `program '${program.name}' uses storage at ${at.toString(16)}, where its own ORB and IRB go`,
      );
    }
    await channel.storage.write(at, bytes);
  }
  const orb = new Uint8Array(ORB_LENGTH);
  encodeOrb(viewOf(orb), 0, program.orb);
  await channel.storage.write(GUEST_SCRATCH.orb, orb);
  return channel.ssch(schid, GUEST_SCRATCH.orb);
}

/**
 * Waits for an interruption for which TEST SUBCHANNEL finds status pending, and takes it: TEST PENDING INTERRUPTION, then
 * TEST SUBCHANNEL.
 * @param timeoutMs limit for each interruption (virtual time in the model)
 * @returns the IRB, 64 bytes; undefined if the time was over, or the subchannel is not operational
 */
export async function takeStatusInGuest(
  channel: ChannelPort,
  schid: number,
  timeoutMs: number,
): Promise<Uint8Array | undefined> {
  while (await channel.waitInterruption(timeoutMs)) {
    await channel.tpi(GUEST_SCRATCH.interruptionCode);
    const tested = await channel.tsch(schid, GUEST_SCRATCH.irb);
    if (!('conditionCode' in tested) || tested.conditionCode === 3) return undefined;
    if (tested.conditionCode === 1) continue;
    const irb = new Uint8Array(IRB_BASE_LENGTH);
    await channel.storage.read(GUEST_SCRATCH.irb, irb);
    return irb;
  }
  return undefined;
}

/**
 * Loads `program` into guest storage, starts it on an enabled subchannel and takes every interruption until the start
 * function has ended: START SUBCHANNEL, then TEST PENDING INTERRUPTION and TEST SUBCHANNEL for each interruption.
 * @param timeoutMs limit for each interruption (virtual time in the model)
 * @throws RangeError if the program uses GUEST_SCRATCH or lies outside guest storage
 */
export async function runProgramInGuest(
  channel: ChannelPort,
  schid: number,
  program: AssembledProgram,
  timeoutMs: number,
): Promise<GuestRun> {
  const started = await startInGuest(channel, schid, program);
  const irbs: Uint8Array[] = [];
  if (!('conditionCode' in started) || started.conditionCode !== 0) return { started, irbs, ended: true };
  for (;;) {
    const irb = await takeStatusInGuest(channel, schid, timeoutMs);
    if (irb === undefined) return { started, irbs, ended: false };
    irbs.push(irb);
    if (endsStartFunction(viewOf(irb).getUint32(0))) return { started, irbs, ended: true };
  }
}

const stillWorking =
  ScswBit.resumePending | ScswBit.startPending | ScswBit.subchannelActive | ScswBit.deviceActive | ScswBit.suspended;

/** True if no further status of the same function follows an SCSW with this word 0. */
function endsStartFunction(control: number): boolean {
  const status = statusControl(control);
  if ((status & ScswBit.secondaryStatus) !== 0 || deferredConditionCode(control) !== 0) return true;
  const unsolicited = status === (ScswBit.alertStatus | ScswBit.statusPending);
  return !unsolicited && (control & ScswMask.activityControl & stillWorking) === 0;
}

async function storeSchibBytes(channel: ChannelPort, schid: number): Promise<Uint8Array | undefined> {
  const outcome = await channel.stsch(schid, GUEST_SCRATCH.schib);
  if (!('conditionCode' in outcome) || outcome.conditionCode !== 0) return undefined;
  const bytes = new Uint8Array(SCHIB_LENGTH);
  await channel.storage.read(GUEST_SCRATCH.schib, bytes);
  return bytes;
}
