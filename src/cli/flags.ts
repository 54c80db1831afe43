/** Flags that several commands have, spelled once. */

import { Flags } from '@oclif/core';

const whatTarget = 'what to run on: model, model:linux-6.1.176, …; see `ccwspec targets`';

/** Flags that say what the device under test is. */
export const targetFlags = {
  target: Flags.string({ char: 't', description: whatTarget, default: 'model', helpValue: 'TARGET' }),
  device: Flags.string({
    char: 'd',
    description: 'device behind the subchannel, KIND:setting=value,…; see `ccwspec plugins` (default: a new 3390-1)',
    helpValue: 'DEVICE',
  }),
  'in-place': Flags.boolean({ description: 'let the run change a named image itself, not a copy of it' }),
  plugin: Flags.string({
    char: 'p',
    description: 'load this plugin too: a package name or a path (may be given more than once)',
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    helpValue: 'NAME-OR-PATH',
  }),
  option: Flags.string({
    char: 'o',
    description: 'setting for plugins and target, key=value (may be given more than once)',
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    helpValue: 'key=value',
  }),
};

/** Flags that choose cases. */
export const selectionFlags = {
  grep: Flags.string({ char: 'g', description: 'only cases whose id or sentence matches', helpValue: 'REGEXP' }),
  exclude: Flags.string({
    char: 'x',
    description: 'leave out these cases (may be given more than once)',
    multiple: true,
    multipleNonGreedy: true,
    default: [],
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
