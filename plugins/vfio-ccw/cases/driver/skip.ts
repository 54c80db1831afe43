/** CCWs that move no data: their addresses need not be mapped. And the CCWs that look like it, and do. */

import {
  defineCase,
  DeviceStatus,
  OrbBit,
  ProgramBuilder,
  type CaseDefinition,
  type CcwOperands,
} from 'ccwspec/plugin';
import { lastStart } from '../../support/host-program.js';
import { DATA, senseId, Started } from '../../support/started.js';

/** No mapping reaches here. */
const NOT_MAPPED = 0x7000_0000;
const NOT_FOUND = ['EINVAL', 'ENOENT'];

/** One CCW whose data address is not mapped. */
function elsewhere(command: number, operands: CcwOperands): ProgramBuilder {
  const name = `command ${command.toString(16)} with an unmapped address`;
  return new ProgramBuilder({ name }).ccw(command, { ...operands, address: NOT_MAPPED });
}

export const skipCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/skip/count-of-zero',
    decides: 'A Sense ID with a count of zero and an address that is not mapped runs.',
    requirements: ['TRN-030'],
    guards: ['4cebc5d6a6ff', '9b6e57e5a516'],
    recorded: ['MAIN: senseid unmapped count0'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(elsewhere(0xe4, { flags: ['sli'], count: 0 }).build(), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/skip/no-operation',
    decides: 'A no-operation with a count and an address that is not mapped runs.',
    requirements: ['TRN-031'],
    recorded: ['MAIN: NOP unmapped'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(elsewhere(0x03, { flags: ['sli'], count: 100 }).build(), 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/skip/read',
    decides: 'A read command with SKIP and an address that is not mapped reaches the device.',
    requirements: ['TRN-032'],
    guards: ['9b6e57e5a516'],
    recorded: ['MAIN: read02 skip unmapped'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.runs(elsewhere(0x02, { flags: ['sli', 'skip'], count: 8 }).build(), {
        subchannelStatus: 0,
        ccwAddress: 0x1008,
      });
    },
  }),
  defineCase({
    id: 'vfio-ccw/skip/sense',
    decides: 'A sense command with SKIP and an address that is not mapped ends normally.',
    requirements: ['TRN-033'],
    recorded: ['MAIN: sense skip unmapped'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const command of [0x04, 0xe4]) {
        await device.succeeds(elsewhere(command, { flags: ['sli', 'skip'], count: 8 }).build(), 0x1000);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/skip/read-backward',
    decides: 'A read-backward command with SKIP and an address that is not mapped reaches the device.',
    requirements: ['TRN-034'],
    recorded: ['MAIN: readback 0c skip unmapped'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.runs(elsewhere(0x0c, { flags: ['sli', 'skip'], count: 8 }).build(), {
        subchannelStatus: 0,
        ccwAddress: 0x1008,
      });
    },
  }),
  defineCase({
    id: 'vfio-ccw/skip/write-moves-data-all-the-same',
    decides: 'SKIP means nothing for a write command: with an address that is not mapped it is refused.',
    requirements: ['TRN-035'],
    recorded: ['MAIN: write01 skip unmapped'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.refuses(elsewhere(0x01, { flags: ['sli', 'skip'], count: 1 }).build(), NOT_FOUND);
    },
  }),
  defineCase({
    id: 'vfio-ccw/skip/control-moves-data',
    decides:
      'A control command other than no-operation is refused when its count is not zero and its address is not mapped.',
    requirements: ['TRN-036'],
    recorded: ['MAIN: control 13 count1 unmapped'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const command of [0x13, 0x0b, 0x23]) {
        await device.refuses(elsewhere(command, { flags: ['sli'], count: 1 }).build(), NOT_FOUND);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/skip/list-is-read-even-so',
    decides: 'A CCW with IDA whose list is not mapped is refused, even with a count of zero and even with SKIP.',
    requirements: ['TRN-037'],
    recorded: ['MAIN: IDA unmapped list count0'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.refuses(elsewhere(0xe4, { flags: ['sli', 'ida'], count: 0 }).build(), NOT_FOUND);
      await device.refuses(elsewhere(0xe4, { flags: ['sli', 'ida', 'skip'], count: 8 }).build(), NOT_FOUND);
    },
  }),
  defineCase({
    id: 'vfio-ccw/skip/idaws-need-not-be-mapped',
    decides: 'With SKIP a list whose IDAWs are not mapped is accepted, and nothing is stored.',
    requirements: ['TRN-033', 'CH-011'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({
        name: 'sense ID with SKIP through a list',
        orb: { control: OrbBit.format2Idaw },
      })
        .bytes(DATA, '00000000 70000000')
        .ccw('sense-id', { flags: ['sli', 'skip', 'ida'], count: 8, address: DATA })
        .build();
      await device.succeeds(program, 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/skip/stores-nothing',
    decides: 'Sense ID with SKIP ends normally and leaves its storage as it was.',
    requirements: ['CH-011'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'sense ID with SKIP' })
        .ccw('sense-id', { flags: ['sli', 'skip'], buffer: 8, place: DATA })
        .build();
      await device.succeeds(program, 0x1000);
      context.expect.bytes(await device.stored(DATA, 8), 'a5'.repeat(8), 'storage of the skipped Sense ID');
    },
  }),
  defineCase({
    id: 'vfio-ccw/skip/counts-what-it-skips',
    decides:
      'With chain data, a skipped area takes its share of the data: what follows is stored from the byte behind it on.',
    requirements: ['CH-011'],
    needs: ['vfio', 'eckd'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.succeeds(senseId(12), 0x1000);
      const whole = await device.stored(DATA, 12);
      const program = new ProgramBuilder({ name: 'sense ID whose first 4 bytes are skipped' })
        .ccw('sense-id', { flags: ['cd', 'skip'], buffer: 4, place: DATA })
        .ccw('sense-id', { flags: ['sli'], buffer: 8, place: DATA + 16 })
        .build();
      await device.succeeds(program, 0x1008);
      context.expect.bytes(await device.stored(DATA, 4), 'a5a5a5a5', 'storage of the skipped bytes');
      context.expect.bytes(await device.stored(DATA + 16, 8), whole.subarray(4), 'bytes behind those skipped');
    },
  }),
  defineCase({
    id: 'vfio-ccw/skip/made-list-has-guest-addresses',
    decides:
      'The list that is made for a direct CCW that moves no data holds the addresses of the guest, in the format that its ORB asks for.',
    requirements: ['TRN-071'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const [control, expected] of [
        [OrbBit.format2Idaw, [0x2_0ff0n, 0x2_1000n, 0x2_2000n]],
        [OrbBit.format2Idaw | OrbBit.idaw2k, [0x2_0ff0n, 0x2_1000n, 0x2_1800n, 0x2_2000n]],
        [0, [0x2_0ff0_0002_1000n, 0x2_1800_0002_2000n, 0n, 0n]],
      ] as const) {
        const program = new ProgramBuilder({ name: 'no-operation with 4113 bytes', orb: { control } })
          .ccw('no-operation', { flags: ['sli'], count: 4113, address: 0x2_0ff0 })
          .build();
        await device.succeeds(program, 0x1000);
        const what = `list of the host with H and T ${(control >>> 16).toString(2)}`;
        context.expect.equal((await lastStart(context)).idawLists[0]?.map(String), expected.map(String), what);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/skip/copied-list-stays',
    decides: 'The list of a no-operation with IDA reaches the host as the guest wrote it.',
    requirements: ['TRN-071'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'no-operation through a list', orb: { control: OrbBit.format2Idaw } })
        .bytes(DATA, '00000001 70000ffc 00000002 70001000')
        .ccw('no-operation', { flags: ['sli', 'ida'], count: 8, address: DATA })
        .build();
      await device.succeeds(program, 0x1000);
      const list = (await lastStart(context)).idawLists[0]?.map((idaw) => idaw.toString(16));
      context.expect.equal(list, ['170000ffc', '270001000'], 'list of the host');
    },
  }),
  defineCase({
    id: 'vfio-ccw/skip/pins-nothing',
    decides: 'No page is pinned for a count of zero, a no-operation, or an input command with SKIP.',
    requirements: ['TRN-030', 'TRN-031', 'TRN-032'],
    guards: ['4cebc5d6a6ff', '9b6e57e5a516'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'three CCWs without data', chain: true })
        .ccw('sense-id', { flags: ['sli'], count: 0, address: DATA })
        .ccw('no-operation', { flags: ['sli'], count: 8, address: DATA })
        .ccw('sense-id', { flags: ['sli', 'skip'], count: 8, address: DATA })
        .build();
      await device.runs(program, { deviceStatusIncludes: DeviceStatus.deviceEnd, subchannelStatus: 0 });
      const calls = (await context.control('host').pinCalls()).filter(({ iova }) => iova >= DATA);
      context.expect.equal(calls, [], 'pin calls for the data');
    },
  }),
];
