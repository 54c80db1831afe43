/** A SystemPort with a scripted sysfs: attributes by path, and what a write to one of them does. */

import type { SystemPort } from '../../../../src/harness/ports/index.js';
import { Errno } from '../../../../src/harness/uapi/index.js';

/** What a write does: a result, or the number of bytes if it gives nothing. */
export type Store = (text: string) => number | undefined | Promise<number>;

/** A host that does what its script says. */
export class ScriptedHost {
  /** contents by path; a folder is whatever has something below it */
  readonly attributes = new Map<string, string>();
  readonly stores = new Map<string, Store>();
  /** as `stores`, for attributes that come and go: these stay */
  readonly interceptions = new Map<string, Store>();
  /** what is in pipes, by path: taken by who reads it */
  readonly pipes = new Map<string, string>();
  /** writes in order, `path=text` without line ends */
  readonly writes: string[] = [];
  /** milliseconds that were waited */
  waited = 0;
  /** called at every wait */
  onWait: () => void = () => undefined;

  readonly system = {
    readAttribute: (path: string) => {
      const piped = this.pipes.get(path);
      if (piped !== undefined) this.pipes.set(path, '');
      return Promise.resolve(piped ?? this.attributes.get(path) ?? -Errno.ENOENT);
    },
    writeAttribute: async (path: string, text: string) => {
      this.writes.push(`${path}=${text.trim()}`);
      const store = this.interceptions.get(path) ?? this.stores.get(path);
      if (store !== undefined) return (await store(text)) ?? text.length;
      if (!this.attributes.has(path)) return -Errno.ENOENT;
      this.attributes.set(path, text);
      return text.length;
    },
    list: (path: string) => {
      const below = [...this.attributes.keys(), ...this.stores.keys()].filter((key) => key.startsWith(`${path}/`));
      if (below.length === 0) return Promise.resolve(-Errno.ENOENT);
      return Promise.resolve([...new Set(below.map((key) => key.slice(path.length + 1).split('/')[0]!))].sort());
    },
    waitEventfds: (_fds: readonly number[], milliseconds: number) => {
      this.waited += milliseconds;
      this.onWait();
      return Promise.resolve([]);
    },
  } as unknown as SystemPort;

  /** Removes everything below `folder`. */
  remove(folder: string): void {
    for (const map of [this.attributes, this.stores]) {
      for (const key of map.keys()) if (key.startsWith(`${folder}/`)) map.delete(key);
    }
  }
}

const SUBCHANNEL = '/sys/bus/css/devices/0.0.0313';
const CCW = `${SUBCHANNEL}/0.0.401c`;
const DRIVERS = '/sys/bus/css/drivers';

/** A host with one online DASD, 0.0.401c on subchannel 0.0.0313, whose sysfs does what Linux does. */
export function dasdHost(): ScriptedHost {
  const host = new ScriptedHost();
  const { attributes, stores } = host;
  let override = '(null)';
  const bind = (driver: string): void => {
    attributes.set(`${SUBCHANNEL}/uevent`, `DRIVER=${driver}\n`);
    if (driver === 'vfio_ccw') stores.set(`${SUBCHANNEL}/mdev_supported_types/vfio_ccw-io/create`, create);
    else addDasd(host, '0\n');
  };
  const unbind = (): undefined => {
    attributes.set(`${SUBCHANNEL}/uevent`, '');
    for (const folder of [CCW, `${SUBCHANNEL}/mdev_supported_types`]) host.remove(folder);
  };
  const create = (uuid: string): undefined => {
    for (const folder of [SUBCHANNEL, '/sys/bus/mdev/devices']) attributes.set(`${folder}/${uuid}/uevent`, '');
    attributes.set(`/sys/kernel/iommu_groups/7/devices/${uuid}`, '');
    stores.set(`/sys/bus/mdev/devices/${uuid}/remove`, () => {
      for (const folder of [SUBCHANNEL, '/sys/bus/mdev/devices']) host.remove(`${folder}/${uuid}`);
      return undefined;
    });
  };
  attributes.set(`${SUBCHANNEL}/type`, '0\n');
  attributes.set(`${SUBCHANNEL}/dev_busid`, '0.0.401c\n');
  attributes.set(`${SUBCHANNEL}/uevent`, 'DRIVER=io_subchannel\n');
  attributes.set(`${SUBCHANNEL}/driver_override`, `${override}\n`);
  stores.set(`${SUBCHANNEL}/driver_override`, (text) => {
    override = text.trim() === '' ? '(null)' : text.trim();
    attributes.set(`${SUBCHANNEL}/driver_override`, `${override}\n`);
    return undefined;
  });
  stores.set('/proc/cio_settle', () => undefined);
  attributes.set('/proc/self/mountinfo', '22 1 94:9 / / rw shared:1 - ext4 /dev/dasdc1 rw\n');
  attributes.set('/proc/swaps', 'Filename\tType\tSize\n');
  for (const driver of ['io_subchannel', 'vfio_ccw']) {
    stores.set(`${DRIVERS}/${driver}/unbind`, unbind);
    stores.set(`${DRIVERS}/${driver}/bind`, () => (bind(driver), undefined));
  }
  stores.set('/sys/bus/css/drivers_probe', () => {
    if (attributes.get(`${SUBCHANNEL}/uevent`) === '') bind(override === '(null)' ? 'io_subchannel' : override);
    return undefined;
  });
  addDasd(host, '1\n');
  return host;
}

function addDasd({ attributes }: ScriptedHost, online: string): void {
  attributes.set(`${CCW}/online`, online);
  attributes.set(`${CCW}/cutype`, '3990/c2\n');
  attributes.set(`${CCW}/devtype`, '3390/0a\n');
  attributes.set(`${CCW}/uevent`, 'DRIVER=dasd-eckd\n');
  attributes.set(`${CCW}/block/dasda/dev`, '94:0\n');
  attributes.set(`${CCW}/block/dasda/dasda1/dev`, '94:1\n');
}
