/** Plugin `eckd`: the ECKD device kind, and what an ECKD disk must do. */

import { definePlugin, PLUGIN_API_VERSION } from 'ccwspec/plugin';
import cases from './cases/index.js';
import { eckdKind } from './devices/index.js';

export default definePlugin({
  name: 'eckd',
  apiVersion: PLUGIN_API_VERSION,
  description: 'ECKD disks: commands, geometry, sense, reserve and release',
  cases,
  devices: [eckdKind],
  options: { scratch: 'tracks that cases may rewrite, CC:HH-CC:HH, decimal (default 100:0-101:14)' },
});
