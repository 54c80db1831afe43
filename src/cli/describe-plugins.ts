/** `ccwspec plugins`: what is loaded, and the device kinds. */

import { loadPlugins } from '../plugins/loader.js';
import type { DeviceSetting } from '../plugins/api.js';

/** A plugin, as `plugins --json` prints it. */
export interface PluginDescription {
  readonly name: string;
  /** `built in`, or the path of its entry file */
  readonly origin: string;
  readonly description: string;
  readonly apiVersion: number;
  /** number of cases */
  readonly cases: number;
  /** settings that its cases read, with what each is */
  readonly options: Readonly<Record<string, string>>;
  readonly devices: readonly {
    readonly kind: string;
    readonly description: string;
    readonly settings: Readonly<Record<string, DeviceSetting>>;
  }[];
}

/** Loads the project's plugins and `extra`, and describes them. @throws CcwspecError E-PLUGIN-… for one that does not load */
export async function describePlugins(extra: readonly string[]): Promise<PluginDescription[]> {
  const { plugins } = await loadPlugins({ specifiers: extra });
  return plugins.map(({ plugin: { name, description, apiVersion, cases, options = {}, devices = [] }, origin }) => ({
    name,
    origin,
    description,
    apiVersion,
    cases: cases.length,
    options,
    devices: devices.map(({ kind, description: what, settings }) => ({ kind, description: what, settings })),
  }));
}
