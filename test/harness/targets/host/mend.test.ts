import assert from 'node:assert/strict';

import { CcwspecError } from '../../../../src/harness/errors/index.js';
import { attach, type Attachment } from '../../../../src/harness/targets/host/index.js';
import { mendAttachment } from '../../../../src/harness/targets/host/mend.js';
import { readSubchannel } from '../../../../src/harness/targets/host/subchannels.js';
import { HostSysfs } from '../../../../src/harness/targets/host/sysfs.js';
import { dasdHost, type ScriptedHost } from './scripted-system.js';

const FOLDER = '/sys/bus/css/devices/0.0.0313';
const RESCAN = '/sys/devices/css0/rescan';

/** A host whose DASD is offline and attached, and what its subchannel was like before that. */
async function attachedHost(): Promise<{ host: ScriptedHost; attachment: Attachment; comeBack: () => undefined }> {
  const host = dasdHost();
  host.attributes.set(`${FOLDER}/0.0.401c/online`, '0\n');
  const before = [host.attributes, host.stores].map((map) => [...map].filter(([path]) => path.startsWith(FOLDER)));
  const attachment = await attach(host.system, { subchannel: '0.0.0313' });
  const comeBack = (): undefined => {
    [host.attributes, host.stores].forEach((map, index) => {
      for (const [path, value] of before[index] ?? []) (map as Map<string, unknown>).set(path, value);
    });
  };
  return { host, attachment, comeBack };
}

/** The driver has given the subchannel up, and its mdev has gone with it. */
function giveUp(host: ScriptedHost, { uuid }: Attachment): void {
  host.remove(FOLDER);
  host.remove(`/sys/bus/mdev/devices/${uuid}`);
}

const taken = async ({ system }: ScriptedHost): Promise<unknown> => {
  const state = await readSubchannel(new HostSysfs(system), '0.0.0313');
  return [state?.driver, state?.mdevs];
};

describe('a subchannel that has gone', () => {
  it('is looked for by the host before its device is given back', async () => {
    const { host, attachment, comeBack } = await attachedHost();
    giveUp(host, attachment);
    host.stores.set(RESCAN, comeBack);
    host.writes.length = 0;
    assert.equal(await mendAttachment(attachment, () => assert.fail('the device was never taken away')), true);
    assert.deepEqual(host.writes.slice(0, 4), [
      `${RESCAN}=1`,
      '/proc/cio_settle=1',
      '/proc/cio_settle=1',
      '/sys/bus/css/drivers/io_subchannel/unbind=0.0.0313',
    ]);
    assert.deepEqual(await taken(host), ['vfio_ccw', [attachment.uuid]]);
  });

  it('comes back with its device, which is given back', async () => {
    const { host, attachment, comeBack } = await attachedHost();
    giveUp(host, attachment);
    host.stores.set(RESCAN, () => undefined);
    const replug = (): Promise<void> => {
      comeBack();
      return Promise.resolve();
    };
    assert.equal(await mendAttachment(attachment, replug), true);
    assert.deepEqual(await taken(host), ['vfio_ccw', [attachment.uuid]]);
  });

  it('is an error if nobody can give the device back', async () => {
    const { host, attachment } = await attachedHost();
    giveUp(host, attachment);
    host.stores.set(RESCAN, () => undefined);
    await assert.rejects(
      mendAttachment(attachment),
      (error) => error instanceof CcwspecError && error.code === 'E-HOST-SUBCHANNEL' && /is gone/.test(error.what),
    );
  });
});
