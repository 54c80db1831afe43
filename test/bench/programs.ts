/** Whole programs through all layers: guest SSCH, driver, machine, device, and back to TSCH. */

import {
  IRB_BASE_LENGTH,
  ORB_LENGTH,
  ScswBit,
  encodeOrb,
  viewOf,
  type AssembledProgram,
} from '../../src/harness/arch/index.js';
import { enableSubchannel, GUEST_SCRATCH } from '../../src/harness/guest/index.js';
import type { ChannelPort } from '../../src/harness/ports/index.js';
import { createTarget } from '../../src/harness/targets/index.js';
import { ModelTarget } from '../../src/harness/targets/model/index.js';
import { eckdKind } from '../../plugins/eckd/devices/index.js';
import { program, readBlocks, take } from '../../plugins/eckd/programs/index.js';

/** Milliseconds of virtual time in which a program must have ended. */
const LIMIT = 10_000;
/** A block behind the label tracks of the compatible layout. */
const SOME_BLOCK = 40;

export const senseIdProgram = program('sense-id', [take('sense-id', 20, 'id', ['sli'])]);
export const readBlockProgram = program('read 4 KiB', readBlocks({ first: SOME_BLOCK, count: 1 }));

/** A guest that starts one program over and over. */
export interface GuestLoop {
  /** Runs the program once. @throws Error if it does not end with channel end and device end alone */
  run(): Promise<void>;
  close(): Promise<void>;
  /** what host and kernel have taken */
  taken(): Promise<number>;
}

/** Opens a guest on a fresh volume with blocks of 4096 bytes, and loads `loaded` into its storage. */
export async function openLoop(loaded: AssembledProgram): Promise<GuestLoop> {
  const target = createTarget('model', {
    deviceKinds: [eckdKind],
    targets: [],
    defects: [],
    device: 'eckd:model=3390-1,layout=linux',
    options: new Map(),
    inPlace: false,
    writable: true,
    scratch: () => '',
  });
  if (!(target instanceof ModelTarget)) throw new Error('the benchmark measures the model');
  const session = await target.start();
  session.host.kernel.host.recorder.recording = false;
  const channel = await session.openChannel();
  const [schid = 0] = await channel.subchannels();
  await enableSubchannel(channel, schid);
  for (const { at, bytes } of loaded.memory) await channel.storage.write(at, bytes);
  const orb = new Uint8Array(ORB_LENGTH);
  encodeOrb(viewOf(orb), 0, loaded.orb);
  await channel.storage.write(GUEST_SCRATCH.orb, orb);
  const irb = new Uint8Array(IRB_BASE_LENGTH);
  const irbView = viewOf(irb);
  return {
    run: () => once(channel, schid, irb, irbView),
    close: async () => {
      await channel.close();
      await session.close();
    },
    taken: async () => (await session.ledger()).length,
  };
}

/** Ended, with primary and secondary status, and nothing unusual: SCSW word 0 and the two status bytes. */
const ENDED = ScswBit.primaryStatus | ScswBit.secondaryStatus | ScswBit.statusPending;
const USUAL_STATUS = 0x0c00;

async function once(channel: ChannelPort, schid: number, irb: Uint8Array, irbView: DataView): Promise<void> {
  const started = await channel.ssch(schid, GUEST_SCRATCH.orb);
  if (!('conditionCode' in started) || started.conditionCode !== 0) throw new Error('the program was not started');
  if (!(await channel.waitInterruption(LIMIT))) throw new Error('no interruption came');
  await channel.tsch(schid, GUEST_SCRATCH.irb);
  await channel.storage.read(GUEST_SCRATCH.irb, irb);
  const usual = (irbView.getUint32(0) & 0x1f) === ENDED && irbView.getUint16(8) === USUAL_STATUS;
  if (!usual) throw new Error(`the program ended with ${Buffer.from(irb).toString('hex')}`);
}
