/** Plugin `css`: instructions, subchannel and path changes, channel reports. */

import { definePlugin, PLUGIN_API_VERSION } from 'ccwspec/plugin';
import cases from './cases/index.js';

export default definePlugin({
  name: 'css',
  apiVersion: PLUGIN_API_VERSION,
  description: 'instructions, subchannel and path changes, channel reports',
  cases,
});
