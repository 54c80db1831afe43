/** The device kind `eckd`: `--device eckd:model=3390-1,volser=HRC001`, `--device eckd:image=vol0`. */

import { CcwspecError, type DeviceEnvironment, type DeviceKind, type DeviceSetting } from 'ccwspec/plugin';
import { behaviours } from './behaviour.js';
import { controlUnits } from './control-unit.js';
import { EckdDevice } from './dasd.js';
import { modelCylinders, MOST_CYLINDERS } from './geometry.js';
import { FreshVolume, type Layout, layouts, openImage, OverlayVolume, type Volume } from './volume/index.js';

const yesNo = ['no', 'yes'] as const;

function wrong(setting: string, value: string, expected: string): CcwspecError {
  return new CcwspecError('E-DEVICE-OPTION', `${setting}=${value}: ${expected}`);
}

function setting(environment: DeviceEnvironment, name: keyof typeof settings): string {
  const known: DeviceSetting = settings[name];
  return environment.settings.get(name) ?? known.default ?? '';
}

function choice<Value>(
  environment: DeviceEnvironment,
  name: keyof typeof settings,
  values: Readonly<Record<string, Value>>,
): Value {
  const value = setting(environment, name);
  const chosen = Object.hasOwn(values, value) ? values[value] : undefined;
  if (chosen === undefined) throw wrong(name, value, `expected one of ${Object.keys(values).join(', ')}`);
  return chosen;
}

function matching(
  environment: DeviceEnvironment,
  name: keyof typeof settings,
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

const settings = {
  model: { description: 'model of a fresh volume', default: '3390-1', values: Object.keys(modelCylinders) },
  cylinders: { description: `cylinders of a fresh volume instead of a model's, 1 to ${MOST_CYLINDERS}` },
  volser: { description: 'volume serial of a fresh volume', default: 'HRC001' },
  layout: { description: 'what a fresh volume has on it, as dasdinit writes it', default: 'default', values: layouts },
  image: { description: 'image file to use instead of a fresh volume: CKD, one file or several, or CCKD' },
  cu: { description: 'control unit', default: '3990', values: Object.keys(controlUnits) },
  devno: { description: 'device number as the control unit knows it, four hexadecimal digits', default: '0120' },
  ssid: { description: 'subsystem identifier, four hexadecimal digits', default: '0120' },
  serial: { description: "serial number of the device, twelve digits; default: the image's, else 000000000001" },
  readonly: { description: 'writes end with "write inhibited"', default: 'no', values: yesNo },
  platform: {
    description: 'whose ways the control unit has where they differ',
    default: 'architecture',
    values: Object.keys(behaviours),
  },
} as const satisfies DeviceKind['settings'];

/**
 * The device kind. Without `inPlace` an image is only read, and written tracks stay in memory; with it, but for a run that
 * may not write, the device is read-only.
 */
export const eckdKind: DeviceKind = {
  kind: 'eckd',
  description: 'a 3390 disk behind a 3990, 2105 or 2107 control unit',
  settings,
  capabilities: ['eckd', 'scratch-track'],
  create: (environment) => {
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
};
