/** States and events of the driver's state machine, numbered as the kernel log shows them: reference section 3.1. */

export const State = { notOperational: 0, standby: 1, idle: 2, cpProcessing: 3, cpPending: 4 } as const;
export type State = (typeof State)[keyof typeof State];

/** Names of the states by number, as HostView shows them. */
export const stateNames = ['NOT_OPER', 'STANDBY', 'IDLE', 'CP_PROCESSING', 'CP_PENDING'] as const;
export type StateName = (typeof stateNames)[number];

export const Event = { notOperational: 0, ioRequest: 1, interruption: 2, asyncRequest: 3, open: 4, close: 5 } as const;
export type Event = (typeof Event)[keyof typeof Event];
