/**
 * What is said of the device kind `eckd`: its settings and what it gives a target. Cases are listed with no more than this; the
 * device itself is loaded when one is made.
 */

import type { DeviceKind } from 'ccwspec/plugin';
import { behaviours } from './behaviour.js';
import { controlUnits } from './control-unit.js';
import { modelCylinders, MOST_CYLINDERS } from './geometry.js';
import { layouts } from './volume/layout.js';

const yesNo = ['no', 'yes'] as const;

const settings = {
  model: {
    description: 'model of a fresh volume',
    default: '3390-1',
    values: Object.keys(modelCylinders),
    notWith: 'image',
  },
  cylinders: {
    description: `cylinders of a fresh volume instead of a model's, 1 to ${MOST_CYLINDERS}`,
    notWith: 'image',
  },
  volser: { description: 'volume serial of a fresh volume', default: 'HRC001', notWith: 'image' },
  layout: {
    description: 'what a fresh volume has on it, as dasdinit writes it',
    default: 'default',
    values: layouts,
    notWith: 'image',
  },
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

export const eckdDescription = {
  kind: 'eckd',
  description: 'a 3390 disk behind a 3990, 2105 or 2107 control unit',
  settings,
  capabilities: ['eckd', 'scratch-track'],
} as const satisfies Omit<DeviceKind, 'create'>;
