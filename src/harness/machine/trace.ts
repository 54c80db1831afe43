/** The last events of a machine, kept as numbers and put into words only when somebody asks. */

import { bitNames, hex, ScswBit, ScswMask } from '../arch/index.js';

const instructions = ['ssch', 'hsch', 'csch', 'xsch', 'rsch', 'tsch', 'stsch', 'msch'] as const;

/** An instruction of `TraceEvent.instruction`. */
export type InstructionName = (typeof instructions)[number];

/** What happened. The two numbers of an event mean what `words` below says. */
export const TraceEvent = {
  instruction: 0,
  command: 1,
  ending: 2,
  status: 3,
  unsolicited: 4,
  path: 5,
  report: 6,
  wait: 7,
} as const;

const controlNames: readonly (readonly [number, string])[] = [
  [ScswBit.startFunction, 'start'],
  [ScswBit.haltFunction, 'halt'],
  [ScswBit.clearFunction, 'clear'],
  [ScswBit.alertStatus, 'alert'],
  [ScswBit.intermediateStatus, 'intermediate'],
  [ScswBit.primaryStatus, 'primary'],
  [ScswBit.secondaryStatus, 'secondary'],
  [ScswBit.statusPending, 'pending'],
];

const words: Readonly<Record<number, (a: number, b: number) => string>> = {
  [TraceEvent.instruction]: (which, code) =>
    `${instructions[which] ?? 'instruction'}: ${code < 0 ? 'operand exception' : `condition code ${code}`}`,
  [TraceEvent.command]: (command, path) => `command ${hex(command & 0xff, 2)} on path ${hex(path, 2)}`,
  [TraceEvent.ending]: (status, count) => `device status ${hex(status & 0xff, 2)}, residual count ${count}`,
  [TraceEvent.status]: (control, word2) =>
    `status ${bitNames(control & (ScswMask.functionControl | ScswMask.statusControl), controlNames).join('+')}, ` +
    `device ${hex(word2 >>> 24, 2)}, subchannel ${hex((word2 >>> 16) & 0xff, 2)}, count ${word2 & 0xffff}`,
  [TraceEvent.unsolicited]: (status, path) => `unsolicited status ${hex(status, 2)} on path ${hex(path, 2)}`,
  [TraceEvent.path]: (chpid, state) => `channel path ${hex(chpid, 2)}: ${pathStates[state] ?? 'changed'}`,
  [TraceEvent.report]: (word) => `channel report ${hex(word)}`,
  [TraceEvent.wait]: (nanoseconds) => (nanoseconds < 0 ? 'waits for the device' : `waits ${nanoseconds} ns`),
};

const pathStates = ['configured off', 'configured on', 'broken', 'mended', 'reset'];

/** Index of a path's change in the words of a trace. */
export const PathChange = { off: 0, on: 1, broken: 2, mended: 3, reset: 4 } as const;

/** Index of an instruction in the words of a trace. */
export function instructionIndex(name: InstructionName): number {
  return instructions.indexOf(name);
}

const CAPACITY = 256;
const FIELDS = 5;

/** A ring of the last 256 events. */
export class MachineTrace {
  readonly #times = new Float64Array(CAPACITY);
  readonly #records = new Int32Array(CAPACITY * FIELDS);
  #next = 0;

  /**
   * @param time virtual nanoseconds @param event a TraceEvent @param host host number @param subchannel subchannel number,
   * -1 for none @param a @param b what the event's words say
   */
  record(time: number, event: number, host: number, subchannel: number, a: number, b: number): void {
    const slot = this.#next++ & (CAPACITY - 1);
    const at = slot * FIELDS;
    this.#times[slot] = time;
    this.#records[at] = event;
    this.#records[at + 1] = host;
    this.#records[at + 2] = subchannel;
    this.#records[at + 3] = a;
    this.#records[at + 4] = b;
  }

  /** The events in order of time, one line each; at most 256. */
  lines(): string[] {
    const found: string[] = [];
    for (let index = Math.max(0, this.#next - CAPACITY); index < this.#next; index++) {
      const slot = index & (CAPACITY - 1);
      const at = slot * FIELDS;
      const [event = 0, host = 0, subchannel = 0, a = 0, b = 0] = this.#records.subarray(at, at + FIELDS);
      const where = subchannel < 0 ? `host ${host}` : `host ${host} subchannel ${hex(subchannel, 4)}`;
      found.push(`${String(this.#times[slot] ?? 0).padStart(12)} ns  ${where}  ${words[event]?.(a, b) ?? ''}`);
    }
    return found;
  }

  /** Forgets everything. */
  clear(): void {
    this.#next = 0;
  }
}
