#!/usr/bin/env node
// Runs the programs of the recordings again, each on the lab of its platform, and says field by field what differs. Ends with 1 if
// something differs for which scripts/recordings.yaml has no reason, with 2 if a lab does not start.
//
//   npm run recordings -- [--target lab:qemu] [--kernel KERNEL] [--qemu PATH]       default: both labs, debian:6.12
import { parseArgs } from 'node:util';

import { compareOutcomes } from '../dist/src/harness/exec/index.js';
import { matches, recordingsData, runLive } from './live.mjs';

/** Differences of a live run from the recording, each with its reason, if there is one. */
export function differencesOf({ recording, run }, reasons) {
  return run.flatMap(({ program, outcome }, index) =>
    compareOutcomes(program.outcome, outcome).map((difference) => ({
      index,
      program: program.name,
      ...difference,
      reason: reasons.find(
        (entry) =>
          matches(entry.recording, recording) &&
          matches(entry.programs, program.name) &&
          matches(entry.field, difference.field),
      ),
    })),
  );
}

async function main() {
  const { values } = parseArgs({
    options: { target: { type: 'string' }, kernel: { type: 'string' }, qemu: { type: 'string' } },
  });
  const { recordings, differences: reasons } = recordingsData();
  const chosen = recordings.filter(({ target }) => values.target === undefined || target === values.target);
  if (chosen.length === 0) throw new Error(`no recording was made on '${values.target}'`);
  let unexplained = 0;
  for (const entry of chosen) {
    const live = await runLive(entry, { kernel: values.kernel, qemu: values.qemu });
    const found = differencesOf({ recording: entry.recording, run: live.run }, reasons);
    const { versions, milliseconds } = live;
    const seconds = (milliseconds / 1000).toFixed(1);
    const on = `${entry.target} (${versions['kernel source']}, ${versions.platform})`;
    const programs = new Set(found.map(({ index }) => index)).size;
    console.log(`${entry.recording} on ${on}: ${programs} of ${live.run.length} programs differ, ${seconds} s`);
    for (const { index, program, field, expected, actual, reason } of found) {
      if (reason === undefined) unexplained++;
      console.log(`  ${index} '${program}', ${field}: recorded ${expected}, now ${actual}`);
      console.log(
        `    ${reason === undefined ? 'NO REASON LISTED' : `${reason.why.trim()} Right: ${reason.right}, by ${reason.clause.trim()}`}`,
      );
    }
  }
  if (unexplained > 0) console.error(`${unexplained} differences have no reason in scripts/recordings.yaml`);
  return unexplained > 0 ? 1 : 0;
}

if (import.meta.filename === process.argv[1]) {
  process.exitCode = await main().catch((thrown) => {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    return 2;
  });
}
