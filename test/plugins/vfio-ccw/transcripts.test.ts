import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ScswMask } from '../../../src/harness/arch/index.js';
import { linux_6_12_117, linux_6_1_176, type KernelProfile } from '../../../src/harness/passthrough/profiles/index.js';
import { calls } from './replay/calls.js';
import { notOperational, paths, pending, removal, reopen, sharing } from './replay/ending.js';
import { iommufd } from './replay/iommufd.js';
import { mapEverything, openByGroup, setUp, version1 } from './replay/opening.js';
import { Host, Transcript } from './replay/probe.js';
import { programs } from './replay/programs.js';

const root = new URL('../../../../', import.meta.url);
const { abiLines } = (await import(new URL('scripts/abi-lines.mjs', root).href)) as {
  abiLines: (text: string) => readonly { readonly name: string; readonly result: string }[];
};

/** The lines of a recording by name. */
function recorded(kernel: string): Map<string, string> {
  const text = readFileSync(new URL(`test/fixtures/recordings/abi-probe-${kernel}.txt`, root), 'utf8');
  return new Map(abiLines(text).map(({ name, result }) => [name, result]));
}

/** The whole probe on a modelled host of that kernel. */
async function replay(profile: KernelProfile): Promise<Map<string, string>> {
  const host = new Host(profile);
  const transcript = new Transcript();
  await setUp(host, transcript);
  await version1(host, transcript);
  await iommufd(host, transcript);
  transcript.section = 'MAIN';
  const device = await openByGroup(host, transcript, 'type1v2');
  await mapEverything(device, device.container);
  await calls(device, transcript);
  await programs(device, transcript);
  await pending(device, transcript);
  await sharing(device, transcript);
  await paths(device, transcript, profile === linux_6_12_117);
  await reopen(device, transcript);
  await removal(host, device, transcript);
  await notOperational(host, transcript);
  return transcript.lines;
}

/** Lines that are not compared at all, and why. */
const NOT_COMPARED: Readonly<Record<string, string>> = {
  'MAIN: virtio READ_STATUS 72': 'a command of virtio devices',
  'MAIN: virtio READ_STATUS 72 / data': 'a command of virtio devices',
  'MAIN: basic sense / sense0': "the device's sense data",
  'MAIN: senseid crossing page (0x2ff8) / data': 'QEMU 7.2 repeats the first bytes in the second page (QIN-042)',
  'MAIN: NOP lpm=40 (deferred cc3)':
    'QEMU takes the instruction and defers the condition code; here it ends with 3 (CH-050)',
  'MAIN: NOP bit25 midaw': 'QEMU 7.2 has no MIDAWs and refuses the ORB; whether a machine has them is its own affair',
  'MAIN: EAGAIN race (3000)': 'how often two CPUs met in 3000 tries',
};

/** The same for one kernel alone. */
const NOT_COMPARED_ON: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'linux-6.12.117': {},
  'linux-6.1.176': {
    'MAIN: NOP lpm0 varied off': 'QEMU defers the condition code for a program without a path (CH-050)',
  },
};

/** Of these lines only the result, the number of signals and the return code are compared, not the status. */
const STATUS_NOT_COMPARED: Readonly<Record<string, string>> = {
  'MAIN: TIC unaligned into chain': 'QEMU shows the unaligned CCW, the architecture the transfer in channel before it',
  'MAIN: senseid no SLI 64': 'QEMU makes a program check of incorrect length (QIN-033)',
  'MAIN: HSCH idle / interrupt': "device status is QEMU's (QIN-045), the CCW address a host address (TRN-062)",
  'MAIN: CSCH idle / interrupt': 'the CCW address is a host address (TRN-062)',
  'MAIN: HSCH / interrupt':
    'QEMU drops the start function, and leaves the CCW address, when it halts a suspended program',
  'MAIN: CSCH / interrupt': 'the CCW address is a host address (TRN-062)',
};

const ARCHITECTED = ScswMask.functionControl | ScswMask.activityControl | ScswMask.statusControl;
const hex = (value: number): string => value.toString(16);

/**
 * What of a result counts. Of word 0 of the SCSW the function, activity and status control: QEMU keeps other bits of old (QIN-047)
 * and shows neither key nor prefetch. Neither residual count (it is stale there) nor ESW and ERW (QIN-040).
 */
function comparable(name: string, result: string): string {
  const status = STATUS_NOT_COMPARED[name] === undefined;
  return result
    .trim()
    .replace(/\s+/g, ' ')
    .replace(
      /irb (\w{8}) (\w{8}) (\w{4})\w{4} esw \w{8} erw \w{8}/,
      (_, word0: string, address: string, word2: string) =>
        status ? `${hex(parseInt(word0, 16) & ARCHITECTED)} ${address} ${word2}` : 'irb',
    );
}

/** The numbers of descriptors are not the probe's, which had other files open. */
function descriptor(result: string): string {
  return /^\d+$/.test(result) ? 'a descriptor' : result;
}

/** Results that need a comparison of their own. */
const COMPARABLE: Readonly<Record<string, (result: string) => string>> = {
  // Not the interruption parameter, which is a host address, and not what the subchannel did before the probe: LPUM, SCSW.
  'MAIN: SCHIB': (result) => {
    const [, flags, paths = '', ...rest] = result.split(' ').slice(0, 7);
    return [flags, `${paths.slice(0, 4)}..${paths.slice(6)}`, ...rest].join(' ');
  },
  'MAIN: old irb still there': (result) => hex(parseInt(result, 16) & ARCHITECTED),
  'NOTOPER: second GET_DEVICE_FD': descriptor,
  'NOTOPER: GET_DEVICE_FD after close': descriptor,
};

for (const profile of [linux_6_12_117, linux_6_1_176]) {
  describe(`the recorded probe of ${profile.name}, replayed on the model`, () => {
    const expected = recorded(profile.name);
    const notCompared = { ...NOT_COMPARED, ...NOT_COMPARED_ON[profile.name] };
    let lines: ReadonlyMap<string, string>;

    before(async () => {
      lines = await replay(profile);
    });

    it('makes the calls of the recording, and no others', () => {
      const made = new Set([...lines.keys(), ...Object.keys(notCompared)]);
      assert.deepEqual(
        [...expected.keys()].filter((name) => !made.has(name)),
        [],
      );
      assert.deepEqual(
        [...lines.keys()].filter((name) => !expected.has(name)),
        [],
      );
    });

    for (const [name, result] of expected) {
      if (notCompared[name] !== undefined) continue;
      it(name, () => {
        const part = COMPARABLE[name] ?? ((text: string) => comparable(name, text));
        assert.equal(part(lines.get(name) ?? 'no such line'), part(result));
      });
    }

    it('compares every line that the tables do not name with a reason', () => {
      const named = [...Object.keys(notCompared), ...Object.keys(STATUS_NOT_COMPARED)];
      assert.deepEqual(
        named.filter((name) => !expected.has(name)),
        [],
      );
    });
  });
}

describe('the two recordings', () => {
  const [newer, older] = [recorded('linux-6.12.117'), recorded('linux-6.1.176')];

  it('differ in lines that the replay compares', () => {
    const names = [...older].filter(([name, result]) => newer.get(name) !== result).map(([name]) => name);
    const compared = names.filter((name) => {
      const part = COMPARABLE[name] ?? ((text: string) => comparable(name, text));
      return NOT_COMPARED[name] === undefined && part(older.get(name) ?? '') !== part(newer.get(name) ?? '');
    });
    assert.ok(compared.length >= 55, `${compared.length} of ${names.length} lines that differ are compared`);
  });
});
