/** The phases of a channel engine. */

/** What the engine is doing, or waits for. */
export const Phase = {
  idle: 0,
  /** a start or resume function is pending; nothing has been fetched for it */
  startPending: 1,
  /** the first CCW was fetched, and the device or its control unit is busy */
  busy: 2,
  /** the device has accepted the command; data have not moved */
  accepted: 3,
  /** data have moved; the ending status is outstanding */
  moved: 4,
  /** channel end came without device end, and the program goes on after device end */
  chainingDeviceEnd: 5,
  /** channel end has been presented; device end is outstanding */
  finalDeviceEnd: 6,
  /** between two commands of a chain */
  between: 7,
  suspended: 8,
} as const;
