/** What a write of the I/O region means by its function bits, its length and its last word. */

import {
  CcwIrq,
  defineCase,
  IoRegion,
  ScswBit,
  startRequest,
  viewOf,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { ASYNC, asyncRequest, IO, ioRegion, request, retCode } from '../../support/regions.js';
import { noOperations, NORMAL_END, Started } from '../../support/started.js';

const NOT_MAPPED = 0x7000_0000;
const { startFunction, haltFunction, clearFunction } = ScswBit;

export const requestCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/state-machine/halt-function-in-the-io-region',
    decides: 'The halt function in the I/O region is refused with EOPNOTSUPP; HALT SUBCHANNEL through the asynchronous region works.',
    requirements: ['FSM-003', 'VF-002'],
    recorded: ['MAIN: fctl HALT'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = noOperations(1);
      await device.succeeds(program, 0x1000);
      context.expect.result(await device.vfio.write(IO, request(program, haltFunction)), 'EOPNOTSUPP', 'write with the halt function');
      await device.isQuiet('after the refusal');
      context.expect.result(await device.vfio.write(ASYNC, asyncRequest('halt')), 8, 'write of HALT SUBCHANNEL');
      context.expect.irb(await device.irb('HALT SUBCHANNEL'), { functionControl: haltFunction }, 'IRB of HALT SUBCHANNEL');
    },
  }),
  defineCase({
    id: 'vfio-ccw/state-machine/clear-function-in-the-io-region',
    decides: 'The clear function in the I/O region is refused with EOPNOTSUPP; CLEAR SUBCHANNEL through the asynchronous region works.',
    requirements: ['FSM-004', 'VF-002'],
    recorded: ['MAIN: fctl CLEAR'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = noOperations(1);
      await device.succeeds(program, 0x1000);
      context.expect.result(await device.vfio.write(IO, request(program, clearFunction)), 'EOPNOTSUPP', 'write with the clear function');
      context.expect.result(await device.vfio.write(IO, request(program, clearFunction | haltFunction)), 'EOPNOTSUPP', 'write with both');
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
      for (const functions of [startFunction | haltFunction, startFunction | clearFunction, startFunction | haltFunction | clearFunction]) {
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
        context.expect.bytes(region.subarray(0, IoRegion.irb), written.subarray(0, IoRegion.irb), `ORB and SCSW areas ${when}`);
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
        noOperations(257),
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
