/** The cases of the plugin, one file a subject. */

import type { CaseDefinition } from 'ccwspec/plugin';
import cancelResume from './cancel-resume.js';
import crw from './crw.js';
import device from './device.js';
import errno from './errno.js';
import guestPaths from './guest-paths.js';
import haltClear from './halt-clear.js';
import interruptions from './interruptions.js';
import msch from './msch.js';
import pathAttributes from './path-attributes.js';
import pathMasks from './path-masks.js';
import pathUse from './path-use.js';
import schid from './schid.js';
import ssch from './ssch.js';
import stsch from './stsch.js';
import subsystem from './subsystem.js';
import tsch from './tsch.js';

const cases: readonly CaseDefinition[] = [
  ...schid,
  ...ssch,
  ...haltClear,
  ...cancelResume,
  ...tsch,
  ...stsch,
  ...msch,
  ...interruptions,
  ...subsystem,
  ...errno,
  ...device,
  ...crw,
  ...pathMasks,
  ...pathAttributes,
  ...pathUse,
  ...guestPaths,
];

export default cases;
