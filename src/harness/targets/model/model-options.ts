/** The settings of the model, `-o key=value`: each is read here, and nowhere else. */

import { CcwspecError, didYouMean } from '../../errors/index.js';
import { platforms, type MachinePlatform } from '../../machine/platforms.js';

/** What the model is to be like. */
export interface ModelOptions {
  /** number of channel paths of the subchannel, 1 to 8: `-o paths=8` */
  readonly paths: number;
  /** bytes of process memory of each host: `-o storage=16` for 16 MiB */
  readonly storage: number;
  /** decisions of the channel subsystem: `-o platform=hercules-3.13` */
  readonly platform: MachinePlatform;
  /** the platform's name as it was given, for the device; undefined if it was not */
  readonly platformName: string | undefined;
}

/** What each setting is, for `ccwspec targets`; `defect` is read where the profile is chosen. */
export const modelSettings: Readonly<Record<string, string>> = {
  paths: 'channel paths of the subchannel, 1 to 8 (default 1)',
  storage: 'MiB of process memory of each host (default 4)',
  platform: 'whose decisions the machine takes where they differ: architecture, hercules-3.13',
  defect: 'a known bug to bring back in the driver, by CVE number or commit; `ccwspec explain` describes each',
};

const MEBIBYTE = 1 << 20;
/** MiB; a model is no place for more. */
const MOST_STORAGE = 1024;

/** Names on the command line to those of the machine. */
const platformNames: Readonly<Record<string, MachinePlatform | undefined>> = {
  architecture: platforms['architecture'],
  'hercules-3.13': platforms['hercules313'],
};

/** Reads the model's settings; keys of others are left to them. @throws CcwspecError E-USAGE naming the setting */
export function readModelOptions(options: ReadonlyMap<string, string>): ModelOptions {
  const platformName = options.get('platform');
  return {
    paths: pathsOf(options.get('paths') ?? '1'),
    storage: storageOf(options.get('storage') ?? '4'),
    platform: platformOf(platformName ?? 'architecture'),
    platformName,
  };
}

function pathsOf(text: string): number {
  if (/^[1-8]$/.test(text)) return Number(text);
  throw new CcwspecError('E-USAGE', `-o paths=${text}: a subchannel has 1 to 8 channel paths`);
}

function storageOf(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= MOST_STORAGE) return Number(text) * MEBIBYTE;
  throw new CcwspecError('E-USAGE', `-o storage=${text}: expected 1 to ${MOST_STORAGE} (MiB)`);
}

function platformOf(name: string): MachinePlatform {
  const platform = Object.hasOwn(platformNames, name) ? platformNames[name] : undefined;
  if (platform !== undefined) return platform;
  const known = Object.keys(platformNames);
  throw new CcwspecError(
    'E-USAGE',
    `-o platform=${name}: there is no such platform${didYouMean(name, known) || `; there is ${known.join(', ')}`}`,
  );
}
