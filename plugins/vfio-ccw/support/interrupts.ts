/** VFIO_DEVICE_SET_IRQS as the cases send it. */

import { encodeFd, encodeIrqSet, IrqSetFlag, VfioRequest, type IrqSetRequest, type SystemPort } from 'ccwspec/plugin';

const { actionTrigger, dataBool, dataEventfd, dataNone } = IrqSetFlag;

/** What triggers an interrupt by itself: nothing more than the call, or a byte that says whether. */
export const LOOPBACK = { flags: dataNone | actionTrigger } as const;
export const LOOPBACK_BY_BYTE = { flags: dataBool | actionTrigger } as const;

/** A request that registers `fd` for interrupt `index`; descriptor -1 takes the one before away. */
export function register(index: number, fd: number): IrqSetRequest {
  return { index, flags: dataEventfd | actionTrigger, data: encodeFd(fd) };
}

/** SET_IRQS on the descriptor of a device, for cases that have no VfioPort. */
export function setIrqs(system: SystemPort, device: number, request: IrqSetRequest): Promise<number> {
  return system.ioctl(device, VfioRequest.deviceSetIrqs, encodeIrqSet(request));
}
