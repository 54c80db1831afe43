import assert from 'node:assert/strict';

import { attachedLines, detachedLines, deviceStatusLines } from '../../src/cli/present/host.js';
import { ccwspec } from './ccwspec.js';

describe('ccwspec target', () => {
  it('has its own help, and names the nearest command', async () => {
    const help = await ccwspec(['target', '--help']);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /target attach .*\n[^]*target detach .*\n[^]*target status /);
    const wrong = await ccwspec(['target', 'statsu']);
    assert.equal(wrong.code, 64);
    assert.match(wrong.stderr, /no command 'target statsu'; did you mean target status\?/);
  });

  it('is for real hosts', async () => {
    const { code, stderr } = await ccwspec(['target', 'status', '--target', 'model']);
    assert.equal(code, 64);
    assert.match(
      stderr,
      /--target model is not a real host\n {2}Name this machine \(vfio\) or another one \(ssh:HOST\)/,
    );
  });

  it('says that there is no agent of the name that is given', async () => {
    const { code, stdout } = await ccwspec(['target', 'status', '-o', 'agent=/nowhere/agent', '--json']);
    assert.equal(code, 2);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
    assert.equal(error.code, 'E-PROCESS-MISSING');
    assert.match(error.message, /\/nowhere\/agent/);
  });

  it('refuses the devices of real hosts for the model', async () => {
    for (const flag of ['--subchannel', '--device-number', '--volser']) {
      const { code, stderr } = await ccwspec(['list', flag, '0.0.0001']);
      assert.equal(code, 64);
      assert.match(stderr, /the model has no (devices|volumes) of a real host\n.*--device/);
    }
  });

  it('prints a table of devices', () => {
    const uuid = '0f0e0d0c-0b0a-0908-0706-050403020100';
    const base = {
      device: '0.0.401c',
      type: '3990/c2 3390/0a',
      driver: 'dasd-eckd',
      online: true,
      mdevs: [],
      attached: null,
    };
    const lines = deviceStatusLines([
      { subchannel: '0.0.0313', ...base },
      {
        subchannel: '0.0.0314',
        ...base,
        type: null,
        driver: 'vfio_ccw',
        online: false,
        mdevs: [uuid],
        attached: 'by hand',
      },
      { subchannel: '0.0.0315', ...base, driver: null, online: false },
    ]);
    assert.deepEqual(lines, [
      'subchannel  device    type             driver     state',
      '0.0.0313    0.0.401c  3990/c2 3390/0a  dasd-eckd  online',
      `0.0.0314    0.0.401c                   vfio_ccw   mdev ${uuid}, attached by hand`,
      '0.0.0315    0.0.401c  3990/c2 3390/0a  no driver',
    ]);
    assert.deepEqual(deviceStatusLines([]), ['The host has no subchannel with a device.']);
  });

  it('prints where a device is, and what could not be put back', () => {
    const places = { subchannel: '0.0.0313', uuid: 'u', group: '/dev/vfio/0', cdev: '/dev/vfio/devices/vfio0' };
    assert(attachedLines(places).includes('character device  /dev/vfio/devices/vfio0'));
    const device = { subchannel: '0.0.0313', deviceNumber: '0.0.401c' };
    assert.deepEqual(
      detachedLines([
        { ...device, problems: [] },
        { ...device, problems: ['no', 'nor'] },
      ]),
      ['0.0.0313 (device 0.0.401c) is as it was.', '0.0.0313 (device 0.0.401c) is not as it was:', '  no', '  nor'],
    );
  });
});
