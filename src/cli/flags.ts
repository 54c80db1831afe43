/** Flags that several commands have, spelled once. */

import { Flags, type Interfaces } from '@oclif/core';

import { labFlags } from './lab-flags.js';

const whatTarget =
  'what to run on: model, model:linux-6.1.176, lab:qemu, lab:hercules, vfio, ssh:HOST; see `ccwspec targets`';

/** For help: an empty list, which would be shown as a default without a value. */
export const none = (): Promise<undefined> => Promise.resolve(undefined);

/** Flags that name a device of a real host. */
export const hostDeviceFlags = {
  subchannel: Flags.string({ description: 'subchannel of a host or lab, for example 0.0.1234', helpValue: 'BUS-ID' }),
  'device-number': Flags.string({
    description: 'device of a host or lab, by its number, for example 0.0.401c',
    helpValue: 'BUS-ID',
  }),
};

/** Flags that say what one target is like; where several are named, each can bring its own (target-words.ts). */
export const ownTargetFlags = {
  device: Flags.string({
    char: 'd',
    description: 'device behind the subchannel, KIND:setting=value,…; see `ccwspec plugins` (default: a new 3390-1)',
    helpValue: 'DEVICE',
  }),
  ...labFlags,
  ...hostDeviceFlags,
  volser: Flags.string({
    description: 'serial of the volume of a real host: compared before anything may write on it',
    helpValue: 'SERIAL',
  }),
  'in-place': Flags.boolean({ description: 'let the run change a named image itself, not a copy of it' }),
  option: Flags.string({
    char: 'o',
    description: 'setting for plugins and target, key=value (may be given more than once)',
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    defaultHelp: none,
    helpValue: 'key=value',
  }),
};

/** Flags of a command that takes its targets as words. */
export const commonTargetFlags = {
  ...ownTargetFlags,
  plugin: Flags.string({
    char: 'p',
    description: 'load this plugin too: a package name or a path (may be given more than once)',
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    defaultHelp: none,
    helpValue: 'NAME-OR-PATH',
  }),
};

/** Flags that say what the device under test is. */
export const targetFlags = {
  target: Flags.string({ char: 't', description: whatTarget, default: 'model', helpValue: 'TARGET' }),
  ...commonTargetFlags,
};

/** Flags of the commands that attach devices of a real host by hand. */
export const hostFlags = {
  target: Flags.string({
    char: 't',
    description: 'the host: vfio for this machine, or ssh:HOST',
    default: 'vfio',
    helpValue: 'TARGET',
  }),
  ...hostDeviceFlags,
  option: ownTargetFlags.option,
};

/** What `targetFlags` give. */
export type TargetFlags = Interfaces.InferredFlags<typeof targetFlags>;

/** Flags that choose cases. */
export const selectionFlags = {
  grep: Flags.string({ char: 'g', description: 'only cases whose id or sentence matches', helpValue: 'REGEXP' }),
  exclude: Flags.string({
    char: 'x',
    description: 'leave out these cases (may be given more than once)',
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    defaultHelp: none,
    helpValue: 'GLOB',
  }),
  'list-file': Flags.string({
    description: 'only the cases that this file lists, one id or glob a line',
    helpValue: 'FILE',
  }),
  'last-failed': Flags.boolean({ description: 'only the cases that failed in the latest run' }),
  output: Flags.string({ description: 'folder for results', default: 'results', helpValue: 'DIR' }),
  touch: Flags.string({
    description: 'the most that a case may change on the device',
    options: ['nothing', 'scratch', 'volume'],
    helpValue: 'nothing|scratch|volume',
  }),
};
