/** `ccwspec target attach|detach|status`: devices of a real host, by hand. */

import type { DevicePlaces } from '../harness/ports/index.js';
import { CcwspecError } from '../harness/errors/index.js';
import {
  attachByHand,
  detachByHand,
  hostStatus,
  isHostName,
  reachHost,
  type Detached,
  type DeviceStatusLine,
  type NamedHost,
} from '../harness/targets/host/index.js';
import { parseOptions } from './options.js';
import { namedDevice } from './prepare-run.js';

/** The flags that say which device of which host. */
export interface HostFlags {
  readonly target: string;
  readonly option: readonly string[];
  readonly subchannel: string | undefined;
  readonly 'device-number': string | undefined;
}

const named = (flags: HostFlags): ReturnType<typeof namedDevice> => namedDevice({ ...flags, volser: undefined });

/** Attaches the device; it stays so. @throws CcwspecError E-USAGE, E-HOST-…, E-AGENT-… */
export function attachDevice(flags: HostFlags & { readonly uuid: string | undefined }): Promise<DevicePlaces> {
  const { uuid } = flags;
  return onHost(flags, (host) => attachByHand(host, { ...named(flags), ...(uuid === undefined ? {} : { uuid }) }));
}

/** Puts the device back, or all that are attached. @throws CcwspecError E-HOST-SUBCHANNEL if there is nothing, E-AGENT-… */
export function detachDevices(flags: HostFlags): Promise<Detached[]> {
  return onHost(flags, (host) => detachByHand(host, named(flags)));
}

/** The host's devices. @throws CcwspecError E-HOST-NO-MDEV, E-AGENT-… */
export function deviceStatus(flags: HostFlags): Promise<DeviceStatusLine[]> {
  return onHost(flags, hostStatus);
}

async function onHost<Result>(flags: HostFlags, use: (host: NamedHost) => Promise<Result>): Promise<Result> {
  const { target, option } = flags;
  if (!isHostName(target)) {
    throw new CcwspecError(
      'E-USAGE',
      `--target ${target} is not a real host`,
      'Name this machine (vfio) or another one (ssh:HOST).',
    );
  }
  const { agent } = await parseOptions(option);
  const connection = await reachHost(target, agent);
  try {
    return await use({ connection, target });
  } finally {
    await connection.close();
  }
}
