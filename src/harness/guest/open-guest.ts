/** A guest around one vfio-ccw device: QEMU's command line and its realize step. */

import type { ChannelOptions, ChannelPort, VfioPort } from '../ports/index.js';
import { ChannelSubsystem, DEFAULT_CSSID } from './channel-subsystem.js';
import { takeDevice } from './device-regions.js';
import { OperandStorage } from './guest-storage.js';
import { Guest } from './instructions.js';
import { PassthroughSubchannel } from './passthrough-subchannel.js';

const DEFAULT_STORAGE = 1 << 20;
/** channel-path type where nothing says it: FICON */
const FICON = 0x1b;

/**
 * Makes a guest whose one subchannel is the device of `vfio`. Closing the port closes the device.
 * @throws CcwspecError E-GUEST-DEVICE, after closing the device, if QEMU would refuse it
 */
export async function openGuest(vfio: VfioPort, options: ChannelOptions = {}): Promise<ChannelPort> {
  try {
    return await takeIntoGuest(vfio, options);
  } catch (thrown) {
    await vfio.close();
    throw thrown;
  }
}

async function takeIntoGuest(vfio: VfioPort, options: ChannelOptions): Promise<ChannelPort> {
  const { cssid = DEFAULT_CSSID, ssid = 0, subchannelNumber = 0, deviceNumber = 0 } = options;
  const storage = new OperandStorage(vfio.memory, options.storage ?? DEFAULT_STORAGE);
  const css = new ChannelSubsystem(storage, options.accelerator ?? 'kvm');
  const { regions, warnings } = await takeDevice(vfio);
  const messages = [...warnings];
  const subchannel = new PassthroughSubchannel(
    { cssid, ssid, number: subchannelNumber, deviceNumber },
    css,
    vfio,
    regions,
    options.forcePrefetch ?? false,
    (text) => messages.push(text),
  );
  const paths = await subchannel.buildPaths(options.paths);
  for (const id of paths.chpids) {
    if (id !== 0) css.addChannelPath(cssid, id, { type: paths.types?.get(id) ?? FICON, isVirtual: false });
  }
  css.addSubchannel(subchannel);
  return new Guest(vfio, storage, css, subchannel, messages);
}
