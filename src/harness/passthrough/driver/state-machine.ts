/** The driver's state machine: what happens where its five states and six events meet. Reference section 3.2. */

import {
  asyncError,
  asyncRequest,
  asyncRetry,
  close,
  disable,
  interruption,
  ioBusy,
  ioError,
  ioRequest,
  ioRetry,
  nothing,
  notOperational,
  open,
} from './actions.js';
import type { DeviceState } from './device-state.js';
import type { Event } from './states.js';

type Action = (device: DeviceState) => void;

// prettier-ignore
const table: readonly (readonly Action[])[] = [
  //                  NOT_OPER        IO_REQ     INTERRUPT     ASYNC_REQ     OPEN            CLOSE
  /* NOT_OPER      */ [nothing,        ioError,   disable,      asyncError,   nothing,        nothing],
  /* STANDBY       */ [notOperational, ioError,   disable,      asyncError,   open,           notOperational],
  /* IDLE          */ [notOperational, ioRequest, interruption, asyncRequest, notOperational, close],
  /* CP_PROCESSING */ [notOperational, ioRetry,   interruption, asyncRetry,   notOperational, close],
  /* CP_PENDING    */ [notOperational, ioBusy,    interruption, asyncRequest, notOperational, close],
];

/** Does what the table says for the device's state and `event`. */
export function act(device: DeviceState, event: Event): void {
  const action = table[device.state]?.[event];
  if (action !== undefined) action(device);
}
