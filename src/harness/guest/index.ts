/**
 * QEMU's part: the channel-subsystem instructions of a guest on top of any VfioPort, as QEMU 7.2 carries them out.
 *
 * - `open-guest.ts`: a guest around one device
 * - `instructions.ts`: the front end: order of checks, program interruptions, operands in guest storage
 * - `virtual-subchannel.ts`: the emulated subchannel: condition codes and what each instruction changes in the SCHIB
 * - `passthrough-subchannel.ts`: a subchannel with a vfio-ccw device behind it
 * - `device-regions.ts`: what is asked of the device before it is taken
 * - `channel-subsystem.ts`: css images, visibility, channel paths, channel reports of the subsystem itself
 * - `interruption-queue.ts`, `crw-queue.ts`: what is pending for the guest
 * - `chsc.ts`: CHANNEL SUBSYSTEM CALL; `measurement.ts`: SET CHANNEL MONITOR
 * - `global-lock.ts`: one instruction at a time
 * - `guest-storage.ts`: guest absolute storage, which is the memory behind the device's DMA mapping
 * - `program.ts`: a channel program from START SUBCHANNEL to its last TEST SUBCHANNEL, for cases
 */
export { openGuest } from './open-guest.js';
export {
  enableSubchannel,
  GUEST_SCRATCH,
  runProgramInGuest,
  startInGuest,
  storeSchib,
  takeStatusInGuest,
  type GuestRun,
  type SubchannelSettings,
} from './program.js';
