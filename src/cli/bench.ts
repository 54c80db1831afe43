/**
 * Plugins, target and device of a run, made from plain data: the main thread makes one to plan with, and the worker thread makes
 * its own from the same request.
 */

import type { Defect } from '../harness/passthrough/profiles/index.js';
import type { Target } from '../harness/ports/index.js';
import type { Bench, RegisteredCase } from '../harness/runner/execute.js';
import { createTarget, loadModel, type DeviceName, type LabWishes } from '../harness/targets/index.js';
import { loadPlugins, type LoadedPlugin } from '../plugins/loader.js';
import { tellProgress } from './progress.js';
import { knownBugs } from './museum.js';
import { checkKeys } from './options.js';
import { RunScratch } from './scratch.js';
import { warmUp } from './warm-up.js';

/** What to make. Plain data: it crosses threads. */
export interface BenchRequest {
  /** as on the command line: `model:linux-6.1.176` */
  readonly target: string;
  /** as on the command line; undefined: the target's default */
  readonly device: string | undefined;
  /** plugins beside those that come with ccwspec */
  readonly plugins: readonly string[];
  /** settings for plugins and target */
  readonly options: Readonly<Record<string, string>>;
  /** the device of a real host, as on the command line */
  readonly named?: DeviceName;
  /** what a lab is made of, as on the command line */
  readonly lab?: LabWishes;
  readonly inPlace: boolean;
  /** true if the run may write on the volume at all */
  readonly writable: boolean;
  /** folder for scratch copies that somebody else removes; undefined: one of its own */
  readonly scratch?: string;
  /** true in a worker: the plugins have been checked in the main thread */
  readonly checked?: boolean;
}

/** A bench that is open. */
export interface OpenBench extends Bench {
  readonly plugins: readonly LoadedPlugin[];
  readonly cases: readonly RegisteredCase[];
  readonly requirements: readonly URL[];
  readonly target: Target;
  readonly close: () => Promise<void>;
}

/**
 * Loads the plugins and the model, so that a worker has them when it gets its task, and uses the time until then.
 * @param isWanted whether the task has come
 */
export async function preload(isWanted: () => boolean): Promise<void> {
  const [plugins] = await Promise.all([loadPlugins({ purpose: 'run' }), loadModel()]);
  await warmUp(plugins, isWanted);
}

/**
 * Loads the plugins and makes the target.
 * @param scratch for copies of volumes where the request names no folder; removed by `close`
 * @throws CcwspecError E-PLUGIN-…, E-TARGET, E-DEVICE-OPTION, E-USAGE for a setting that nothing has
 */
export async function openBench(request: BenchRequest, scratch = new RunScratch()): Promise<OpenBench> {
  const purpose = request.checked === true ? 'run' : 'plan';
  const set = await loadPlugins({ specifiers: request.plugins, purpose });
  if (request.checked !== true) checkKeys(request.options, set.plugins);
  const target = createTarget(request.target, {
    deviceKinds: set.plugins.flatMap(({ plugin }) => plugin.devices ?? []),
    targets: set.plugins.flatMap(({ plugin }) => plugin.targets ?? []),
    device: request.device,
    named: request.named ?? {},
    lab: request.lab ?? {},
    progress: tellProgress,
    options: new Map(Object.entries(request.options)),
    defects: request.options['defect'] === undefined ? [] : await museumDefects(),
    inPlace: request.inPlace,
    writable: request.writable,
    scratch: () => request.scratch ?? scratch.folder(),
  });
  const close = (): Promise<void> => {
    scratch.remove();
    return Promise.resolve();
  };
  return { ...set, bugs: knownBugs, target, close };
}

async function museumDefects(): Promise<Defect[]> {
  return (await knownBugs()).map(({ id, defect }) => ({ id, overrides: defect }));
}
