/** Plugin `eckd`: the ECKD device kind, and what an ECKD disk must do. */

import { definePlugin, PLUGIN_API_VERSION, type DeviceKind } from 'ccwspec/plugin';
import cases from './cases/index.js';
import { eckdDescription } from './devices/description.js';

/** The device is loaded when the first one is made: a list of cases needs none. */
const eckd: DeviceKind = {
  ...eckdDescription,
  create: async (environment) => (await import('./devices/device-kind.js')).eckdKind.create(environment),
};

export default definePlugin({
  name: 'eckd',
  apiVersion: PLUGIN_API_VERSION,
  description: 'ECKD disks: commands, geometry, sense, reserve and release',
  cases,
  devices: [eckd],
  options: { scratch: 'tracks that cases may rewrite, CC:HH-CC:HH, decimal (default 100:0-101:14)' },
});
