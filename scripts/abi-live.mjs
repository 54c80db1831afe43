// The cases of the ABI recordings on the real driver: run live on lab:qemu, kept beside the live recordings, and put into
// docs/model-versus-kernel.md beside their verdicts on the model.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { storedKernels } from '../dist/src/harness/targets/lab/kernel/index.js';
import { machineVersion } from '../dist/src/harness/targets/lab/machine-version.js';
import { liveFolder, matches, verdictsOn } from './live.mjs';

/** Those of the recordings, the newer first. */
export const kernels = ['linux-6.12.117', 'linux-6.1.176'];

/** Debian's name for each kernel. */
const debian = { 'linux-6.12.117': 'debian:6.12.117', 'linux-6.1.176': 'debian:6.1.176' };

/** A device of the lab whose channel path is not that of the agent's line. */
const SECOND_DEVICE = '0.0.0700';

/** The file with the verdicts, in the folder of the live recordings. */
export const VERDICTS = 'abi-verdicts.json';

/**
 * Runs cases on lab:qemu; those that are skipped on its first device also on a second. Only the newer kernel is built if it is not in
 * the cache.
 * @param {readonly string[]} ids
 * @param {{ kernel?: string, qemu?: string }} wishes as on the command line; the kernel in place of the newer
 * @returns {Promise<object[]>} for each kernel what it was, the day, and verdict by id. A failure that a suite lists for the platform
 *   is `deviation`.
 */
export async function verdictsLive(ids, { kernel: wished, qemu }) {
  const stored = (await storedKernels()).filter(({ configuration }) => configuration === 'base');
  const platform = `qemu-${await machineVersion('qemu', { qemu })}`;
  const day = new Date().toISOString().slice(0, 10);
  const found = [];
  for (const [index, kernel] of kernels.entries()) {
    const cached = stored.find(({ source }) => source.startsWith(`${debian[kernel]}-`))?.source;
    const source = index === 0 ? (wished ?? cached ?? debian[kernel]) : cached;
    if (source === undefined) continue;
    const words = ['--target', 'lab:qemu', '--kernel', source, ...(qemu === undefined ? [] : ['--qemu', qemu])];
    const verdicts = verdictsOn(ids, words);
    const skipped = ids.filter((id) => verdicts.get(id) === 'skip');
    const second = skipped.length === 0 ? [] : verdictsOn(skipped, [...words, '--device-number', SECOND_DEVICE]);
    for (const [id, verdict] of second) verdicts.set(id, verdict);
    found.push({ kernel, source, platform, day, verdicts: Object.fromEntries([...verdicts].sort()) });
  }
  return found;
}

/** What the last live run gave; empty if there was none. */
export function readVerdicts() {
  const path = join(liveFolder, VERDICTS);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
}

const short = (kernel) => kernel.replace('linux-', '');

/** The cell of a line: one verdict for each kernel if all cases of the line have the same, else case by case. */
export function liveCell(live, deciders) {
  const cells = live.map(({ kernel, verdicts }) => {
    const each = deciders.map((id) => verdicts[id] ?? 'not run');
    return `${short(kernel)}: ${new Set(each).size === 1 ? each[0] : each.join(', ')}`;
  });
  return cells.length === 0 ? [] : [cells.join('; ')];
}

/** How many lines were decided on the real driver. */
export function liveLines(live, names, deciding) {
  if (live.length === 0) return [];
  const decided = names.filter((name) => deciding.has(name));
  const lines = live.map(({ kernel, source, platform, day, verdicts }) => {
    const passed = decided.filter((name) => deciding.get(name).some((id) => verdicts[id] === 'pass'));
    return `- Linux ${short(kernel)} (${source}, ${platform}, ${day}): ${passed.length} of ${decided.length} lines have a case that passed`;
  });
  return ['On the real driver, when the cases last ran there:', '', ...lines, ''];
}

/**
 * Whether the model of a kernel gets the verdicts of the real one. Skipped cases and listed deviations of the platform do not count;
 * a difference that nothing explains is a problem.
 */
export function agreement({ live, verdicts, reasons, problems, table }) {
  if (live.length === 0) return [];
  const counts = [];
  const rows = [];
  for (const { kernel, verdicts: real } of live) {
    const model = verdicts[kernels.indexOf(kernel)];
    const both = Object.keys(real).filter((id) =>
      [real[id], model.get(id)].every((one) => one === 'pass' || one === 'fail'),
    );
    const differ = both.filter((id) => real[id] !== model.get(id));
    counts.push(`${both.length - differ.length} of ${both.length} on ${short(kernel)}`);
    for (const id of differ) {
      const why = reasons.find(
        (entry) => entry.kernel === kernel && [entry.cases].flat().some((one) => matches(one, id)),
      )?.why;
      if (why === undefined) problems.push(`${id}: ${real[id]} on the real ${kernel}, ${model.get(id)} on its model`);
      rows.push([short(kernel), `\`${id}\``, real[id], model.get(id), why ?? 'not explained']);
    }
  }
  return [
    `Of the cases that ran on the model and on the real driver, both give the same verdict for ${counts.join(', ')}.`,
    '',
    ...(rows.length === 0 ? [] : [...table(['kernel', 'case', 'real', 'model', 'why'], rows), '']),
  ];
}
