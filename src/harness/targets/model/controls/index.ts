/** What the model's capabilities promise beyond the ports: one file a control, each on the hooks of machine and kernel. */

import type { ControlledDevice } from '../../../machine/middleware/controlled-device.js';
import type { TargetControls, TargetSession } from '../../../ports/index.js';
import { SUBCHANNEL, type ModelHost } from '../model-host.js';
import { DriverPoints } from './driver-points.js';
import { ModelAdversary } from './memory-adversary.js';
import { kernelFaults } from './kernel-faults.js';
import { hostView } from './host-view.js';
import { pathControl } from './path-control.js';
import { ModelSchedule } from './schedule.js';

/** The controls of one host. */
export type ModelControls = TargetControls & { readonly schedule: ModelSchedule };

/**
 * Controls of `host`; what concerns the device's answers acts on the programs of this host.
 * @param secondHost makes a session of another host on the same device
 */
export function modelControls(
  host: ModelHost,
  device: ControlledDevice,
  secondHost: () => Promise<TargetSession>,
): ModelControls {
  const { css, kernel } = host;
  const { scheduler } = css;
  const points = new DriverPoints(scheduler);
  let adversary: ModelAdversary | undefined;
  const faults = kernelFaults(kernel.host.injection);
  const done = Promise.resolve();
  /** Does something to the machine, and lets the host react. */
  const change = (what: () => void): Promise<void> => {
    what();
    host.settle();
    return done;
  };
  return {
    timing: {
      holdAtCommand: (ordinal) =>
        change(() => {
          device.holdAtCommand(ordinal, css.host);
        }),
      holdBeforeDeviceEnd: (ordinal) =>
        change(() => {
          device.holdBeforeDeviceEnd(ordinal, css.host);
        }),
      release: () =>
        change(() => {
          device.release();
        }),
      goDeaf: () =>
        change(() => {
          device.goDeaf();
        }),
      commandsSeen: () => Promise.resolve(device.commandsSeen),
    },
    deviceStatus: {
      present: (status, sense) =>
        change(() => {
          device.present(status, sense, css.host);
        }),
    },
    paths: pathControl(host, change),
    host: hostView(host),
    faults,
    allocationFaults: faults,
    schedule: new ModelSchedule(host, points),
    /** It watches every read of the driver, so it is made when a case first asks for it. */
    get adversary() {
      return (adversary ??= new ModelAdversary(host, points));
    },
    secondHost,
    unplug: () =>
      change(() => {
        css.unplug(SUBCHANNEL);
      }),
    evaluateSubchannel: () =>
      change(() => {
        kernel.commonIo.evaluate(SUBCHANNEL);
      }),
    shutdown: () =>
      change(() => {
        kernel.shutdown();
      }),
    setStorageKey: (iova, accessControl, fetchProtected) =>
      change(() => {
        css.storage.setKey(host.absoluteOf(iova), { accessControl, fetchProtected });
      }),
    setLockedMemoryLimit: (bytes) =>
      change(() => {
        kernel.system.setLockedMemoryLimit(bytes);
      }),
  };
}
