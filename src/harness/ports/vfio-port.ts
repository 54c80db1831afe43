/** One open vfio-ccw device with the guest memory that it sees: the device ABI, byte for byte. */

/** Access rights of a DMA mapping, as the device sees them. */
export type DmaAccess = 'read-write' | 'read' | 'write';

/** Guest memory behind the DMA mappings; addresses are I/O virtual addresses, that is: the guest's absolute ones. */
export interface GuestMemory {
  /** Fills `into` from `iova`. @throws RangeError where nothing is mapped. */
  read(iova: number, into: Uint8Array): Promise<void>;
  /** Stores `bytes` at `iova`. @throws RangeError where nothing is mapped. */
  write(iova: number, bytes: Uint8Array): Promise<void>;
  /** The same without a promise, where the memory is in this process (the model); both or neither. */
  readSync?(iova: number, into: Uint8Array): void;
  writeSync?(iova: number, bytes: Uint8Array): void;
}

/** VFIO_DEVICE_GET_INFO, decoded. */
export interface VfioDeviceInfo {
  readonly flags: number;
  readonly regions: number;
  readonly irqs: number;
}

/** VFIO_DEVICE_GET_REGION_INFO, decoded; type and subtype of its capability, where it has one. */
export interface VfioRegionInfo {
  readonly flags: number;
  readonly size: number;
  readonly offset: number;
  readonly type?: number;
  readonly subtype?: number;
}

/** VFIO_DEVICE_GET_IRQ_INFO, decoded. */
export interface VfioIrqInfo {
  readonly flags: number;
  readonly count: number;
}

/** VFIO_DEVICE_SET_IRQS before it is encoded. */
export interface IrqSetRequest {
  readonly index: number;
  /** flags, see IrqSetFlag */
  readonly flags: number;
  readonly start?: number;
  readonly count?: number;
  /** bytes of `data`; for DATA_EVENTFD a signed 32-bit file descriptor */
  readonly data?: Uint8Array;
  /** argsz, if it is not to be 20 plus the length of `data` */
  readonly argsz?: number;
}

/** The files behind an open device: those of its group, or its iommufd and the number of the address space in it. */
export type DeviceFiles =
  { readonly group: number; readonly container: number } | { readonly iommufd: number; readonly ioasId: number };

/** The device. Counts and errnos are the system call's own. */
export interface VfioPort {
  /** the device's file descriptor, for calls that this interface has no name for */
  readonly fd: number;
  /** the descriptors of what stands behind the device, for the same reason */
  readonly files?: DeviceFiles;
  info(): Promise<VfioDeviceInfo | number>;
  regionInfo(index: number): Promise<VfioRegionInfo | number>;
  irqInfo(index: number): Promise<VfioIrqInfo | number>;
  /** Reads into `into` at `offset` of the device file (region index << 10). */
  read(offset: number, into: Uint8Array): Promise<number>;
  write(offset: number, bytes: Uint8Array): Promise<number>;
  setIrqs(request: IrqSetRequest): Promise<number>;
  /** Registers a fresh eventfd for `index` (dropping one registered here before). @returns 0 or an errno. */
  armIrq(index: number): Promise<number>;
  /** Waits for a signal of the eventfd that `armIrq` registered. @returns how often it was signalled, 0 for a time-out. */
  waitIrq(index: number, timeoutMs: number): Promise<number>;
  /**
   * Waits until at least one of the eventfds of `indexes` has been signalled, or until `timeoutMs` is over, and takes the
   * counts. With no index, or a time-out of 0, it gives the host a chance to run what is ready.
   * @returns the count of each index, 0 where it was not signalled or is not armed
   */
  waitAnyIrq?(indexes: readonly number[], timeoutMs: number): Promise<readonly number[]>;
  /** Writes; unless that fails, waits for an interruption and reads, whatever came: one request where the target is far away. */
  exchange?(exchange: Exchange): Promise<Exchanged>;
  reset(): Promise<number>;
  /** Closes the device and everything opened for it (container, group, eventfds), and releases its memory. */
  close(): Promise<void>;
  /** Maps `length` bytes of new, zeroed memory at `iova`. @returns 0 or an errno. */
  mapDma(iova: number, length: number, access?: DmaAccess): Promise<number>;
  unmapDma(iova: number, length: number): Promise<number>;
  /**
   * The process's own address of the byte at `iova`, or undefined where nothing is mapped. The 4 KiB in front of every
   * buffer of `mapDma` are mapped too, and belong to nobody.
   */
  addressOf?(iova: number): number | undefined;
  readonly memory: GuestMemory;
}

/** A write, the interruption that it leads to, and a read then. */
export interface Exchange {
  /** where `bytes` are written in the device file */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** index of the interrupt that is waited for, which must be armed, and milliseconds, at most 10,000 */
  readonly irq: number;
  readonly timeoutMs: number;
  /** what is read in the end, and from where */
  readonly into: Uint8Array;
  readonly from: number;
}

/** What came of an exchange. */
export interface Exchanged {
  /** what the write gave */
  readonly written: number;
  /** how often the eventfd was signalled: 0 when the time was over, or the write failed */
  readonly signals: number;
  /** what the read gave; undefined if the write failed */
  readonly read: number | undefined;
}

/** How a device is opened: VFIO group and container, or its character device and iommufd. */
export interface VfioOpenOptions {
  readonly way?: 'group' | 'cdev';
  /** container type of the group way */
  readonly iommu?: 'type1v2' | 'type1';
  /** bytes of guest memory mapped at IOVA 0; 0 for none; default 1 MiB */
  readonly memory?: number;
  /** interrupts to arm at once; default all three */
  readonly irqs?: readonly number[];
}
