/** From a selection and a target to a plan, and to what a worker needs to run it. The same for one run and for several. */

import { CcwspecError } from '../harness/errors/index.js';
import type { Target } from '../harness/ports/index.js';
import type { WorkerConfig } from '../harness/runner/execute.js';
import { makePlan, mergedParameters, type Plan, type Selection } from '../harness/runner/plan.js';
import type { DeviceName, LabWishes } from '../harness/targets/index.js';
import { openBench, type BenchRequest } from './bench.js';
import { benchModule } from './bench-thread.js';
import type { TargetFlags } from './flags.js';
import type { RunScratch } from './scratch.js';
import { touchLevel } from './select.js';

/** What a run is made with, beside what is selected. */
export interface RunRequest {
  /** the flags that say what the device under test is; their `option` is not read: `options` has it */
  readonly flags: TargetFlags;
  /** a lab with a coverage kernel: folder for what its machines counted */
  readonly counters?: string;
  /** what `-o` gives; wins over the parameters of suites */
  readonly options: Readonly<Record<string, string>>;
  /** --touch */
  readonly touch: string | undefined;
  readonly seed: number;
  readonly repeatEach: number;
  /** --workers; undefined: as the target has it */
  readonly workers?: number | undefined;
  /** for scratch copies of volumes, in all threads of the run */
  readonly scratch: RunScratch;
}

/** A run that can be executed. */
export interface PreparedRun {
  readonly plan: Plan;
  readonly worker: WorkerConfig;
  /** how many cases run side by side */
  readonly lanes: number;
}

/**
 * Makes the plan.
 * @throws CcwspecError for everything that keeps the run from starting: words, settings, the target, its device
 */
export async function prepareRun(selection: Selection, request: RunRequest): Promise<PreparedRun> {
  const { flags, touch } = request;
  const inPlace = flags['in-place'];
  const bench: BenchRequest = {
    ...benchRequest(flags, { ...mergedParameters(selection.suites ?? []), ...request.options }),
    writable: touchLevel(touch, inPlace) !== 'nothing',
    ...(request.counters === undefined ? {} : { lab: { ...labWishes(flags), counters: request.counters } }),
  };
  const { cases, target } = await openBench(bench, request.scratch);
  const level = touchLevel(touch, inPlace, target);
  const writable = level !== 'nothing';
  await target.prepare?.({ writable });
  // A known difference is known however a case was selected: by a suite, by its id, or as one that failed last.
  const { ownSuites } = await import('../plugins/suite-file.js');
  const plan = makePlan({
    cases,
    target,
    selection: { ...selection, known: await ownSuites() },
    seed: request.seed,
    repeatEach: request.repeatEach,
    touch: level,
    options: bench.options,
  });
  const lanes = lanesOn(target, request.workers);
  if (flags.device !== undefined) await tryDevice(target, request.seed);
  // A device that works on a copy has asked for the folder by now: its copies go there in every worker as well.
  const { made } = request.scratch;
  const ofWorker: BenchRequest = {
    ...bench,
    writable,
    checked: true,
    ...(made === undefined ? {} : { scratch: made }),
  };
  return { plan, lanes, worker: { ...benchModule, argument: ofWorker } };
}

/** @throws CcwspecError E-USAGE for several workers on a target that is one device */
function lanesOn({ lanes, name }: Target, wished: number | undefined): number {
  if (lanes === undefined && wished !== undefined && wished > 1) {
    throw new CcwspecError('E-USAGE', `--workers ${wished}: ${name} is one device, which takes one case at a time`);
  }
  return wished ?? lanes ?? 1;
}

/** What the flags ask of a bench, with these settings; it may write on the volume. */
export function benchRequest(flags: TargetFlags, options: Readonly<Record<string, string>>): BenchRequest {
  return {
    target: flags.target,
    device: flags.device,
    named: namedDevice(flags),
    lab: labWishes(flags),
    plugins: flags.plugin,
    options,
    inPlace: flags['in-place'],
    writable: true,
  };
}

function labWishes(flags: TargetFlags): LabWishes {
  return { kernel: flags.kernel, kernelConfiguration: flags['kernel-config'], qemu: flags.qemu };
}

/** The device of a real host that the flags name, as far as they do. */
export function namedDevice(flags: Pick<TargetFlags, 'subchannel' | 'device-number' | 'volser'>): DeviceName {
  const { subchannel, 'device-number': deviceNumber, volser } = flags;
  return {
    ...(subchannel === undefined ? {} : { subchannel }),
    ...(deviceNumber === undefined ? {} : { deviceNumber }),
    ...(volser === undefined ? {} : { volser }),
  };
}

/** A device that cannot be made (an image that is damaged, a setting that does not fit) is one error, not one for every case. */
async function tryDevice(target: Target, seed: number): Promise<void> {
  if (target.isolation !== 'case') return;
  const session = await target.start(seed);
  await session.close();
}
