/** The driver's state machine as far as START goes: which requests it takes, and what becomes of those it refuses. */

import { CcwIrq, defineCase, IoRegion, OrbBit, ScswBit, startRequest, type CaseDefinition } from 'ccwspec/plugin';
import { lastStart, orbWord } from '../../support/host-program.js';
import { keepPending, lockedMemory } from '../../support/pending.js';
import { ASYNC, asyncRequest, IO, ioRegion, request, retCode } from '../../support/regions.js';
import { noOperations, NORMAL_END, senseId, Started } from '../../support/started.js';

const NOT_MAPPED = 0x7000_0000;
const ATTENTION = 0x80;
const { startFunction, haltFunction, clearFunction } = ScswBit;

/** START SUBCHANNELs that the host's instruction ends otherwise than with condition code 0. */
const hostOutcomes = [
  [1, 'EBUSY', 'FSM-007'],
  [2, 'EBUSY', 'FSM-007'],
  ['program-check', 'EIO', 'FSM-011'],
] as const;

export const stateMachineCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/state-machine/start-while-a-start-is-pending',
    decides:
      'While a START is pending another is refused with EBUSY whatever its ORB says: good, in transport mode, or with an unmapped program.',
    requirements: ['FSM-001', 'VF-003'],
    recorded: ['MAIN: START while pending', 'MAIN: TM START while pending'],
    needs: ['vfio', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await keepPending(device);
      const control = OrbBit.format2Idaw | OrbBit.channelProgramType;
      await device.refuses(noOperations(1), 'EBUSY');
      await device.refuses(noOperations(1, 0x1000, { control }), 'EBUSY');
      await device.refuses(noOperations(1, 0x1000, { channelProgramAddress: NOT_MAPPED }), 'EBUSY');
      await device.clears();
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  ...hostOutcomes.map(([outcome, errno, requirement]) => {
    const what = outcome === 'program-check' ? 'a program check' : `condition code ${outcome}`;
    return defineCase({
      id: `vfio-ccw/state-machine/host-start-with-${outcome === 'program-check' ? outcome : `condition-code-${outcome}`}`,
      decides: `A START that ends at the host with ${what} is refused with ${errno}, frees its program, and the next one runs.`,
      requirements: [requirement, 'FSM-006'],
      needs: ['vfio', 'kernel-faults'],
      touches: 'nothing',
      run: async (context) => {
        const device = await Started.open(context);
        const before = await lockedMemory(context.system);
        await context.control('faults').nextStart(outcome);
        await device.refuses(senseId(8), errno);
        context.expect.equal(await lockedMemory(context.system), before, 'locked memory after the refusal');
        await device.succeeds(senseId(8), 0x1000);
      },
    });
  }),
  defineCase({
    id: 'vfio-ccw/state-machine/host-start-without-this-path',
    decides:
      'Condition code 3 of the host is EACCES when the ORB named other paths than all that the host would use, and the next START runs.',
    requirements: ['FSM-008'],
    needs: ['vfio', 'kernel-faults'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await context.control('faults').nextStart(3);
      await device.refuses(noOperations(1, 0x1000, { paths: 0x01 }), 'EACCES');
      await device.succeeds(noOperations(1, 0x1000, { paths: 0x80 }), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/state-machine/host-start-without-any-path',
    decides: 'Condition code 3 of the host is ENODEV when no path is left that the host would use.',
    requirements: ['FSM-009'],
    needs: ['vfio', 'kernel-faults', 'path-control'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const paths = context.control('paths');
      try {
        await context.control('faults').nextStart(3);
        await device.refuses(noOperations(1, 0x1000, { paths: 0 }), 'ENODEV');
        await device.succeeds(noOperations(1, 0x1000, { paths: 0x80 }), 0x1000);
      } finally {
        for (const chpid of paths.chpids) await paths.vary(chpid, true);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/state-machine/paths-that-failed-are-not-used-by-default',
    decides:
      'The paths of a START that ended with condition code 3 are left out of path masks of zero until the path is varied on.',
    requirements: ['FSM-010'],
    needs: ['vfio', 'kernel-faults', 'host-instructions', 'path-control'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const host = context.control('host');
      const paths = context.control('paths');
      const whole = await host.pathMask();
      try {
        await context.control('faults').nextStart(3);
        await device.refuses(noOperations(1, 0x1000, { paths: 0x80 }), ['EACCES', 'ENODEV']);
        context.expect.equal(
          await host.pathMask(),
          whole & ~0x80,
          "the host's path mask after condition code 3 on path 0",
        );
      } finally {
        for (const chpid of paths.chpids) await paths.vary(chpid, true);
      }
      context.expect.equal(await host.pathMask(), whole, "the host's path mask after path 0 was varied on");
      await device.succeeds(noOperations(1, 0x1000, { paths: 0 }), 0x1000);
      const mask = (orbWord(await lastStart(context), 1) >>> 8) & 0xff;
      context.expect.equal(mask, whole, "path mask of the host's ORB");
    },
  }),
  defineCase({
    id: 'vfio-ccw/state-machine/interruption-when-not-operational',
    decides:
      'An interruption that comes when the driver is not operational signals nothing, and makes it disable the subchannel once more.',
    requirements: ['FSM-031'],
    needs: ['vfio', 'kernel-faults', 'device-status', 'host-instructions', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const { expect } = context;
      const faults = context.control('faults');
      const host = context.control('host');
      await faults.modify(3);
      expect.result(await device.vfio.reset(), 'EINVAL', 'RESET while MODIFY SUBCHANNEL gives condition code 3');
      await faults.modify(undefined);
      expect.equal(await host.driverState(), 'NOT_OPER', 'state of the driver');
      const before = (await host.instructions()).length;
      await context.control('deviceStatus').present(ATTENTION);
      await device.isQuiet('after an attention when not operational');
      const later = (await host.instructions()).slice(before);
      expect.isTrue(
        later.includes('tsch 0') && later.includes('msch 0'),
        `the driver tests and disables the subchannel; it issued ${later.join(', ')}`,
      );
      expect.equal(
        (await ioRegion(device.vfio)).subarray(IoRegion.irb, IoRegion.irb + 12),
        new Uint8Array(12),
        'SCSW of the IRB area',
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/state-machine/modify-takes-pending-status',
    decides:
      'Status that is pending when the subchannel is disabled is taken by TEST SUBCHANNEL and lost; MODIFY SUBCHANNEL is then repeated.',
    requirements: ['FSM-033'],
    needs: ['vfio', 'device-status', 'host-instructions', 'schedule'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const { expect } = context;
      const host = context.control('host');
      const schedule = context.control('schedule');
      await schedule.hold('interrupt');
      await context.control('deviceStatus').present(ATTENTION);
      const before = (await host.instructions()).length;
      expect.result(await device.vfio.reset(), 0, 'RESET with status pending at the host');
      const issued = (await host.instructions())
        .slice(before)
        .filter((instruction) => !instruction.startsWith('stsch'));
      expect.equal(
        issued.slice(0, 3),
        ['msch 1', 'tsch 0', 'msch 0'],
        'the first instructions of RESET besides STORE SUBCHANNEL',
      );
      await schedule.letGo('interrupt');
      await device.isQuiet('after the RESET');
      await device.succeeds(noOperations(1), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/state-machine/modify-is-tried-five-times',
    decides:
      'MODIFY SUBCHANNEL that always gives condition code 2 is issued five times before the subchannel counts as lost.',
    requirements: ['FSM-033', 'FSM-020'],
    needs: ['vfio', 'kernel-faults', 'host-instructions'],
    touches: 'nothing',
    limit: 1_200_000,
    run: async (context) => {
      const device = await Started.open(context);
      const { expect } = context;
      const faults = context.control('faults');
      const host = context.control('host');
      await device.vfio.close();
      const before = (await host.instructions()).length;
      await faults.modify(2);
      let refused = false;
      try {
        await context.session.openVfio().then((vfio) => vfio.close());
      } catch {
        refused = true;
      } finally {
        await faults.modify(undefined);
      }
      expect.isTrue(refused, 'the device cannot be opened');
      const issued = (await host.instructions()).slice(before).filter((instruction) => instruction.startsWith('msch'));
      expect.equal(
        issued,
        Array.from({ length: 5 }, () => 'msch 2'),
        'MODIFY SUBCHANNEL instructions of the open',
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/state-machine/enable-that-meets-a-program-check',
    decides:
      'An enable whose MODIFY SUBCHANNEL meets a program check is tried once more, without concurrent sense, before the subchannel counts as lost.',
    requirements: ['FSM-038', 'FSM-020'],
    needs: ['vfio', 'kernel-faults', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const faults = context.control('faults');
      const host = context.control('host');
      const before = (await host.instructions()).length;
      await faults.modify('program-check');
      let refused = false;
      try {
        await context.session.openVfio().then((vfio) => vfio.close());
      } catch {
        refused = true;
      } finally {
        await faults.modify(undefined);
      }
      context.expect.isTrue(refused, 'the device cannot be opened');
      const issued = (await host.instructions()).slice(before).filter((instruction) => instruction.startsWith('msch'));
      context.expect.equal(issued, ['msch program-check', 'msch program-check'], 'MODIFY SUBCHANNEL instructions');
    },
  }),
  defineCase({
    id: 'vfio-ccw/state-machine/halt-function-in-the-io-region',
    decides:
      'The halt function in the I/O region is refused with EOPNOTSUPP; HALT SUBCHANNEL through the asynchronous region works.',
    requirements: ['FSM-003', 'VF-002'],
    recorded: ['MAIN: fctl HALT'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = noOperations(1);
      await device.succeeds(program, 0x1000);
      context.expect.result(
        await device.vfio.write(IO, request(program, haltFunction)),
        'EOPNOTSUPP',
        'write with the halt function',
      );
      await device.isQuiet('after the refusal');
      context.expect.result(await device.vfio.write(ASYNC, asyncRequest('halt')), 8, 'write of HALT SUBCHANNEL');
      context.expect.irb(
        await device.irb('HALT SUBCHANNEL'),
        { functionControl: haltFunction },
        'IRB of HALT SUBCHANNEL',
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/state-machine/clear-function-in-the-io-region',
    decides:
      'The clear function in the I/O region is refused with EOPNOTSUPP; CLEAR SUBCHANNEL through the asynchronous region works.',
    requirements: ['FSM-004', 'VF-002'],
    recorded: ['MAIN: fctl CLEAR'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = noOperations(1);
      await device.succeeds(program, 0x1000);
      context.expect.result(
        await device.vfio.write(IO, request(program, clearFunction)),
        'EOPNOTSUPP',
        'write with the clear function',
      );
      context.expect.result(
        await device.vfio.write(IO, request(program, clearFunction | haltFunction)),
        'EOPNOTSUPP',
        'write with both',
      );
      await device.isQuiet('after the refusals');
      context.expect.irb(await device.clears(), { functionControl: clearFunction }, 'IRB of CLEAR SUBCHANNEL');
    },
  }),
  defineCase({
    id: 'vfio-ccw/state-machine/start-wins',
    decides: 'A request with the start, halt and clear functions is a START.',
    requirements: ['FSM-005'],
    recorded: ['MAIN: START+HALT+CLEAR bits'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = noOperations(1);
      await device.succeeds(program, 0x1000);
      for (const functions of [
        startFunction | haltFunction,
        startFunction | clearFunction,
        startFunction | haltFunction | clearFunction,
      ]) {
        const result = await device.vfio.write(IO, request(program, functions));
        context.expect.result(result, IoRegion.length, `write with the functions ${functions.toString(16)}`);
        context.expect.irb(await device.lastIrb(program.name), { ...NORMAL_END, ccwAddress: 0x1008 }, 'IRB', program);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/state-machine/request-stays-readable',
    decides: 'ORB and SCSW areas show what the guest wrote, before and after the end of the program.',
    requirements: ['FSM-032'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = noOperations(1, 0x1000, { interruptionParameter: 0x1234_5678, key: 0 });
      const written = startRequest(program);
      await device.accepts(program);
      for (const when of ['after the START', 'after the end']) {
        const region = await ioRegion(device.vfio);
        context.expect.bytes(
          region.subarray(0, IoRegion.irb),
          written.subarray(0, IoRegion.irb),
          `ORB and SCSW areas ${when}`,
        );
        if (when === 'after the START') await device.lastIrb(program.name);
      }
      context.expect.equal(await retCode(device.vfio), 0, 'ret_code after the end');
    },
  }),
  defineCase({
    id: 'vfio-ccw/state-machine/next-start-after-a-failure',
    decides: 'After every kind of refused START the next one is judged by itself, and a good one runs.',
    requirements: ['FSM-006'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const bad = [
        noOperations(1, 0x1000, { channelProgramAddress: NOT_MAPPED }),
        noOperations(1, 0x1000, { control: 0x0006_0000 }),
        noOperations(1, 0x1000, { control: 0x0002_0020 }),
      ];
      for (const program of bad) {
        const first = await device.start(program);
        context.expect.isTrue(first < 0, `${program.name} is refused`);
        context.expect.result(await device.start(program), first, `the same START once more`);
        await device.succeeds(noOperations(1, 0x2000), 0x2000);
      }
      context.expect.equal(await device.vfio.waitIrq(CcwIrq.io, 0), 0, 'signals beyond those of the good STARTs');
    },
  }),
];
