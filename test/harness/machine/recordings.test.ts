import assert from 'node:assert/strict';
import { DATA, PROGRAM, rigWith, scswText, type CcwText } from './rig.js';
import { SENSE_ID, type Answer } from './scripted-device.js';

/**
 * Programs that ran on a 3390 of Hercules 3.13 under the vfio-ccw driver of Linux 6.12, with the answers of that disk, and
 * the SCSW that came of them. The CCW address is counted from the program's begin here, since the driver translates it.
 */
interface Recorded {
  readonly what: string;
  readonly ccws: readonly CcwText[];
  readonly script: readonly Answer[];
  readonly scsw: string;
}

const immediate: Answer = { initial: 0x0c };
const rejected: Answer = { ending: 0x0e };
const bytes = (length: number): Answer => ({ input: new Uint8Array(length) });

const recordings: readonly Recorded[] = [
  { what: 'Sense ID, 12 bytes', ccws: [[0xe4, 'SLI', 12, DATA]], script: [], scsw: '00c04007 00010008 0c000000' },
  {
    what: 'Sense ID, 7 bytes without SLI',
    ccws: [[0xe4, '', 7, DATA]],
    script: [],
    scsw: '00c04017 00010008 0c400000',
  },
  { what: 'Sense ID with skip', ccws: [[0xe4, 'SLI SKIP', 20, DATA]], script: [], scsw: '00c04007 00010008 0c000008' },
  {
    what: 'two no-operations',
    ccws: [
      [0x03, 'CC SLI', 1],
      [0x03, 'SLI', 8],
    ],
    script: [],
    scsw: '00c04007 00010010 0c000008',
  },
  {
    what: 'device characteristics, count 200',
    ccws: [[0x64, 'SLI', 200, DATA]],
    script: [bytes(64)],
    scsw: '00c04007 00010008 0c000088',
  },
  {
    what: 'an unknown command',
    ccws: [[0x0c, 'SLI', 8, DATA]],
    script: [rejected],
    scsw: '00c24017 00010008 0e000008',
  },
  {
    what: 'an unknown command with a chain behind it',
    ccws: [
      [0x77, 'CC SLI', 8, DATA],
      [0x03, 'SLI', 1],
    ],
    script: [rejected],
    scsw: '00c24017 00010008 0e000008',
  },
  {
    what: 'data chaining that the disk rejects',
    ccws: [
      [0xe4, 'CD', 3, DATA],
      [0x02, 'SLI', 10, DATA],
    ],
    script: [rejected],
    scsw: '00c24017 00010008 0e400003',
  },
  {
    what: 'Basic Sense, 40 bytes without SLI',
    ccws: [[0x04, '', 40, DATA]],
    script: [bytes(32)],
    scsw: '00c04017 00010008 0c400008',
  },
  { what: 'command 00', ccws: [[0x00, 'SLI', 8, DATA]], script: [], scsw: '00c04017 00010008 00200008' },
  {
    what: 'define extent with its ends reversed',
    ccws: [
      [0x63, 'CC', 16, DATA],
      [0x03, 'SLI', 1],
    ],
    script: [{ output: 16, ending: 0x0e }],
    scsw: '00c24017 00010008 0e000000',
  },
  {
    what: 'seek, search, read: the search is found at once',
    ccws: [
      [0x07, 'CC', 6, DATA],
      [0x31, 'CC', 5, DATA],
      [0x08, '', 0, PROGRAM + 8],
      [0x06, 'SLI', 0x90, DATA + 64],
    ],
    script: [{ output: 6 }, { output: 5 }, { output: 5, ending: 0x4c }, bytes(80)],
    scsw: '00c04007 00010020 0c000040',
  },
  {
    what: 'a search that finds no record',
    ccws: [
      [0x07, 'CC', 6, DATA],
      [0x31, 'CC', 5, DATA],
      [0x08, '', 0, PROGRAM + 8],
      [0x1e, 'SLI', 200, DATA],
    ],
    script: [{ output: 6 }, { output: 5 }, rejected],
    scsw: '00c24017 00010010 0e400005',
  },
  {
    what: 'a read of counts that ends early',
    ccws: [
      [0x63, 'CC', 16, DATA],
      [0x47, 'CC', 16, DATA],
      [0x12, 'CC', 8, DATA],
      [0x12, '', 8, DATA],
    ],
    script: [{ output: 16 }, { output: 16 }, rejected],
    scsw: '00c24017 00010018 0e400008',
  },
  {
    what: 'a short record without SLI',
    ccws: [[0x06, '', 512, DATA]],
    script: [bytes(80)],
    scsw: '00c04017 00010008 0c4001b0',
  },
];

describe('SCSWs of a real driver and an emulated disk', () => {
  for (const { what, ccws, script, scsw } of recordings) {
    it(what, () => {
      const rig = rigWith();
      const [first] = ccws;
      const usual = ccws.map(([command]) => (command === 0xe4 ? { input: SENSE_ID } : immediate));
      rig.device.script = script.length > 0 || first?.[0] === 0 ? [...script] : usual;
      const irb = rig.run(ccws);
      assert.equal(scswText(irb), scsw);
      assert.equal(irb.eswWord0, rig.device.selected.length > 0 ? 0x0080_0000 : 0);
      assert.equal(irb.erw, (irb.scsw.control & 0x0002_0000) !== 0 ? 0x0120_0000 : 0);
    });
  }
});
