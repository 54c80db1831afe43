/** `ccwspec targets`: what there is to run on. */

import type { Capability } from '../harness/ports/index.js';
import { modelSettings, targetNames } from '../harness/targets/index.js';
import { openBench } from './bench.js';
import { parseOptions } from './options.js';

/** A target, as `targets --json` prints it. */
export interface TargetDescription {
  readonly name: string;
  readonly description: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly capabilities: readonly Capability[];
  /** its settings, `-o key=value`, with what each is */
  readonly options: Readonly<Record<string, string>>;
  readonly missing: readonly { readonly capability: Capability; readonly reason: string }[];
}

/** Describes every target with the device and the settings given. @throws CcwspecError E-PLUGIN-…, E-DEVICE-OPTION */
export async function describeTargets(flags: {
  readonly plugin: readonly string[];
  readonly device: string | undefined;
  readonly option: readonly string[];
}): Promise<TargetDescription[]> {
  const options = await parseOptions(flags.option);
  const described: TargetDescription[] = [];
  for (const name of targetNames) {
    const { target, close } = await openBench({
      target: name,
      device: flags.device,
      plugins: flags.plugin,
      options,
      inPlace: false,
      writable: true,
    });
    await close();
    described.push({
      name,
      description: target.description,
      versions: target.versions,
      capabilities: [...target.capabilities],
      options: modelSettings,
      missing: [...target.missing].map(([capability, reason]) => ({ capability, reason })),
    });
  }
  return described;
}
