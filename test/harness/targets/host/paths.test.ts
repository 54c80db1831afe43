import assert from 'node:assert/strict';

import { HostSysfs } from '../../../../src/harness/targets/host/sysfs.js';
import { lookAtPaths, pathControl } from '../../../../src/harness/targets/host/paths.js';
import { dasdHost, type ScriptedHost } from './scripted-system.js';

const INJECT = '/sys/kernel/debug/s390/cio';
const SUBCHANNEL = { folder: '/sys/bus/css/devices/0.0.0313', busId: '0.0.0313' };

/** A host whose device has path 40, and which makes channel reports by hand if it is told so. */
function host(reports: boolean): ScriptedHost {
  const scripted = dasdHost();
  const { attributes } = scripted;
  attributes.set(`${SUBCHANNEL.folder}/chpids`, '40 00 00 00 00 00 00 00\n');
  attributes.set(`${SUBCHANNEL.folder}/pimpampom`, '80 80 ff\n');
  attributes.set('/sys/devices/css0/chp0.40/status', 'online\n');
  if (!reports) return scripted;
  for (const name of ['enable_inject', 'crw_inject']) attributes.set(`${INJECT}/${name}`, '');
  attributes.set('/proc/cio_settle', '');
  return scripted;
}

describe('channel reports of a path by hand', () => {
  it('are given to the kernel, waited for, and turned off again', async () => {
    const { system, writes } = host(true);
    const paths = await lookAtPaths(new HostSysfs(system), SUBCHANNEL, false);
    assert.equal(paths.cannotReport, undefined);
    const control = pathControl(() => system, paths);
    const one = (report: string): string[] => [
      `${INJECT}/enable_inject=1`,
      `${INJECT}/crw_inject=${report}`,
      '/proc/cio_settle=1',
      `${INJECT}/enable_inject=0`,
    ];
    await control.report(0x40, false);
    await control.report(0x40, true);
    assert.deepEqual(writes, [...one('0 0 0 4 0 6 40'), ...one('0 0 0 4 0 2 40')]);
  });

  it('are turned off when the kernel refuses one', async () => {
    const scripted = host(true);
    scripted.stores.set(`${INJECT}/crw_inject`, () => -16);
    const paths = await lookAtPaths(new HostSysfs(scripted.system), SUBCHANNEL, false);
    await assert.rejects(pathControl(() => scripted.system, paths).report(0x40, false), { code: 'E-HOST-REFUSED' });
    assert.equal(scripted.writes.at(-1), `${INJECT}/enable_inject=0`);
  });

  it('are refused, with the reason, on a kernel that cannot make them', async () => {
    const { system, writes } = host(false);
    const paths = await lookAtPaths(new HostSysfs(system), SUBCHANNEL, false);
    assert.match(paths.cannotReport ?? '', /CONFIG_CIO_INJECT/);
    await assert.rejects(pathControl(() => system, paths).report(0x40, false), { code: 'E-TARGET' });
    assert.deepEqual(writes, []);
  });
});
