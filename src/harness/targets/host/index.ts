/**
 * Sessions on real hosts, over any SystemPort with a real sysfs behind it. Nothing here knows how the host is reached.
 *
 * - connection: what is needed of whoever reaches the host
 * - attach, detach: passing a subchannel to vfio-ccw, and giving it back; journal, journal-file: what was changed, in order;
 *   leftovers: what killed runs left; usage: what the host itself uses a device for
 * - subchannels, sysfs, places: what the host has, read and written
 * - identify, sense-id, volume-label: which device it is, and whether it is the one that was named
 * - host-session: the session; abilities: what it can do; controls, paths: its controls; mend: what is put back after a case
 * - kernel-watch: trace events, debug logs and kernel log of a case; watched-system, process-status: what is taken
 * - host-target, reach: the targets `vfio` and `ssh:HOST`; by-hand: `ccwspec target attach|detach|status`
 */
export { attach, type AttachRequest } from './attach.js';
export {
  attachByHand,
  detachByHand,
  hostStatus,
  type Detached,
  type DeviceStatusLine,
  type NamedHost,
} from './by-hand.js';
export type { HostConnection, HostSystem } from './connection.js';
export { detach } from './detach.js';
export { HostSession, type HostSessionOptions } from './host-session.js';
export { HostTarget, type HostTargetOptions } from './host-target.js';
export { MemoryJournal, type Attachment, type AttachStep, type Journal } from './journal.js';
export { FileJournal, journalFolder } from './journal-file.js';
export { hostSettings, isHostName, reachHost, makeHostTarget } from './reach.js';
export { busIdOf, type DeviceName } from './subchannels.js';
