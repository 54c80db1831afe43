/** The operation-request block: what of it reaches the host subchannel, and what the driver refuses. */

import {
  defineCase,
  encodeOrb,
  IoRegion,
  OrbBit,
  ProgramBuilder,
  readSchibRegion,
  RegionIndex,
  regionOffset,
  ScswBit,
  startRequest,
  viewOf,
  type AssembledProgram,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { lastStart, orbWord } from '../../support/host-program.js';
import { noOperations, NORMAL_END, Started } from '../../support/started.js';

const NOT_MAPPED = 0x7000_0000;

/** A no-operation whose ORB has `control` besides format-2 IDAWs. */
function withBits(control: number, name = `no-operation with ORB bits ${control.toString(16)}`): AssembledProgram {
  return { ...noOperations(1, 0x1000, { control: OrbBit.format2Idaw | control }), name };
}

export const orbCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/orb/transport-mode',
    decides:
      'A transport-mode ORB is refused with EOPNOTSUPP before any guest storage is read, so that its address does not matter.',
    requirements: ['TRN-001', 'VF-004'],
    guards: ['bcbd41da3b0a'],
    recorded: ['MAIN: TM bit13'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const channelProgramAddress of [0x1000, NOT_MAPPED]) {
        const program = withBits(OrbBit.channelProgramType, `transport mode at ${channelProgramAddress.toString(16)}`);
        await device.refuses({ ...program, orb: { ...program.orb, channelProgramAddress } }, 'EOPNOTSUPP');
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/orb/reserved-bits',
    decides: 'ORB bits 26 to 30 each make the host refuse the START: EIO, and the next START runs.',
    requirements: ['TRN-059'],
    recorded: ['MAIN: NOP bit26'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (let bit = 26; bit <= 30; bit++) {
        await device.refuses(withBits(1 << (31 - bit), `no-operation with ORB bit ${bit}`), 'EIO');
        await device.succeeds(noOperations(1), 0x1000);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/orb/midaw-control',
    decides: 'ORB.D is left to the host: a machine without MIDAWs refuses the START with EIO, any other runs it.',
    requirements: ['TRN-059'],
    recorded: ['MAIN: NOP bit25 midaw'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = withBits(OrbBit.midawControl);
      const result = await device.start(program);
      context.expect.result(result, [IoRegion.length, 'EIO'], `write that starts ${program.name}`);
      if (result >= 0) context.expect.irb(await device.lastIrb(program.name), NORMAL_END, 'IRB', program);
      else await device.isQuiet('after the refusal');
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/orb/key-reaches-the-host',
    decides: "The key of the ORB reaches the host subchannel as the guest's, and the SCSW shows it.",
    requirements: ['TRN-026'],
    recorded: ['MAIN: NOP key=f'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const key of [0, 1, 9, 15]) {
        const program = noOperations(1, 0x1000, { key });
        await device.runs(program, { ...NORMAL_END, control: (key << 28) >>> 0, controlMask: ScswBit.key });
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/orb/interruption-parameter-stays-here',
    decides: "The interruption parameter of the host's ORB is the driver's own, the same for every guest's.",
    requirements: ['TRN-027'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const seen = new Set<number>();
      for (const interruptionParameter of [0, 0x1234_5678, 0xffff_ffff]) {
        await device.succeeds(noOperations(1, 0x1000, { interruptionParameter }), 0x1000);
        seen.add(orbWord(await lastStart(context), 0));
      }
      context.expect.equal(seen.size, 1, "number of different interruption parameters in the host's ORBs");
      context.expect.isTrue(!seen.has(0x1234_5678), "the guest's interruption parameter is not the host's");
    },
  }),
  defineCase({
    id: 'vfio-ccw/orb/format-bits-are-one',
    decides: "F and H of the host's ORB are one, whatever the guest's are.",
    requirements: ['TRN-024'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const expected = OrbBit.format | OrbBit.format2Idaw;
      for (const format of [0, 1] as const) {
        for (const control of [0, OrbBit.format2Idaw]) {
          const program = new ProgramBuilder({ name: `format ${format}`, format, orb: { control } })
            .ccw('no-operation', { flags: ['sli'], count: 1, address: 0x2_0000 })
            .build();
          await device.succeeds(program, 0x1000);
          const bits = orbWord(await lastStart(context), 1) & expected;
          context.expect.equal(
            bits,
            expected,
            `F and H of the host's ORB for a guest with F ${format} and H ${control === 0 ? 0 : 1}`,
          );
        }
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/orb/control-bits-unchanged',
    decides: "S, M, Y, P, I, A, U and L of the guest's ORB, one by one and all off, reach the host unchanged.",
    requirements: ['TRN-028'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const bits = {
        none: 0,
        S: OrbBit.suspendControl,
        M: OrbBit.modificationControl,
        Y: OrbBit.synchronizationControl,
        P: OrbBit.prefetch,
        I: OrbBit.initialStatusInterruption,
        A: OrbBit.addressLimitChecking,
        U: OrbBit.suppressSuspendedInterruption,
        L: OrbBit.incorrectLengthSuppression,
      };
      const all = Object.values(bits).reduce((sum, bit) => sum | bit, 0);
      for (const [name, control] of Object.entries(bits)) {
        const program = noOperations(1, 0x1000, { prefetch: false, control: OrbBit.format2Idaw | control });
        await device.start(program);
        await device.isOver(program.name);
        const host = (orbWord(await lastStart(context), 1) & all) >>> 0;
        context.expect.equal(
          host,
          control >>> 0,
          `S, M, Y, P, I, A, U and L of the host's ORB when the guest has ${name}`,
        );
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/orb/path-mask-of-zero',
    decides: 'A logical path mask of zero is accepted, and runs.',
    requirements: ['TRN-025'],
    recorded: ['MAIN: NOP lpm=0'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(noOperations(1, 0x1000, { paths: 0 }), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/orb/path-mask-for-the-host',
    decides: "A logical path mask of zero becomes the host's own; any other reaches the host unchanged.",
    requirements: ['TRN-025'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const own = await context.control('host').pathMask();
      for (const paths of [0, 0x80, 0xff, 0xc1]) {
        await device.start(noOperations(1, 0x1000, { paths }));
        await device.isOver('the no-operation');
        const mask = (orbWord(await lastStart(context), 1) >>> 8) & 0xff;
        context.expect.equal(
          mask,
          paths === 0 ? own : paths,
          `path mask of the host's ORB for a guest's of ${paths.toString(16)}`,
        );
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/orb/path-that-does-not-exist',
    decides:
      'A path mask without an installed path is refused with EACCES or ENODEV, or ends with deferred condition code 3; another START runs then.',
    requirements: ['FSM-008', 'IRQ-013'],
    recorded: ['MAIN: NOP lpm=40 (deferred cc3)'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const schib = await readSchibRegion(device.vfio);
      const installed = typeof schib === 'number' ? context.expect.fail(`reading the SCHIB gave ${schib}`) : schib.pim;
      if (installed === 0xff) context.skip('all eight paths are installed');
      const paths = ~installed & (installed + 1);
      const program = noOperations(1, 0x1000, { paths });
      const result = await device.start(program);
      const what = `write that starts ${program.name} on path mask ${paths.toString(16)}`;
      context.expect.result(result, [IoRegion.length, 'EACCES', 'ENODEV'], what);
      if (result >= 0) {
        const irb = await device.lastIrb(program.name);
        context.expect.irb(irb, { deferredConditionCode: 3, subchannelStatus: 0, deviceStatus: 0 }, 'IRB', program);
      }
      await device.succeeds(noOperations(1, 0x1000, { paths: 0x80 }), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/orb/extension-bit',
    decides: 'A request with ORB.X one runs.',
    requirements: ['TRN-029'],
    recorded: ['MAIN: NOP X=1'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.runs(withBits(OrbBit.extension), { ...NORMAL_END, ccwAddress: 0x1008 });
    },
  }),
  defineCase({
    id: 'vfio-ccw/orb/extension-words',
    decides:
      "Words 3 to 5 of the host's ORB are the SCSW area of the request, and words 6 and 7 the beginning of its IRB area.",
    requirements: ['TRN-029'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = noOperations(1);
      const request = startRequest(program);
      encodeOrb(viewOf(request), IoRegion.orb, {
        ...program.orb,
        control: (program.orb.control | OrbBit.extension) >>> 0,
      });
      const words = [0, 1, 2, 3].map((word) => (0x1100_0000 * (word + 1)) >>> 0);
      for (const [word, value] of words.entries()) viewOf(request).setUint32(IoRegion.scsw + 4 + word * 4, value);
      await device.accepts(program);
      await device.lastIrb(program.name);
      context.expect.result(
        await device.vfio.write(regionOffset(RegionIndex.io), request),
        IoRegion.length,
        'write of the request',
      );
      await device.lastIrb(program.name);
      const start = await lastStart(context);
      const host = [3, 4, 5, 6, 7].map((word) => orbWord(start, word));
      context.expect.equal(host, [ScswBit.startFunction, ...words], "words 3 to 7 of the host's ORB");
    },
  }),
];
