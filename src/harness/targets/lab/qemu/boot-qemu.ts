/** The lab on QEMU. */

import { copyFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CcwspecError } from '../../../errors/index.js';
import { openSocketAgent } from '../../agent/index.js';
import { ConsoleLog } from '../console-log.js';
import { findDevices } from '../devices.js';
import { Guardian } from '../guardian/index.js';
import { commandLine } from '../guest/index.js';
import type { Lab, LabMonitor } from '../lab.js';
import { Machine } from '../machine.js';
import { optionWords, profile } from '../template.js';
import type { Parts } from '../parts.js';
import { Qmp } from './qmp.js';

const MEMORY = 512;
const DISK_BYTES = 0x10_0000;
const DEFAULT_QEMU = 'qemu-system-s390x';

/** The devices under test; `id` and `driver` as in the profile. */
const devices = [
  { what: 'virtio-blk-ccw', deviceNumber: '0.0.1234', id: 'disk', parts: { drive: 'disk' } },
  { what: '3270 (x-terminal3270)', deviceNumber: '0.0.0700', id: 'terminal', parts: { chardev: 'terminal' } },
  { what: 'virtio-rng-ccw', deviceNumber: '0.0.1235', id: 'second', parts: {} },
] as const;

/** Boots QEMU. @throws CcwspecError E-LAB-BOOT, E-PROCESS-MISSING */
export async function bootQemu({ kernel, initramfs, limit, options }: Parts): Promise<Lab> {
  const [guardian, log] = await Promise.all([Guardian.start(), ConsoleLog.create('qemu')]);
  try {
    const { folder } = guardian;
    const place = (name: string): string => join(folder, name);
    await Promise.all([
      copyFile(kernel.image, place('kernel')),
      writeFile(place('initramfs'), initramfs),
      writeFile(place('disk'), '').then(() => truncate(place('disk'), DISK_BYTES)),
    ]);
    const text = await profile('qemu.args', {
      ACCELERATOR: 'tcg',
      CPUS: options.cpus ?? 1,
      MEMORY,
      KERNEL: place('kernel'),
      INITRAMFS: place('initramfs'),
      COMMAND_LINE: commandLine(['console=ttysclp0', 'sclp_con_drop=0'], 'port:/dev/vport0p1'),
      FOLDER: folder,
      LOG: log.path,
    });
    const running = await guardian.startProcess(options.qemu ?? DEFAULT_QEMU, optionWords(text), { log: log.path });
    const machine = new Machine('qemu', guardian, running, log);
    return await connect(machine, { kernel, initramfs, limit, options });
  } catch (thrown) {
    await guardian.close();
    throw thrown;
  }
}

async function connect(machine: Machine, { kernel, limit, options }: Parts): Promise<Lab> {
  const { guardian, console } = machine;
  const giveUp = new AbortController();
  const lastWords = (): string => console.tail().join('\n');
  try {
    const [qmp, connection] = await machine.boot(
      Promise.all([
        Qmp.connect(join(guardian.folder, 'qmp'), giveUp.signal),
        openSocketAgent(join(guardian.folder, 'agent'), {
          peer: "the lab's agent",
          connectTimeoutMs: limit,
          helloTimeoutMs: limit,
          signal: giveUp.signal,
          lastWords,
        }),
      ]),
      limit,
      options.signal,
    );
    const subchannels = await machine.boot(findDevices(connection, devices), limit, options.signal);
    machine.isUp();
    return {
      platform: 'qemu',
      kernel,
      versions: {
        qemu: qmp.version,
        kernel: connection.hello.release,
        'kernel source': kernel.source,
        agent: connection.hello.version,
      },
      connection,
      subchannels,
      console,
      monitor: monitorOf(qmp),
      died: machine.died,
      consoleTail: () => console.tail(),
      close: async () => {
        await machine.close(async () => {
          await connection.close();
          await qmp.execute('quit');
        });
        qmp.close();
      },
    };
  } finally {
    giveUp.abort();
  }
}

/** How QEMU takes a device away and gives it back. */
function monitorOf(qmp: Qmp): LabMonitor {
  return {
    async unplug(deviceNumber) {
      const { id } = deviceOf(deviceNumber);
      const deleted = qmp.event('DEVICE_DELETED', 'device', id);
      await Promise.all([deleted, qmp.execute('device_del', { id })]);
    },
    async replug(deviceNumber) {
      const { id, what, parts } = deviceOf(deviceNumber);
      const driver = /x-terminal3270|virtio-\w+-ccw/.exec(what)?.[0];
      await qmp.execute('device_add', { driver, id, devno: deviceNumber.replace(/^0\.0\./, 'fe.0.'), ...parts });
    },
  };
}

function deviceOf(deviceNumber: string): (typeof devices)[number] {
  const device = devices.find((candidate) => candidate.deviceNumber === deviceNumber);
  if (device !== undefined) return device;
  throw new CcwspecError('E-LAB-MONITOR', `the lab has no device ${deviceNumber} that can be taken away`);
}

