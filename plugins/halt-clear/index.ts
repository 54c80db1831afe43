/** Plugin `halt-clear`: halt and clear at every moment of an operation. */

import { definePlugin, PLUGIN_API_VERSION } from 'ccwspec/plugin';
import cases from './cases/index.js';

export default definePlugin({
  name: 'halt-clear',
  apiVersion: PLUGIN_API_VERSION,
  description: 'halt and clear at every moment of an operation',
  cases,
});
