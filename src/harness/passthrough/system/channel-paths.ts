/** Channel paths in sysfs: /sys/devices/css0/chp0.XX (drivers/s390/cio/chp.c). */

import { Errno } from '../../uapi/index.js';
import type { ChannelPathHooks } from './hooks.js';
import type { SystemModel } from './system-model.js';

/** Adds a folder for each channel path. */
export function addChannelPaths(system: SystemModel, hooks: ChannelPathHooks): void {
  for (const chpid of hooks.chpids) {
    const folder = system.root.folder(`/sys/devices/css0/chp0.${chpid.toString(16).padStart(2, '0')}`);
    folder.attribute(
      'status',
      () => (hooks.online(chpid) ? 'online\n' : 'offline\n'),
      (text) => {
        const [line = ''] = text.split('\0', 1);
        if (line === '') return text.length;
        // White space alone is a word without letters.
        const word = line.trimStart().split(/\s/, 1)[0] ?? '';
        const online = /^on/i.test(word) || word === '1';
        if (!online && !/^off/i.test(word) && word !== '0') return -Errno.EINVAL;
        hooks.vary(chpid, online);
        return text.length;
      },
    );
    folder.attribute(
      'configure',
      () => `${hooks.configured(chpid)}\n`,
      (text) => {
        const value = /^\s*(-?\d+)\s*$/.exec(text)?.[1];
        if (Number(value) !== 0 && Number(value) !== 1) return -Errno.EINVAL;
        hooks.configure(chpid, Number(value) === 1);
        return text.length;
      },
    );
  }
}
