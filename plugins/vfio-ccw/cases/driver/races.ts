/**
 * Calls that meet the driver's own work on another processor. Whatever comes first, the outcome is the same; a driver in which it is not
 * does not show it every time: what needs luck is repeated.
 */

import {
  CrwRegion,
  defineCase,
  Errno,
  IoRegion,
  loadProgram,
  OrbBit,
  ProgramBuilder,
  regionOffset,
  RegionIndex,
  startRequest,
  viewOf,
  type AssembledProgram,
  type CaseContext,
  type CaseDefinition,
  type SystemPort,
} from 'ccwspec/plugin';
import { lockedMemory } from '../../support/pending.js';
import { closeDevice, openDevice } from '../../support/reopening.js';
import { IO } from '../../support/regions.js';
import { DATA, noOperations, Started } from '../../support/started.js';
import { restored } from '../../support/sysfs.js';

const ROUNDS = 4;
/** Channel reports that are read in one round, an even number: the kernel looks at every subchannel for each of them. */
const REPORTS = 4;

/** Milliseconds in which a list changes. */
const RACE = 2_000;
const LIST = 0x3000;
/**
 * Where the first IDAW leads, by turns: to 256 bytes at the end of a page, or to its last byte, behind which the second IDAW is used. They
 * differ in one byte, so that there is nothing between them.
 */
const END_OF_PAGE = 0x3_0f00;
const LAST_BYTE = 0x3_0fff;
const NEXT_BLOCK = 0x3_4000;
/** No byte of an identity. */
const UNTOUCHED = 0xa5;

function idaw(address: number): Uint8Array {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setUint32(4, address);
  return bytes;
}

/** Sense ID through a list of two IDAWs, of which 256 bytes before a page's end need one only. */
function throughAList(): AssembledProgram {
  return new ProgramBuilder({ name: 'sense ID through a list that changes', orb: { control: OrbBit.format2Idaw } })
    .bytes(LIST + 8, `00000000 ${NEXT_BLOCK.toString(16).padStart(8, '0')}`)
    .ccw('sense-id', { flags: ['sli', 'ida'], count: 256, address: LIST })
    .build();
}

/** Pins a page 1024 times, which the driver takes milliseconds to take back when the program has ended. */
function manyPages(): AssembledProgram {
  const builder = new ProgramBuilder({ name: 'basic sense of 65535 bytes, 64 times', chain: true });
  for (let ccw = 0; ccw < 64; ccw++) {
    builder.ccw('basic-sense', { flags: ['sli'], count: 0xffff, address: DATA + ccw * 0x1000 });
  }
  return builder.build();
}

/** Starts a program with many pages, and calls `next` right behind it: while the driver frees the program, if it can. */
async function meetsTheEnd<Result>(device: Started, next: () => Promise<Result>): Promise<Result> {
  const program = manyPages();
  await loadProgram(device.vfio.memory, program);
  const [started, result] = await Promise.all([device.vfio.write(IO, startRequest(program)), next()]);
  device.expect.result(started, IoRegion.length, `write that starts ${program.name}`);
  return result;
}

/** The next `count` channel reports that a process reads, 0 where there is none any more. */
async function readReports({ expect }: CaseContext, system: SystemPort, fd: number, count: number): Promise<number[]> {
  const regions = Array.from({ length: count }, () => new Uint8Array(CrwRegion.length));
  const at = regionOffset(RegionIndex.crw);
  const results = await Promise.all(regions.map((region) => system.pread(fd, region, at)));
  for (const result of results) expect.result(result, CrwRegion.length, 'a read of the CRW region');
  return regions.map((region) => viewOf(region).getUint32(CrwRegion.crw)).filter((report) => report !== 0);
}

export const raceCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/races/reset-while-a-program-is-freed',
    decides: 'A RESET that comes while the end of a program frees it returns when every page is unpinned.',
    requirements: ['FSM-024', 'TRN-056'],
    guards: ['CVE-2026-80548', '34f4feff3e90'],
    needs: ['vfio', 'several-processors'],
    touches: 'nothing',
    limit: 120_000,
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context);
      const before = await lockedMemory(system);
      for (let round = 1; round <= ROUNDS; round++) {
        const [reset, locked] = await meetsTheEnd(device, () =>
          Promise.all([device.vfio.reset(), lockedMemory(system)]),
        );
        expect.result(reset, 0, 'RESET');
        expect.equal(locked, before, 'locked memory when RESET has returned');
        await device.isOver('what RESET has ended'); // RESET cancels no work: the old status may be signalled still
      }
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/races/close-while-a-program-is-freed',
    decides: 'A close that comes while the end of a program frees it returns when every page is unpinned.',
    requirements: ['IRQ-019', 'TRN-056'],
    guards: ['CVE-2026-80553', 'CVE-2026-80548'],
    needs: ['vfio', 'several-processors'],
    touches: 'nothing',
    limit: 120_000,
    run: async (context) => {
      const { expect, system } = context;
      const device = await Started.open(context);
      const before = await lockedMemory(system);
      for (let round = 1; round <= ROUNDS; round++) {
        await meetsTheEnd(device, () => closeDevice(context, device));
        expect.equal(await lockedMemory(system), before, 'locked memory when the close has returned');
        await openDevice(context, device);
        await device.isOver('what the close has ended');
      }
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/races/unbind-while-a-program-is-freed',
    decides: 'Whatever is left to do at the end of a program is done before the driver gives the subchannel up.',
    requirements: ['IRQ-019'],
    guards: ['CVE-2026-80553', '79c60b2c6110'],
    needs: ['vfio', 'lifecycle', 'several-processors'],
    touches: 'nothing',
    limit: 120_000,
    run: (context) =>
      restored(context, async (sysfs) => {
        const { expect, places, system } = context;
        const before = await lockedMemory(system);
        const device = await Started.open(context);
        await meetsTheEnd(device, () => device.vfio.close());
        expect.result(await sysfs.unbind('vfio_ccw'), places.subchannel.length, 'the unbinding');
        expect.equal(await lockedMemory(system), before, 'locked memory when the driver has given the subchannel up');
      }),
  }),
  defineCase({
    id: 'vfio-ccw/races/first-idaw-changes',
    decides:
      'A program whose first IDAW another thread changes while it is started is executed with one of the two, or refused with EINVAL.',
    requirements: ['TRN-038', 'VF-012'],
    guards: ['CVE-2026-80551', '565bef268d75'],
    needs: ['vfio', 'memory-race'],
    touches: 'nothing',
    limit: 120_000,
    run: async (context) => {
      const { expect } = context;
      const device = await Started.open(context);
      const { memory } = device.vfio;
      const race = context.control('memoryRace');
      const address = device.vfio.addressOf?.(LIST) ?? expect.fail('the process knows no address of its list');
      await memory.write(LIST, idaw(END_OF_PAGE));
      const time = { isOver: false };
      const changing = race(address, RACE, idaw(END_OF_PAGE), idaw(LAST_BYTE)).finally(() => {
        time.isOver = true;
      });
      const over = Promise.allSettled([changing]);
      const counts = { executed: 0, refused: 0 };
      const program = throughAList();
      try {
        while (!time.isOver) {
          for (const at of [END_OF_PAGE, LAST_BYTE, NEXT_BLOCK]) await memory.write(at, Uint8Array.of(UNTOUCHED));
          const written = await device.start(program);
          if (written === -Errno.EINVAL) {
            counts.refused++;
            continue;
          }
          expect.result(written, IoRegion.length, `write that starts ${program.name}`);
          expect.irb(await device.lastIrb(program.name), { ccwAddress: 0x1008, subchannelStatus: 0 }, 'IRB', program);
          const [end, last, next] = await Promise.all(
            [END_OF_PAGE, LAST_BYTE, NEXT_BLOCK].map(async (at) => (await device.stored(at, 1))[0] !== UNTOUCHED),
          );
          const isOneOfTwo = end === true ? next === false : last === true && next === true;
          expect.isTrue(isOneOfTwo, 'all that the program stored is where one of the two lists leads');
          counts.executed++;
        }
      } finally {
        await over; // the memory stays until nobody changes it any more
      }
      await changing;
      context.note(`${counts.executed} executed, ${counts.refused} refused`);
      expect.isTrue(counts.executed > 0, 'a program was executed while the list changed');
    },
  }),
  defineCase({
    id: 'vfio-ccw/races/reports-read-by-two-processes',
    decides: 'Channel reports that two processes read at the same time are each read once, by one of them.',
    requirements: ['PTH-020'],
    guards: ['CVE-2026-80547', '16b0798024c0'],
    needs: ['vfio', 'path-control', 'path-reports', 'second-process', 'several-processors'],
    touches: 'nothing',
    limit: 240_000,
    run: async (context) => {
      const { expect, system } = context;
      const { vfio } = await Started.open(context);
      const paths = context.control('paths');
      const [chpid = 0] = paths.chpids;
      const [gone, back] = [0x0406_0000 | chpid, 0x0402_0000 | chpid];
      const other = await system.fork();
      try {
        for (let round = 1; round <= ROUNDS; round++) {
          for (let report = 0; report < REPORTS; report++) await paths.report(chpid, report % 2 === 1);
          const reads = await Promise.all([
            readReports(context, other, vfio.fd, REPORTS),
            readReports(context, system, vfio.fd, REPORTS),
          ]);
          const all = reads.flat();
          const numbers = [gone, back].map((report) => all.filter((read) => read === report).length);
          expect.equal(numbers, [REPORTS / 2, REPORTS / 2], 'reports that the path has gone, and that it is back');
          expect.equal(all.length, REPORTS, 'reports that were read');
        }
      } finally {
        await other.exit?.();
      }
    },
  }),
];
