import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { RunProgram } from '../../src/harness/exec/index.js';
import type { ProgramFile } from '../../src/harness/program-file/index.js';

interface Entry {
  readonly recording: string;
}
interface Reason {
  readonly recording: string;
  readonly programs: string;
  readonly field: string;
}
interface Found {
  readonly index: number;
  readonly program: string;
  readonly field: string;
  readonly reason?: Reason;
}

const scripts = new URL('../../../scripts/', import.meta.url);
const { liveFolder, readRecording, recordingsData } = (await import(new URL('live.mjs', scripts).href)) as {
  liveFolder: string;
  readRecording: (name: string, folder?: string) => ProgramFile;
  recordingsData: () => { readonly recordings: readonly Entry[]; readonly differences: readonly Reason[] };
};
const { differencesOf } = (await import(new URL('recordings.mjs', scripts).href)) as {
  differencesOf: (
    live: { readonly recording: string; readonly run: readonly Partial<RunProgram>[] },
    reasons: readonly Reason[],
  ) => Found[];
};

/** The live outcomes beside the recorded programs, as a run gives them. */
function runOf(name: string, live: ProgramFile): Partial<RunProgram>[] {
  return readRecording(name).programs.map((program, index) => {
    const outcome = live.programs[index]?.outcome;
    return outcome === undefined ? { program } : { program, outcome };
  });
}

describe('the recordings, made live', () => {
  const { recordings, differences } = recordingsData();
  for (const { recording } of recordings) {
    it(`${recording}: every difference has its reason in scripts/recordings.yaml`, () => {
      assert(existsSync(join(liveFolder, `${recording}.json`)), 'npm run model-versus-kernel -- --live makes it');
      const run = runOf(recording, readRecording(recording, liveFolder));
      const found = differencesOf({ recording, run }, differences);
      assert.deepEqual(
        found.filter(({ reason }) => reason === undefined),
        [],
      );
    });
  }

  it('a difference without a reason is found', () => {
    const recording = 'linux-6.12-qemu-virtio-blk';
    const file = readRecording(recording);
    const run = runOf(recording, file);
    const [first] = run;
    assert(first?.outcome !== undefined);
    const other = [{ ...first, outcome: { ...first.outcome, result: -22 } }, ...run.slice(1)];
    assert.deepEqual(differencesOf({ recording, run }, differences), []);
    const [found] = differencesOf({ recording, run: other }, differences);
    assert.equal(found?.field, 'result');
    assert.equal(found.reason, undefined);
  });
});
