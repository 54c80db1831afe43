/** A host for tests: the model's kernel behind a connection, its subchannel given back to io_subchannel. */

import { Machine } from '../../../../src/harness/machine/machine.js';
import { StoragePool } from '../../../../src/harness/machine/storage-pool.js';
import { kernelProfiles } from '../../../../src/harness/passthrough/profiles/index.js';
import { parseDeviceOption } from '../../../../src/harness/targets/index.js';
import type { SystemPort } from '../../../../src/harness/ports/index.js';
import { ModelHost } from '../../../../src/harness/targets/model/model-host.js';
import type { HostConnection } from '../../../../src/harness/targets/host/index.js';
import { eckdKind } from '../../../../plugins/eckd/devices/index.js';

export const SUBCHANNEL = '0.0.0000';
export const DEVICE = '0.0.0120';

/** How the host differs from the plain one. */
export interface ModelHostOptions {
  readonly volser?: string;
  readonly paths?: number;
  /** 0: the newest kernel; 1: one without character devices */
  readonly kernel?: 0 | 1;
}

/** A host of the model with an ECKD disk, as it is before anybody attaches anything. */
export async function modelHost({
  volser = 'TST001',
  paths = 1,
  kernel = 0,
}: ModelHostOptions = {}): Promise<ModelHost> {
  const profile = kernelProfiles[kernel]!;
  const pool = new StoragePool(2 << 20, 4 << 20);
  const { settings } = parseDeviceOption(`eckd:model=3390-1,volser=${volser}`, [eckdKind]);
  const device = await Promise.resolve(eckdKind.create({ settings, scratch: '', inPlace: false, writable: true }));
  const { css } = new Machine({ storage: () => pool.take() });
  const host = new ModelHost({ profile, css, device, deviceNumber: 0x120, paths });
  host.kernel.tearDown();
  return host;
}

/** A connection to `system`; `log` is what was called of it. */
export function connectionTo(system: SystemPort): HostConnection & { readonly log: string[] } {
  const log: string[] = [];
  return {
    system,
    log,
    closed: new Promise(() => undefined),
    close: () => {
      log.push('close');
      return Promise.resolve();
    },
  };
}
