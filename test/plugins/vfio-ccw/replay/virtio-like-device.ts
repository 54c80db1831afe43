/** A device that answers as the virtio device of the recordings does: at once, and knowing a handful of commands. */

import { type DeviceModel, type DeviceOperation, Transfer } from '../../../../src/harness/machine/device-model.js';

const NORMAL_END = 0x0c;
const UNIT_CHECK = 0x02;
const SENSE_ID = Uint8Array.of(0xff, 0x38, 0x32, 0x02);
const SENSE_LENGTH = 32;
const COMMAND_REJECT = 0x80;

export class VirtioLikeDevice implements DeviceModel {
  readonly name = 'virtio-like';
  #sense = 0;

  attach(): void {
    // has nothing to say by itself
  }

  detach(): void {
    // has no state of a path
  }

  select(operation: DeviceOperation): void {
    switch (operation.command) {
      case 0x03:
        operation.initialStatus = NORMAL_END;
        return;
      case 0x04:
        this.#offer(operation, Uint8Array.of(this.#sense, ...new Uint8Array(SENSE_LENGTH - 1)));
        this.#sense = 0;
        return;
      case 0xe4:
        this.#offer(operation, SENSE_ID);
        return;
      default:
        this.#sense = COMMAND_REJECT;
        operation.initialStatus = UNIT_CHECK;
    }
  }

  end(operation: DeviceOperation): void {
    operation.endingStatus = NORMAL_END;
  }

  halt(): number {
    return 0;
  }

  selectiveReset(): void {
    this.#sense = 0;
  }

  systemReset(): void {
    this.#sense = 0;
  }

  takeSense(_path: unknown, into: Uint8Array): number {
    into.fill(0, 0, SENSE_LENGTH);
    into[0] = this.#sense;
    this.#sense = 0;
    return SENSE_LENGTH;
  }

  #offer(operation: DeviceOperation, data: Uint8Array): void {
    operation.initialStatus = 0;
    operation.transfer = Transfer.input;
    operation.data = data;
    operation.length = data.length;
  }
}
