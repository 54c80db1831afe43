/** Plugin `css`: instructions, subchannel and path changes, channel reports. */

import { definePlugin, PLUGIN_API_VERSION } from 'ccwspec/plugin';

export default definePlugin({
  name: 'css',
  apiVersion: PLUGIN_API_VERSION,
  description: 'instructions, subchannel and path changes, channel reports',
  cases: [],
});
