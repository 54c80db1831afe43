/** Closing the device file alone, while its group and container stay open, and opening it again. */

import { CcwIrq, describeResult, VfioRequest, type CaseContext } from 'ccwspec/plugin';
import { register } from './interrupts.js';
import type { Started } from './started.js';

/** The descriptor of the group behind an open device. @throws Error if it was not opened through one */
export function groupOf({ vfio }: Started): number {
  if (vfio.files === undefined || !('group' in vfio.files))
    throw new Error('the device was not opened through its group');
  return vfio.files.group;
}

/** Closes the device file alone: its mappings, its group and its eventfds stay. */
export async function closeDevice({ expect, system }: CaseContext, device: Started): Promise<void> {
  expect.result(await system.close(device.vfio.fd), 0, 'the close of the device file');
}

/**
 * Closes the device file for good. The driver keeps eventfds beyond a close (ABI-022), and with the device they would be
 * lost, so they are taken back first.
 */
export async function closeDeviceForGood(context: CaseContext, device: Started): Promise<void> {
  for (const index of [CcwIrq.io, CcwIrq.crw, CcwIrq.request]) {
    context.expect.result(await device.vfio.setIrqs(register(index, -1)), 0, `SET_IRQS of index ${index}`);
  }
  await closeDevice(context, device);
}

/** Opens the device file again, which gets the lowest free descriptor: the one that it had. */
export async function openDevice({ expect, places, system }: CaseContext, device: Started): Promise<void> {
  const fd = await system.ioctl(groupOf(device), VfioRequest.groupGetDeviceFd, places.uuid);
  if (fd < 0) expect.fail(`expected GET_DEVICE_FD to open the device again; it gave ${describeResult(fd)}`);
  if (fd !== device.vfio.fd) throw new Error(`the device got descriptor ${fd} and had ${device.vfio.fd}`);
}
