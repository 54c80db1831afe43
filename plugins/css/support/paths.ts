/** Channel paths of the device as the host's user space sees them, for cases that change them. */

import {
  CcwIrq,
  DeviceStatus,
  readSchibRegion,
  startProgram,
  takeCrw,
  takeIrb,
  type AssembledProgram,
  type CaseContext,
  type Expect,
  type IrbExpectation,
  type PathControl,
  type Schib,
  type VfioOpenOptions,
  type VfioPort,
} from 'ccwspec/plugin';
import { LIMIT, PAUSE } from './guest.js';

/** Channel-report words of a path that went and of one that came. */
export const pathGone = (chpid: number): number => 0x0406_0000 | chpid;
export const pathCame = (chpid: number): number => 0x0402_0000 | chpid;

/** A chpid that none of the subchannel's paths has. */
export function foreignChpid({ chpids }: PathControl): number {
  for (let chpid = 0xe0; ; chpid--) if (!chpids.includes(chpid)) return chpid;
}

/** The subchannel's first path. */
export function firstPath({ chpids }: PathControl, expect: Expect): number {
  return chpids[0] ?? expect.fail('the subchannel has no channel path');
}

/** Every report that is queued, oldest first. */
export async function takeReports(vfio: VfioPort): Promise<number[]> {
  const words: number[] = [];
  for (let word = await takeCrw(vfio); word !== 0; word = await takeCrw(vfio)) words.push(word);
  return words;
}

/** Takes the interruptions that came without a START: the loss of a path halts an idle subchannel, too (PTH-022). */
export async function takeStray(vfio: VfioPort): Promise<void> {
  while ((await takeIrb(vfio, PAUSE)) !== undefined) {
    // what it says does not matter
  }
}

/** Status of a program that met nothing unusual: the device, which was reached, ended it. */
export const ENDED_NORMALLY: IrbExpectation = {
  deviceStatus: DeviceStatus.channelEnd | DeviceStatus.deviceEnd,
  subchannelStatus: 0,
};

/** Runs `program` and checks the IRB that it ends with. */
export async function runOn(
  { expect }: CaseContext,
  vfio: VfioPort,
  program: AssembledProgram,
  expected: IrbExpectation,
): Promise<void> {
  expect.result(await startProgram(vfio, program), 124, `START of ${program.name}`);
  const irb = (await takeIrb(vfio, LIMIT)) ?? expect.fail('no interruption came');
  expect.irb(irb, expected, `the IRB of ${program.name}`, program);
}

/** Waits for the CRW eventfd and takes its count; 0 if it is not signalled. */
export function signals(vfio: VfioPort): Promise<number> {
  return vfio.waitIrq(CcwIrq.crw, PAUSE);
}

export async function hostSchib(vfio: VfioPort, expect: Expect): Promise<Schib> {
  const schib = await readSchibRegion(vfio);
  return typeof schib === 'number' ? expect.fail(`expected the SCHIB region to be readable; it gave ${schib}`) : schib;
}

/** What a case about paths has. */
export interface PathsUnderTest {
  readonly vfio: VfioPort;
  readonly paths: PathControl;
  /** the subchannel's first path */
  readonly chpid: number;
}

/**
 * Opens the device, does `body`, then configures and varies every path on again and takes the reports of all that, also if
 * `body` fails.
 */
export async function withPaths(
  context: CaseContext,
  body: (test: PathsUnderTest) => Promise<void>,
  options?: VfioOpenOptions,
): Promise<void> {
  const vfio = await context.openVfio(options);
  const paths = context.control('paths');
  try {
    await body({ vfio, paths, chpid: firstPath(paths, context.expect) });
  } finally {
    await mend(paths);
    await takeReports(vfio);
  }
}

/** Puts every path back: configured, varied on, whole. */
export async function mend(paths: PathControl): Promise<void> {
  for (const chpid of paths.chpids) {
    await paths.breakPath(chpid, false);
    await paths.configure(chpid, true);
    await paths.vary(chpid, true);
  }
}
