/** The lists that the driver makes for the host subchannel, and what it pins for them. */

import {
  defineCase,
  DeviceStatus,
  idawCount,
  OrbBit,
  ProgramBuilder,
  SubchannelStatus,
  type CaseDefinition,
} from 'ccwspec/plugin';
import { hostCcws, lastSegments, lastStart, orbWord, pageOffsets } from '../../support/host-program.js';
import { NORMAL_END, Started } from '../../support/started.js';

export const hostListCases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/idal/later-idaw-off-its-block',
    decides:
      'A later IDAW off a block boundary keeps its offset in the list of the host, where the channel ends with program check.',
    requirements: ['TRN-047', 'CH-023'],
    needs: ['vfio', 'eckd', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'second IDAW off its block', orb: { control: OrbBit.format2Idaw } })
        .indirect('sense-id', {
          flags: ['sli'],
          pieces: [
            { at: 0x3_0ffc, length: 4 },
            { at: 0x3_2010, length: 8 },
          ],
        })
        .build();
      await device.runs(program, { subchannelStatusIncludes: SubchannelStatus.programCheck, ccwAddress: 0x1008 });
      context.expect.equal(
        pageOffsets((await lastStart(context)).idawLists[0]),
        ['ffc', '010'],
        "offsets of the host's IDAWs",
      );
    },
  }),
  defineCase({
    id: 'vfio-ccw/idal/direct-ccw-gets-a-list',
    decides:
      'With ORB.H one and T zero, a direct CCW reaches the host with IDA and as many 4 KiB IDAWs as its data touch blocks, one for a count of zero.',
    requirements: ['TRN-022'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const [address, count] of [
        [0x2_0000, 0],
        [0x2_0000, 1],
        [0x2_0fff, 1],
        [0x2_0fff, 2],
        [0x2_0000, 4096],
        [0x2_0001, 4096],
        [0x2_0000, 0xffff],
        [0x2_0fff, 0xffff],
      ] as const) {
        const program = new ProgramBuilder({ name: `${count} bytes at ${address.toString(16)}` })
          .ccw('basic-sense', { flags: ['sli'], count, address })
          .build();
        await device.runs(program, { ...NORMAL_END, deviceStatusIncludes: DeviceStatus.deviceEnd });
        const { idawLists } = await lastStart(context);
        const [segment] = await lastSegments(context);
        const flags = segment === undefined ? undefined : hostCcws(segment)[0]?.flags;
        context.expect.equal(flags, 0x24, `flags of the host's CCW for ${program.name}`);
        const expected = Array.from({ length: idawCount(address, Math.max(count, 1), 4096) }, (_, at) =>
          at === 0 ? address & 0xfff : 0,
        );
        const offsets = pageOffsets(idawLists[0]).map((offset) => parseInt(offset, 16));
        context.expect.equal(offsets, expected, `offsets of the host's IDAWs for ${program.name}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/idal/lists-of-2-kib-blocks',
    decides: 'With ORB.H zero or T one the lists of the host have 2 KiB blocks, and its ORB says so.',
    requirements: ['TRN-023'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (const control of [0, OrbBit.idaw2k, OrbBit.format2Idaw | OrbBit.idaw2k]) {
        const program = new ProgramBuilder({ name: 'basic sense over three halves of pages', orb: { control } })
          .ccw('basic-sense', { flags: ['sli'], count: 4096, address: 0x2_0400 })
          .build();
        await device.runs(program, { deviceStatusIncludes: DeviceStatus.deviceEnd, subchannelStatus: 0 });
        const start = await lastStart(context);
        const bits = OrbBit.format2Idaw | OrbBit.idaw2k;
        const what = `for a guest with H and T ${(control >>> 16).toString(2)}`;
        context.expect.equal(orbWord(start, 1) & bits, bits, `H and T of the host's ORB ${what}`);
        context.expect.equal(
          pageOffsets(start.idawLists[0]),
          ['400', '800', '000'],
          `offsets of the host's IDAWs ${what}`,
        );
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/idal/pin-calls',
    decides: 'Pages of 4 KiB that follow each other are pinned with one call, and blocks of 2 KiB with one call each.',
    requirements: ['TRN-045'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const { expect } = context;
      const host = context.control('host');
      const pinned = async (
        control: number,
        ...pieces: readonly (readonly [at: number, length: number])[]
      ): Promise<unknown> => {
        const before = (await host.pinCalls()).length;
        const isData = ({ iova }: { readonly iova: number }): boolean => iova >= 0x3_0000;
        const program = new ProgramBuilder({ name: 'basic sense through a list', orb: { control } })
          .indirect('basic-sense', { flags: ['sli'], pieces: pieces.map(([at, length]) => ({ at, length })) })
          .build();
        await device.runs(program, { deviceStatusIncludes: DeviceStatus.deviceEnd, subchannelStatus: 0 });
        return (await host.pinCalls())
          .slice(before)
          .filter(isData)
          .map(({ iova, pages }) => [iova.toString(16), pages]);
      };
      const { format2Idaw, idaw2k } = OrbBit;
      expect.equal(
        await pinned(format2Idaw, [0x3_0800, 0x800], [0x3_1000, 0x1000], [0x3_2000, 0x1000], [0x3_4000, 0x1000]),
        [
          ['30800', 1],
          ['31000', 2],
          ['34000', 1],
        ],
        'pin calls for 4 KiB blocks',
      );
      expect.equal(
        await pinned(format2Idaw | idaw2k, [0x3_0000, 0x800], [0x3_1000, 0x800], [0x3_1800, 0x800]),
        [
          ['30000', 1],
          ['31000', 1],
          ['31800', 1],
        ],
        'pin calls for 2 KiB blocks',
      );
    },
  }),
];
