// What the kernel and the machine of a lab answer now: the programs of a recording, run on the platform that they were recorded on,
// and the cases that decide lines of the ABI recordings.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { parse } from 'yaml';

import { openBench } from '../dist/src/cli/bench.js';
import { runProgramFile } from '../dist/src/harness/exec/index.js';
import { runProcess } from '../dist/src/harness/process/index.js';
import { encodeProgramFile, parseProgramFile } from '../dist/src/harness/program-file/index.js';
import { cacheFolder } from '../dist/src/harness/targets/lab/index.js';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** The recordings that came with the project. */
export const recordingsFolder = join(root, 'test', 'fixtures', 'recordings');

/** What `--live` made last. */
export const liveFolder = join(recordingsFolder, 'live');

const machines = { qemu: 'QEMU', hercules: 'Hercules' };
const DASD_TOOL_LIMIT = 300_000;

/** A pattern of the data files: `*` is any run of characters. */
export const matches = (pattern, text) =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(text);

/** The data of scripts/recordings.yaml. */
export function recordingsData() {
  return parse(readFileSync(join(root, 'scripts', 'recordings.yaml'), 'utf8'));
}

/** Reads a recording. @param {string} name without `.json` */
export function readRecording(name, folder = recordingsFolder) {
  const path = join(folder, `${name}.json`);
  return parseProgramFile(readFileSync(path, 'utf8'), path);
}

/**
 * Runs the programs of a recording on its lab, as `ccwspec exec` does.
 * @param {{ recording: string, target: string, volume?: { model: string, serial: string } }} entry of scripts/recordings.yaml
 * @param {{ kernel?: string, qemu?: string }} wishes as on the command line
 */
export async function runLive(entry, wishes) {
  const file = readRecording(entry.recording);
  const bench = await openBench({
    target: entry.target,
    device: undefined,
    plugins: [],
    options: entry.volume === undefined ? {} : { volume: await recordedVolume(entry.volume) },
    lab: wishes,
    inPlace: false,
    writable: true,
  });
  try {
    await bench.target.prepare({ writable: true });
    const session = await bench.target.start(1);
    try {
      const begin = performance.now();
      const run = await runProgramFile(session, file);
      return { file, run, versions: bench.target.versions, milliseconds: performance.now() - begin };
    } finally {
      await session.close();
    }
  } finally {
    await bench.close();
  }
}

/** A live run as a recording, as text. Its header says what answered, and when. */
export function liveRecording({ file, run, versions }, target) {
  const [machine, version] = versions.platform.split('-');
  const platform = {
    name: `Linux ${releaseOf(versions)} vfio-ccw on ${machines[machine]} ${version}`,
    device: file.platform.device,
  };
  const notes = `Made live on ${target}, ${today()}: kernel ${versions['kernel source']}.`;
  const programs = run.map(({ program, outcome }) => ({ ...program, outcome }));
  return `${JSON.stringify(encodeProgramFile({ ...file, platform, notes, programs }))}\n`;
}

/** `6.12.117` of `6.12.117-1~deb12u1`: the release that the kernel itself says has a suffix of its own configuration. */
const releaseOf = ({ kernel }) => /^[\d.]+/.exec(kernel)[0];
const today = () => new Date().toISOString().slice(0, 10);

/**
 * The volume that a recording was made on, as its header tells, without compression by dasdinit (whose compressed volumes are laid
 * out in another way) and then compressed track by track by dasdcopy, which changes no record. Kept in the cache.
 */
async function recordedVolume({ model, serial }) {
  const path = cacheFolder('volumes', `${model}-${serial}-recorded`);
  if (await there(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  const [plain, part] = ['plain', 'part'].map((what) => `${path}.${process.pid}.${what}`);
  try {
    await runProcess('dasdinit', ['-lfs', plain, model, serial], { timeLimit: DASD_TOOL_LIMIT });
    await runProcess('dasdcopy', ['-q', '-z', '-o', 'CCKD', plain, part], { timeLimit: DASD_TOOL_LIMIT });
    await rename(part, path);
  } finally {
    await Promise.all([plain, part].map((made) => rm(made, { force: true })));
  }
  return path;
}

const there = (path) =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * Runs cases with `ccwspec run`.
 * @param {readonly string[]} words behind the names of the cases
 * @returns {Map<string, string>} verdict by id. The tables compare what drivers did: a case that fails is `fail` also where the
 *   suites list it of the driver, and only `deviation` where they list it of the platform behind
 */
export function verdictsOn(ids, words) {
  const output = mkdtempSync(join(tmpdir(), 'ccwspec-verdicts-'));
  try {
    const all = ['bin/ccwspec.js', 'run', ...ids, ...words, '--json', '--output', output];
    const { stdout, stderr } = spawnSync(process.execPath, all, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
    const events = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    if (!events.some(({ event }) => event === 'case-end')) {
      throw new Error(`no case ran on ${words.join(' ')}:\n${stderr.slice(-2000)}`);
    }
    return new Map(events.filter(({ event }) => event === 'case-end').map((end) => [end.id, shownVerdict(end)]));
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

function shownVerdict({ verdict, deviation }) {
  if (verdict === 'unexpected-pass') return 'pass';
  return verdict === 'deviation' && deviation.class !== 'platform' ? 'fail' : verdict;
}
