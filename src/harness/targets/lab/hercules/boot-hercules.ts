/** The lab on Hercules. */

import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CcwspecError } from '../../../errors/index.js';
import { openTn3270Agent } from '../../agent/index.js';
import { ConsoleLog } from '../console-log.js';
import { findDevices } from '../devices.js';
import { Guardian } from '../guardian/index.js';
import { commandLine } from '../guest/index.js';
import { requestLimitOf, type Lab, type LabMonitor } from '../lab.js';
import { LATER, Machine } from '../machine.js';
import type { Parts } from '../parts.js';
import { profile } from '../template.js';
import { freePort } from './ports.js';
import { scratchVolume } from './volumes.js';

const MEMORY = 512;

/** Where hercules.ins puts the initramfs. */
const INITRAMFS_ADDRESS = 0x0300_0000n;

const consoles = ['conmode=3215', 'condev=0x0009', 'con3215_drop=0', 'sclp_con_drop=0'];

const devices = [
  { what: '3390', deviceNumber: '0.0.0120', volume: 'volume-1', volser: 'CCW001' },
  { what: '3390', deviceNumber: '0.0.0121', volume: 'volume-2', volser: 'CCW002' },
] as const;

/** Hercules says so when the only processor will do nothing any more. */
const STOPPED = /HHCCP011I .*Disabled wait state.*/;
const LOOK_AGAIN = 500;

/** Boots Hercules. @throws CcwspecError E-LAB-BOOT, E-LAB-VOLUME, E-PROCESS-MISSING */
export async function bootHercules(parts: Parts): Promise<Lab> {
  const [guardian, log, port] = await Promise.all([Guardian.start(), ConsoleLog.create('hercules'), freePort()]);
  try {
    await makeFiles(guardian.folder, port, parts);
    const running = await guardian.startProcess('hercules', ['-d', '-f', 'hercules.cnf'], {
      cwd: guardian.folder,
      env: { HERCULES_RC: 'hercules.rc', HERCULES_CNF: undefined },
      log: log.path,
    });
    return await connect(new Machine('hercules', guardian, running, log), port, parts);
  } catch (thrown) {
    await guardian.close();
    throw thrown;
  }
}

async function makeFiles(folder: string, port: number, { kernel, initramfs, options }: Parts): Promise<void> {
  const place = (name: string): string => join(folder, name);
  const values = { MEMORY, CPUS: options.cpus ?? 1, TERMINAL_PORT: port };
  const initramfsPlace = Buffer.alloc(16);
  initramfsPlace.writeBigUInt64BE(INITRAMFS_ADDRESS, 0);
  initramfsPlace.writeBigUInt64BE(BigInt(initramfs.length), 8);
  await Promise.all([
    copyFile(kernel.image, place('kernel')),
    writeFile(place('initramfs'), initramfs),
    writeFile(place('initramfs.place'), initramfsPlace),
    writeFile(place('command-line'), `${commandLine(consoles, 'tub:0.0.0700:/dev/3270/tub1', kernel.configuration)}\0`),
    profile('hercules.cnf', values).then((text) => writeFile(place('hercules.cnf'), text)),
    profile('hercules.ins', values).then((text) => writeFile(place('linux.ins'), text)),
    profile('hercules.rc', values).then((text) => writeFile(place('hercules.rc'), text)),
    ...devices.map(({ volume, volser }, index) =>
      scratchVolume(place(volume), volser, index === 0 ? options.volume : undefined),
    ),
  ]);
}

async function connect(machine: Machine, port: number, { kernel, limit, options }: Parts): Promise<Lab> {
  const { console, process } = machine;
  const giveUp = new AbortController();
  const watch = setInterval(() => {
    const stopped = STOPPED.exec(console.since(0))?.[0];
    if (stopped === undefined) return;
    clearInterval(watch);
    machine.giveUp(`has stopped (${stopped})`);
    process.kill('SIGKILL'); // so that whoever waits for an answer learns it
  }, LOOK_AGAIN);
  void machine.died.then(() => {
    clearInterval(watch);
  });
  try {
    const connection = await machine.boot(
      openTn3270Agent(port, {
        peer: "the lab's agent",
        connectTimeoutMs: limit + LATER,
        helloTimeoutMs: limit + LATER,
        requestTimeoutMs: requestLimitOf(kernel.configuration),
        signal: giveUp.signal,
        lastWords: () => console.tail().join('\n'),
      }),
      limit,
      options.signal,
    );
    const subchannels = await machine.boot(findDevices(connection, devices), limit, options.signal);
    machine.isUp();
    return {
      platform: 'hercules',
      kernel,
      versions: {
        hercules: /^Hercules Version (\S+)/m.exec(console.since(0))?.[1] ?? '?',
        kernel: connection.hello.kernel.release,
        'kernel source': kernel.source,
        agent: connection.hello.version,
      },
      connection,
      subchannels,
      console,
      pid: machine.process.pid,
      folder: machine.guardian.folder,
      monitor,
      died: machine.died,
      consoleTail: () => console.tail(),
      close: async () => {
        clearInterval(watch);
        // Its disks are scratch copies: nothing is lost when it is killed.
        await machine.close(async () => {
          await connection.close();
          process.kill('SIGKILL');
        });
      },
    };
  } catch (thrown) {
    clearInterval(watch);
    throw thrown;
  } finally {
    giveUp.abort();
  }
}

const NO_UNPLUG =
  'Hercules reports a detached device with a machine check that stops the kernel (specification exception)';

const NO_END =
  'with a program suspended, Hercules takes another START SUBCHANNEL, gives condition code 1 to CANCEL SUBCHANNEL, and stays busy after CLEAR SUBCHANNEL, so the driver waits for ever; only HALT SUBCHANNEL ends it';

/** Hercules takes no commands without its panel, and what it would do with `detach` stops the guest's kernel. */
const monitor: LabMonitor = {
  cannotEndSuspended: NO_END,
  cannotUnplug: () => NO_UNPLUG,
  unplug: () => Promise.reject(new CcwspecError('E-LAB-MONITOR', NO_UNPLUG)),
  replug: () => Promise.reject(new CcwspecError('E-LAB-MONITOR', NO_UNPLUG)),
};
