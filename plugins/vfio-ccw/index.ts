/** Plugin `vfio-ccw`: the device ABI, translation, state machine and interrupt relay of the driver. */

import { definePlugin, PLUGIN_API_VERSION } from 'ccwspec/plugin';
import { abiCases } from './cases/abi/index.js';
import { driverCases } from './cases/driver/index.js';

export default definePlugin({
  name: 'vfio-ccw',
  apiVersion: PLUGIN_API_VERSION,
  description: 'the device ABI, translation, state machine and interrupt relay of the driver',
  cases: [...abiCases, ...driverCases],
});
