import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { concurrentSenseCount, decodeIrb, type Irb, OrbBit, toHex } from '../../../../src/plugins/index.js';
import { platforms } from '../../../../src/harness/machine/index.js';
import { type FileProgram, parseProgramFile } from '../../../../src/harness/program-file/index.js';
import { behaviours, EckdDevice, FreshVolume, OverlayVolume } from '../../../../plugins/eckd/devices/index.js';
import { Rig } from '../../../harness/machine/rig.js';

const fixture = new URL('../../../../../test/fixtures/recordings/linux-6.12-hercules-3390.json', import.meta.url);
const { programs } = parseProgramFile(readFileSync(fixture, 'utf8'), 'the recording');

/** The programs that the driver accepted, and that therefore reached the device. */
const accepted = [...programs.entries()].filter(([, { outcome }]) => outcome !== undefined && outcome.result > 0);

/** What of an outcome the device decides: its status, its sense data, and what it stored. */
interface Answer {
  readonly status: string;
  readonly sense: string;
  readonly stored: readonly string[];
}

function answerOf({ scsw, erw, ecw }: Irb, stored: readonly Uint8Array[]): Answer {
  return {
    status: scsw.deviceStatus.toString(16).padStart(2, '0'),
    sense: toHex(ecw.subarray(0, concurrentSenseCount(erw))),
    stored: stored.map(toHex),
  };
}

/** The device as it was when the recording was made, at a channel subsystem without a driver before it. */
class RecordedDevice {
  readonly #rig = new Rig(
    new EckdDevice({
      volume: new OverlayVolume(new FreshVolume(1113, 'HRC001')),
      behaviour: behaviours['hercules-3.13']!,
    }),
    { platform: platforms['hercules313']! },
  );

  run({ memory, orb, dump }: FileProgram): Answer {
    const { storage } = this.#rig;
    storage.fill(0);
    for (const { at, bytes } of memory) storage.set(bytes, at);
    // The driver replaces a logical path mask of zeros by its own.
    const code = this.#rig.ssch({
      ...orb,
      format: (orb.control & OrbBit.format) === 0 ? 0 : 1,
      prefetch: (orb.control & OrbBit.prefetch) !== 0,
      paths: 0x80,
      control: orb.control & ~(OrbBit.logicalPathMask | OrbBit.format | OrbBit.prefetch),
    });
    assert.equal(code, 0);
    this.#rig.drain();
    let last = this.#rig.tsch();
    for (let next = last; next.code === 0; next = this.#rig.tsch()) last = next;
    return answerOf(
      last.irb,
      dump.map(({ at, length }) => storage.slice(at, at + length)),
    );
  }
}

describe('eckd device as Hercules 3.13', () => {
  const answers: Answer[] = [];
  before(() => {
    const device = new RecordedDevice();
    for (const [, program] of accepted) answers.push(device.run(program));
  });

  accepted.forEach(([place, { name, outcome }], n) => {
    it(`answers as recorded, program ${place}: ${name}`, () => {
      const last = outcome!.irbs.at(-1);
      assert.ok(last);
      const recorded = answerOf(
        decodeIrb(last),
        outcome!.dump.map(({ bytes }) => bytes),
      );
      assert.deepEqual(answers[n], recorded);
    });
  });
});
