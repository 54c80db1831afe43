/** The type1 container behind an open device. */

import {
  encodeDmaMap,
  encodeDmaUnmap,
  IommuInfo,
  unmappedSize,
  VfioRequest,
  viewOf,
  type CaseContext,
  type DmaMapFields,
  type DmaUnmapFields,
} from 'ccwspec/plugin';
import { Started } from './started.js';

/** The container behind an open device, and calls on it. */
export class Container {
  private constructor(
    readonly context: CaseContext,
    readonly device: Started,
    readonly fd: number,
  ) {}

  static async open(context: CaseContext, iommu: 'type1v2' | 'type1' = 'type1v2'): Promise<Container> {
    const device = await Started.open(context, { iommu });
    const { files } = device.vfio;
    if (files === undefined || !('container' in files))
      throw new Error('the device was not opened through a container');
    return new Container(context, device, files.container);
  }

  map(fields: DmaMapFields): Promise<number> {
    return this.context.system.ioctl(this.fd, VfioRequest.iommuMapDma, encodeDmaMap(fields));
  }

  /** @returns the bytes that were unmapped, or a negative errno */
  async unmap(fields: DmaUnmapFields): Promise<number> {
    const request = encodeDmaUnmap(fields);
    const result = await this.context.system.ioctl(this.fd, VfioRequest.iommuUnmapDma, request);
    return result < 0 ? result : unmappedSize(request);
  }

  /** VFIO_IOMMU_GET_INFO in a structure of 128 bytes A5 whose argsz says `argsz`. */
  async info(argsz: number): Promise<{ result: number; view: DataView }> {
    const structure = new Uint8Array(128).fill(0xa5);
    const view = viewOf(structure);
    view.setUint32(IommuInfo.argsz, argsz);
    return { result: await this.context.system.ioctl(this.fd, VfioRequest.iommuGetInfo, structure), view };
  }
}
