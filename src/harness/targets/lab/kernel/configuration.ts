/** The lab's kernel configurations: fragments in lab/kernel/, put together. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CcwspecError, didYouMean } from '../../../errors/index.js';
import { labFolder } from '../template.js';

/** The configurations: each is a list of fragments, the later ones on top of the earlier. */
const fragments = {
  base: ['base'],
  debug: ['base', 'debug'],
  coverage: ['base', 'coverage'],
} as const satisfies Record<string, readonly string[]>;

export type ConfigurationName = keyof typeof fragments;

export const configurationNames = Object.keys(fragments) as ConfigurationName[];

/** One configuration, ready to be built with. */
export interface Configuration {
  readonly name: ConfigurationName;
  /** the fragments, without comments */
  readonly text: string;
  /** variables for make beside it */
  readonly makeVariables: readonly string[];
  /** short hash of all that: part of the cache entry's name */
  readonly hash: string;
  /** options that must be in the kernel's own .config, as they stand there */
  readonly required: readonly string[];
}

const folder = join(labFolder, 'kernel');

/** The driver's files whose lines are counted in a coverage kernel. */
export const countedFiles = ['drv', 'cp', 'ops', 'fsm', 'async', 'chp'] as const;

/** @throws CcwspecError E-USAGE for a name that does not exist */
export function configurationNamed(name: string): ConfigurationName {
  const found = configurationNames.find((candidate) => candidate === name);
  if (found !== undefined) return found;
  throw new CcwspecError(
    'E-USAGE',
    `there is no kernel configuration '${name}'${didYouMean(name, configurationNames)}`,
    `Known are ${configurationNames.join(', ')}.`,
  );
}

/** Reads the fragments of a configuration. */
export async function loadConfiguration(name: ConfigurationName): Promise<Configuration> {
  const texts = await Promise.all(fragments[name].map((part) => readFile(join(folder, `${part}.config`), 'utf8')));
  const makeVariables = name === 'coverage' ? countedFiles.map((file) => `GCOV_PROFILE_vfio_ccw_${file}.o=y`) : [];
  const lines = texts.flatMap((text) => text.split('\n'));
  const settings = lines.map(settingOf).filter((line) => line !== undefined);
  const text = `${settings.join('\n')}\n`;
  const hash = createHash('sha256').update(text).update(makeVariables.join(' ')).digest('hex').slice(0, 12);
  const required = lines.filter((line) => !line.includes(OPTIONAL)).flatMap((line) => requiredIn(line));
  return { name, text, makeVariables, hash, required };
}

const OPTIONAL = '# optional';
const OFF = /^# (CONFIG_\w+) is not set/;

function settingOf(line: string): string | undefined {
  if (OFF.test(line)) return line.trim();
  return /^CONFIG_\w+=/.test(line) ? line.replace(/\s+#.*$/, '') : undefined;
}

function requiredIn(line: string): string[] {
  return /^CONFIG_\w+=y/.test(line) ? [line.replace(/\s+#.*$/, '')] : [];
}

/**
 * Options of `configuration` that a kernel's .config does not have.
 * @param dotConfig the text of .config
 */
export function missingOptions(configuration: Pick<Configuration, 'required'>, dotConfig: string): string[] {
  const lines = new Set(dotConfig.split('\n'));
  return configuration.required.filter((option) => !lines.has(option)).map((option) => option.replace('=y', ''));
}

/** What any kernel must have to be a lab's, whoever configured it. */
export const indispensable: readonly string[] = [
  'CONFIG_VFIO_CCW=y',
  'CONFIG_DEVTMPFS=y',
  'CONFIG_BLK_DEV_INITRD=y',
  'CONFIG_BINFMT_ELF=y',
  'CONFIG_EVENTFD=y',
  'CONFIG_PROC_FS=y',
  'CONFIG_SYSFS=y',
];
