/** The plugin interface: what a plugin's module exports as its default. */

import type { DeviceModel } from '../harness/machine/device-model.js';
import type { Target } from '../harness/ports/index.js';
import type { CaseDefinition } from '../harness/runner/case.js';

/** Version of this interface; a plugin names the one that it was written for. */
export const PLUGIN_API_VERSION = 1;

/** One setting of a device kind, for messages and `ccwspec plugins`. */
export interface DeviceSetting {
  readonly description: string;
  /** default, as it would be written on the command line */
  readonly default?: string;
  /** the values that are allowed, where there are few */
  readonly values?: readonly string[];
  /** another setting that leaves this one no meaning: giving both is an error */
  readonly notWith?: string;
}

/** What a device kind is given to make a device. */
export interface DeviceEnvironment {
  /** settings as given, defaults filled in; keys are checked already */
  readonly settings: ReadonlyMap<string, string>;
  /** a folder for scratch copies, removed after the run */
  readonly scratch: string;
  /** true if a named image may be changed in place */
  readonly inPlace: boolean;
  /** true if the run may write on the volume at all */
  readonly writable: boolean;
}

/** A device kind, `eckd` in `--device eckd:model=3390-1`. */
export interface DeviceKind {
  readonly kind: string;
  readonly description: string;
  readonly settings: Readonly<Record<string, DeviceSetting>>;
  /** capabilities that a target has because of this device, for example `eckd` */
  readonly capabilities: readonly ('eckd' | 'scratch-track')[];
  /**
   * Makes the device; what it is made of may be imported first. @throws CcwspecError for a setting or image that does not fit.
   */
  readonly create: (environment: DeviceEnvironment) => DeviceModel | Promise<DeviceModel>;
}

/** A plugin. */
export interface Plugin {
  readonly name: string;
  readonly apiVersion: number;
  readonly description: string;
  readonly cases: readonly CaseDefinition[];
  readonly devices?: readonly DeviceKind[];
  readonly targets?: readonly Target[];
  /**
   * settings that its cases read, `-o key=value`, with what each is; a key that begins with the plugin's name and a dot is its
   * own without being listed
   */
  readonly options?: Readonly<Record<string, string>>;
  /** requirement catalogue of the plugin: a folder of YAML files as in docs/requirements, as a file URL */
  readonly requirements?: URL;
}

/** Marks `plugin` as a plugin; gives editors the types. */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}
