/** What `ccwspec target …` prints. */

import type { DevicePlaces } from '../../harness/ports/index.js';
import type { Detached, DeviceStatusLine } from '../../harness/targets/host/index.js';
import { tableLines } from './table.js';

/** A line for each device, with who has it. */
export function deviceStatusLines(devices: readonly DeviceStatusLine[]): string[] {
  if (devices.length === 0) return ['The host has no subchannel with a device.'];
  const rows = devices.map(({ subchannel, device, type, driver, online, mdevs, attached }) => [
    subchannel,
    device ?? '',
    type ?? '',
    driver ?? 'no driver',
    [online ? 'online' : '', ...mdevs.map((uuid) => `mdev ${uuid}`), attached === null ? '' : `attached ${attached}`]
      .filter((part) => part !== '')
      .join(', '),
  ]);
  return tableLines([['subchannel', 'device', 'type', 'driver', 'state'], ...rows]);
}

/** Where the device can be opened now, and how to go on. */
export function attachedLines({ subchannel, uuid, group, cdev }: DevicePlaces): string[] {
  const rows = [
    ['subchannel', subchannel],
    ['mdev', uuid],
    ['group', group],
    ...(cdev === undefined ? [] : [['character device', cdev]]),
  ];
  return [...tableLines(rows), '', '`ccwspec target detach` puts everything back as it was.'];
}

/** What was put back, and what was not. */
export function detachedLines(detached: readonly Detached[]): string[] {
  return detached.flatMap(({ subchannel, deviceNumber, problems }) =>
    problems.length === 0
      ? [`${subchannel} (device ${deviceNumber}) is as it was.`]
      : [`${subchannel} (device ${deviceNumber}) is not as it was:`, ...problems.map((problem) => `  ${problem}`)],
  );
}
