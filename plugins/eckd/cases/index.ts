/**
 * What an ECKD disk must do, one file a subject.
 *
 * - what it says of itself: identify, configuration, subsystem
 * - orientation: extent, mask, seek, search, locate, locate-extended, prefix, ipl
 * - data: read, write, key, format, geometry, track, indirect, chain
 * - errors: sense
 * - hosts: reserve, two-hosts, path-group, several-paths
 * - programs of the Linux DASD driver: linux, linux-layout
 */

import type { CaseDefinition } from 'ccwspec/plugin';
import chain from './chain.js';
import configuration from './configuration.js';
import extent from './extent.js';
import format from './format.js';
import geometry from './geometry.js';
import identify from './identify.js';
import indirect from './indirect.js';
import ipl from './ipl.js';
import key from './key.js';
import linux from './linux.js';
import linuxLayout from './linux-layout.js';
import locate from './locate.js';
import locateExtended from './locate-extended.js';
import mask from './mask.js';
import pathGroup from './path-group.js';
import prefix from './prefix.js';
import read from './read.js';
import reserve from './reserve.js';
import search from './search.js';
import seek from './seek.js';
import sense from './sense.js';
import severalPaths from './several-paths.js';
import subsystem from './subsystem.js';
import track from './track.js';
import twoHosts from './two-hosts.js';
import write from './write.js';

const cases: readonly CaseDefinition[] = [
  identify,
  configuration,
  subsystem,
  extent,
  mask,
  seek,
  search,
  locate,
  locateExtended,
  prefix,
  ipl,
  read,
  write,
  key,
  format,
  geometry,
  track,
  indirect,
  chain,
  sense,
  reserve,
  twoHosts,
  pathGroup,
  severalPaths,
  linuxLayout,
  linux,
].flat();

export default cases;
