/** `--device KIND:setting=value,…`: which device kind makes the device, with which settings. The one place that reads it. */

import { CcwspecError, didYouMean } from '../errors/index.js';
import type { DeviceKind, DeviceSetting } from '../../plugins/api.js';

/** A device option, checked against the kind that it names. */
export interface DeviceChoice {
  readonly kind: DeviceKind;
  /** settings as given, defaults filled in */
  readonly settings: ReadonlyMap<string, string>;
  /** names of the settings that were given */
  readonly given: ReadonlySet<string>;
}

/** What is taken when nothing is named: the volume that the recordings were made on. */
export const DEFAULT_DEVICE = 'eckd:model=3390-1,volser=HRC001';

/**
 * Reads a device option, for example `eckd:model=3390-1,volser=HRC001`. A comma within a value is written twice, as
 * QEMU's options have it.
 * @param kinds the device kinds of the loaded plugins
 * @throws CcwspecError E-DEVICE-OPTION that names the kind or setting, with the closest one that there is
 */
export function parseDeviceOption(text: string, kinds: readonly DeviceKind[]): DeviceChoice {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const kind = kinds.find((candidate) => candidate.kind === name);
  if (kind === undefined) {
    const known = kinds.map((candidate) => candidate.kind);
    const guess =
      didYouMean(name, known) ||
      (known.length === 0 ? '; no plugin is loaded that has one' : `; there is ${known.join(', ')}`);
    throw wrong(text, `there is no device kind '${name}'${guess}`);
  }
  const given = new Map<string, string>();
  for (const piece of colon < 0 ? [] : splitAtCommas(text.slice(colon + 1))) addSetting(given, piece, kind, text);
  for (const name of given.keys()) {
    const other = kind.settings[name]?.notWith;
    if (other !== undefined && given.has(other)) {
      throw wrong(text, `setting '${name}' has no meaning together with '${other}': leave one of them out`);
    }
  }
  const settings = new Map(given);
  for (const [setting, { default: value }] of Object.entries(kind.settings)) {
    if (value !== undefined && !settings.has(setting)) settings.set(setting, value);
  }
  return { kind, settings, given: new Set(given.keys()) };
}

function addSetting(given: Map<string, string>, piece: string, kind: DeviceKind, text: string): void {
  const equals = piece.indexOf('=');
  const name = equals < 0 ? piece : piece.slice(0, equals);
  const known = Object.keys(kind.settings);
  const setting: DeviceSetting | undefined = Object.hasOwn(kind.settings, name) ? kind.settings[name] : undefined;
  if (setting === undefined) {
    const guess = didYouMean(name, known) || `; its settings are ${known.join(', ')}`;
    throw wrong(text, `${kind.kind} has no setting '${name}'${guess}`);
  }
  if (equals < 0) throw wrong(text, `setting '${name}' has no value: write ${name}=VALUE`);
  if (given.has(name)) throw wrong(text, `setting '${name}' is given twice`);
  const value = piece.slice(equals + 1);
  if (setting.values !== undefined && !setting.values.includes(value)) {
    const guess = didYouMean(value, setting.values) || `; it can be ${setting.values.join(', ')}`;
    throw wrong(text, `setting '${name}' cannot be '${value}'${guess}`);
  }
  given.set(name, value);
}

/** The pieces between single commas; a double one is a comma of the value. */
function splitAtCommas(text: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    if (letter !== ',') piece += letter;
    else if (text.charAt(at + 1) === ',') {
      piece += ',';
      at++;
    } else {
      pieces.push(piece);
      piece = '';
    }
  }
  return [...pieces, piece].filter((whole) => whole !== '');
}

function wrong(text: string, what: string): CcwspecError {
  return new CcwspecError('E-DEVICE-OPTION', `--device ${text}: ${what}`);
}
