/** The device kind `eckd`: `--device eckd:model=3390-1,volser=HRC001`, `--device eckd:image=vol0`. */

import { CcwspecError, type DeviceEnvironment, type DeviceKind, type DeviceSetting } from 'ccwspec/plugin';
import { behaviours } from './behaviour.js';
import { controlUnits } from './control-unit.js';
import { EckdDevice } from './dasd.js';
import { eckdDescription } from './description.js';
import { modelCylinders, MOST_CYLINDERS } from './geometry.js';
import { type Layout, layouts } from './volume/layout.js';
import { FreshVolume, openImage, OverlayVolume, type Volume } from './volume/index.js';

function wrong(setting: string, value: string, expected: string): CcwspecError {
  return new CcwspecError('E-DEVICE-OPTION', `${setting}=${value}: ${expected}`);
}

function setting(environment: DeviceEnvironment, name: keyof typeof eckdDescription.settings): string {
  const known: DeviceSetting = eckdDescription.settings[name];
  return environment.settings.get(name) ?? known.default ?? '';
}

function choice<Value>(
  environment: DeviceEnvironment,
  name: keyof typeof eckdDescription.settings,
  values: Readonly<Record<string, Value>>,
): Value {
  const value = setting(environment, name);
  const chosen = Object.hasOwn(values, value) ? values[value] : undefined;
  if (chosen === undefined) throw wrong(name, value, `expected one of ${Object.keys(values).join(', ')}`);
  return chosen;
}

function matching(
  environment: DeviceEnvironment,
  name: keyof typeof eckdDescription.settings,
  pattern: RegExp,
  expected: string,
): string {
  const value = setting(environment, name);
  if (!pattern.test(value)) throw wrong(name, value, expected);
  return value;
}

function cylindersOf(environment: DeviceEnvironment): number {
  const given = environment.settings.get('cylinders');
  if (given === undefined || given === '') return choice(environment, 'model', modelCylinders);
  const cylinders = /^\d+$/.test(given) ? Number(given) : 0;
  if (cylinders < 1 || cylinders > MOST_CYLINDERS) {
    throw wrong('cylinders', given, `expected a number from 1 to ${MOST_CYLINDERS}`);
  }
  return cylinders;
}

function volumeOf(environment: DeviceEnvironment): Volume {
  const image = setting(environment, 'image');
  if (image !== '') return openImage(image, environment.inPlace && environment.writable);
  const volser = matching(environment, 'volser', /^[A-Z0-9$#@]{1,6}$/, 'expected 1 to 6 of A-Z, 0-9, $, # and @');
  const layout = choice(
    environment,
    'layout',
    Object.fromEntries(layouts.map((name) => [name, name])) as Record<string, Layout>,
  );
  return new OverlayVolume(new FreshVolume(cylindersOf(environment), volser, layout));
}

/**
 * The device kind. Without `inPlace` an image is only read, and written tracks stay in memory; with it, but for a run that
 * may not write, the device is read-only.
 */
export const eckdKind = {
  ...eckdDescription,
  create: (environment: DeviceEnvironment): EckdDevice => {
    const digits = 'expected four hexadecimal digits';
    const serial = environment.settings.get('serial') ?? '';
    if (serial !== '' && !/^\d{12}$/.test(serial)) throw wrong('serial', serial, 'expected twelve digits');
    const options = {
      unit: choice(environment, 'cu', controlUnits),
      behaviour: choice(environment, 'platform', behaviours),
      identity: {
        deviceNumber: parseInt(matching(environment, 'devno', /^[0-9a-fA-F]{4}$/, digits), 16),
        ssid: parseInt(matching(environment, 'ssid', /^[0-9a-fA-F]{4}$/, digits), 16),
        ...(serial === '' ? {} : { serial }),
      },
      readOnly:
        choice(environment, 'readonly', { no: false, yes: true }) || (environment.inPlace && !environment.writable),
    };
    return new EckdDevice({ ...options, volume: volumeOf(environment) });
  },
} satisfies DeviceKind;
