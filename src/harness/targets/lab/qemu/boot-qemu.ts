/** The lab on QEMU. */

import { join } from 'node:path';

import { CcwspecError } from '../../../errors/index.js';
import { openSocketAgent } from '../../agent/index.js';
import { ConsoleLog } from '../console-log.js';
import { findDevices } from '../devices.js';
import { Guardian } from '../guardian/index.js';
import { requestLimitOf, type Lab, type LabMonitor } from '../lab.js';
import { LATER, Machine } from '../machine.js';
import type { Parts } from '../parts.js';
import { DEFAULT_QEMU, prepareQemu } from './prepare.js';
import { Qmp } from './qmp.js';

/** Device number of the terminal. */
const TERMINAL = '0.0.0700';

/** The devices under test; `id` and `driver` as in the profile. */
const devices = [
  { what: 'virtio-blk-ccw', deviceNumber: '0.0.1234', id: 'disk', parts: { drive: 'disk' } },
  { what: '3270 (x-terminal3270)', deviceNumber: TERMINAL, id: 'terminal', parts: { chardev: 'terminal' } },
  { what: 'virtio-rng-ccw', deviceNumber: '0.0.1235', id: 'second', parts: {} },
] as const;

/** Boots QEMU. @throws CcwspecError E-LAB-BOOT, E-PROCESS-MISSING */
export async function bootQemu(parts: Parts): Promise<Lab> {
  const [guardian, log] = await Promise.all([Guardian.start(), ConsoleLog.create('qemu')]);
  try {
    const words = await prepareQemu(guardian.folder, parts, `file,path=${log.path},append=on`, 'port:ccwspec');
    const running = await guardian.startProcess(parts.options.qemu ?? DEFAULT_QEMU, words, { log: log.path });
    const machine = new Machine('qemu', guardian, running, log);
    return await connect(machine, parts);
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
          connectTimeoutMs: limit + LATER,
          helloTimeoutMs: limit + LATER,
          requestTimeoutMs: requestLimitOf(kernel.configuration),
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
        kernel: connection.hello.kernel.release,
        'kernel source': kernel.source,
        agent: connection.hello.version,
      },
      connection,
      subchannels,
      console,
      pid: machine.process.pid,
      folder: machine.guardian.folder,
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
    cannotUnplug: (deviceNumber) =>
      deviceNumber === TERMINAL ? "QEMU's x-terminal3270 cannot be taken away while the machine runs" : undefined,
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
