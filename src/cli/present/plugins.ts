/** What `ccwspec plugins` prints. */

import type { PluginDescription } from '../describe-plugins.js';
import { tableLines } from './table.js';

/** Each plugin with its cases, and its device kinds with their settings. */
export function pluginLines(plugins: readonly PluginDescription[]): string[] {
  return plugins.flatMap(({ name, origin, description, cases, options, devices }, index) => [
    ...(index === 0 ? [] : ['']),
    `${name}  ${description}`,
    `  ${origin}, ${cases} case${cases === 1 ? '' : 's'}`,
    ...tableLines(
      Object.entries(options).map(([key, what]) => [`-o ${key}=value`, what]),
      '  ',
    ),
    ...devices.flatMap((device) => [
      `  --device ${device.kind}:setting=value,…  ${device.description}`,
      ...tableLines(
        Object.entries(device.settings).map(([setting, { description: what, default: value, values }]) => [
          setting,
          what +
            (value === undefined ? '' : ` (default ${value})`) +
            (values === undefined ? '' : `: ${values.join(', ')}`),
        ]),
        '    ',
      ),
    ]),
  ]);
}
