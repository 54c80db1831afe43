/** Format-0 CCWs, which the driver makes format-1 ones of. */

import { decodeCcw, defineCase, ProgramBuilder, ScswBit, viewOf, type Ccw, type CaseDefinition } from 'ccwspec/plugin';
import { lastSegments } from '../../support/host-program.js';
import { DATA, NORMAL_END, Started } from '../../support/started.js';

/** A page near the end of what 24 bits reach. */
const HIGH_PAGE = 0xff_f000;

export const format0Cases: readonly CaseDefinition[] = [
  defineCase({
    id: 'vfio-ccw/format-0/data-at-the-last-24-bit-addresses',
    decides: 'Format-0 CCWs reach data in the last page below 16 MiB.',
    requirements: ['TRN-011'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      await device.map(HIGH_PAGE, 0x1000);
      const program = new ProgramBuilder({ name: 'format-0 Sense ID', format: 0 })
        .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
        .ccw('sense-id', { flags: ['sli'], buffer: 4, place: 0xff_fffc })
        .build();
      await device.succeeds(program, 0x1008);
      const [first] = await device.stored(0xff_fffc, 1);
      context.expect.equal(first, 0xff, 'first byte of the Sense ID data at FFFFFC');
    },
  }),
  defineCase({
    id: 'vfio-ccw/format-0/becomes-the-same-in-format-1',
    decides:
      'Command, flags and count of a format-0 CCW reach the host subchannel in format 1, and its byte 5 does not.',
    requirements: ['TRN-011', 'TRN-024'],
    needs: ['vfio', 'host-instructions'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'format-0 program', format: 0 })
        .ccw('no-operation', { flags: ['cc', 'sli', 'pci'], count: 0x123, address: DATA })
        .ccw('basic-sense', { flags: ['sli', 'skip'], count: 32, address: DATA })
        .build();
      const [ccws] = program.memory;
      const written = ccws?.bytes.slice() ?? new Uint8Array();
      written[5] = 0xff;
      written[13] = 0xff;
      await device.accepts({ ...program, memory: [{ at: 0x1000, bytes: written }, ...program.memory.slice(1)] });
      await device.lastIrb(program.name);
      const [segment] = await lastSegments(context);
      const host = viewOf(segment?.ccws ?? new Uint8Array());
      for (const at of [0, 8]) {
        const { command, flags, count } = decodeCcw(viewOf(written), at, 0);
        const translated: Ccw = decodeCcw(host, at, 1);
        const what = `of the host's CCW at ${at}`;
        context.expect.equal(translated.command, command, `command ${what}`);
        context.expect.equal(translated.flags, flags | 0x04, `flags ${what}, IDA added`);
        context.expect.equal(translated.count, count, `count ${what}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/format-0/tic-with-any-high-digit',
    decides: 'A format-0 TIC leads to its address whatever the first digit of its code, its flags and its count are.',
    requirements: ['TRN-012', 'CH-013'],
    recorded: ['MAIN: fmt0 NOP,TIC(58),senseid', 'MAIN: fmt0 NOP,TIC(58),senseid / data'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      for (let digit = 0; digit < 16; digit++) {
        const code = (digit << 4) | 0x08;
        const program = new ProgramBuilder({ name: `format-0 TIC ${code.toString(16)}`, format: 0 })
          .ccw('no-operation', { flags: ['cc', 'sli'], count: 1, address: DATA })
          .ccw(code, { flags: 0xff, count: 0xffff, address: 0x1100 })
          .at(0x1100)
          .ccw('sense-id', { flags: ['sli'], buffer: 4, place: DATA })
          .build();
        await device.succeeds(program, 0x1100);
        const [first] = await device.stored(DATA, 1);
        context.expect.equal(first, 0xff, `first byte of the Sense ID data behind the TIC ${code.toString(16)}`);
      }
    },
  }),
  defineCase({
    id: 'vfio-ccw/format-0/count-of-zero-executes',
    decides: 'A format-0 no-operation with a count of zero ends normally, since it reaches the channel in format 1.',
    requirements: ['TRN-060', 'TRN-048', 'CH-017'],
    recorded: ['MAIN: fmt0 count0'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'format-0 count 0', format: 0 })
        .ccw('no-operation', { flags: ['sli'], count: 0, address: DATA })
        .build();
      await device.succeeds(program, 0x1000);
    },
  }),
  defineCase({
    id: 'vfio-ccw/format-0/status-says-format-1',
    decides: 'The SCSW of a format-0 program says format 1.',
    requirements: ['TRN-051'],
    needs: ['vfio'],
    touches: 'nothing',
    run: async (context) => {
      const device = await Started.open(context);
      const program = new ProgramBuilder({ name: 'format-0 no-operation', format: 0 })
        .ccw('no-operation', { flags: ['sli'], count: 1, address: DATA })
        .build();
      await device.runs(program, { ...NORMAL_END, control: ScswBit.format, controlMask: ScswBit.format });
    },
  }),
];
