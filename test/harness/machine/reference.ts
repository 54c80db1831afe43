/**
 * A second channel engine for the property test: slow and obvious, written from the clauses one after another, without time,
 * paths or instructions. It executes one channel program with key 0 at a device that answers from a list, and says what the
 * status is when everything has happened and nobody has tested the subchannel meanwhile.
 */

import {
  CcwFlag,
  OrbBit,
  ScswBit,
  decodeCcw,
  idawKind,
  type Ccw,
  type CcwFormat,
} from '../../../src/harness/arch/index.js';
import type { Answer } from './scripted-device.js';

export interface Outcome {
  /** bits 16-31 of SCSW word 0 */
  readonly conditions: number;
  readonly ccwAddress: number;
  readonly deviceStatus: number;
  readonly subchannelStatus: number;
  readonly count: number;
  /** command, chained, and the bytes of output that the device got */
  readonly commands: readonly string[];
}

const PROGRAM_CHECK = 0x20;
const CHAINING_CHECK = 0x01;
const NORMAL = 0x0c;

class Check extends Error {
  constructor(
    readonly status: number,
    readonly at: number,
  ) {
    super('check');
  }
}

export class Reference {
  count = 0;
  pci = false;
  backward = 0;
  /** IDAWs of the current CCW, by index: each is fetched once */
  list: number[] = [];
  readonly commands: string[] = [];
  readonly view: DataView;
  readonly format: CcwFormat;

  constructor(
    readonly memory: Uint8Array,
    readonly control: number,
    readonly answers: () => Answer,
  ) {
    this.view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
    this.format = (control & OrbBit.format) === 0 ? 0 : 1;
  }

  get addressLimit(): number {
    return this.format === 0 ? 2 ** 24 : 2 ** 31;
  }

  run(channelProgramAddress: number): Outcome {
    let at = channelProgramAddress;
    let first = true;
    let chained = false;
    let retries = 0;
    for (;;) {
      let ccw: Ccw;
      try {
        [at, ccw] = this.fetch(at, first);
        this.validate(at, ccw, false);
      } catch (thrown) {
        return this.ended(0, thrown);
      }
      first = false;
      const answer = this.answers();
      const initial = answer.initial ?? 0;
      if (initial !== 0 && (initial & 0x08) === 0) {
        this.note(ccw, chained, []);
        return this.status(at, initial, 0);
      }
      if ((ccw.flags & CcwFlag.programControlledInterruption) !== 0) this.pci = true;
      const operation = this.operate(at, ccw, answer, chained);
      const { status, check } = operation;
      const complete = status | ((status & 0x08) !== 0 ? 0x04 : 0);
      const retry = (status & 0x4a) === 0x4a && (check & ~0x40) === 0;
      if (retry && retries < 254) {
        retries++;
        continue;
      }
      retries = 0;
      const { flags } = operation.last;
      const command = (flags & (CcwFlag.chainCommand | CcwFlag.chainData)) === CcwFlag.chainCommand;
      if (!command || check !== 0 || (status & 0x93) !== 0) return this.status(operation.at, complete, check);
      at = operation.at + ((status & 0x40) !== 0 ? 16 : 8);
      chained = true;
    }
  }

  /** 1.3: fetch, with transfer in channel. */
  fetch(at: number, first: boolean): [number, Ccw] {
    const ccw = this.ccw(at, at);
    if (!this.isTic(ccw)) return [at, ccw];
    if (first) throw new Check(PROGRAM_CHECK, at);
    if (this.format === 1 && (ccw.flags !== 0 || ccw.count !== 0)) throw new Check(PROGRAM_CHECK, at);
    if (ccw.address <= at) this.backward++;
    if (this.backward > 256) throw new Check(PROGRAM_CHECK, at);
    const target = this.ccw(ccw.address, at);
    if (this.isTic(target)) throw new Check(PROGRAM_CHECK, ccw.address);
    return [ccw.address, target];
  }

  ccw(at: number, blame: number): Ccw {
    if (at % 8 !== 0 || at + 8 > this.memory.length || at >= this.addressLimit) throw new Check(PROGRAM_CHECK, blame);
    return decodeCcw(this.view, at, this.format);
  }

  isTic(ccw: Ccw): boolean {
    return this.format === 0 ? ccw.command % 16 === 8 : ccw.command === 8;
  }

  /** 1.1, 1.4, 1.6: what a CCW must look like. The count register follows once the flags are right. */
  validate(at: number, ccw: Ccw, dataChained: boolean): void {
    const fail = new Check(PROGRAM_CHECK, at);
    if ((ccw.flags & CcwFlag.suspend) !== 0) throw fail;
    if ((ccw.flags & CcwFlag.modifiedIndirectDataAddress) !== 0) throw fail;
    this.count = ccw.count;
    if (!dataChained && (ccw.command % 16 === 0 || ccw.command % 16 === 8)) throw fail;
    if (ccw.count === 0) {
      if (this.format === 0) throw fail;
      if (dataChained || (ccw.flags & CcwFlag.chainData) !== 0) throw fail;
    }
    if (ccw.address >= this.addressLimit) throw fail;
  }

  /** One operation, with data chaining. */
  operate(
    at: number,
    ccw: Ccw,
    answer: Answer,
    chained: boolean,
  ): { status: number; check: number; at: number; last: Ccw } {
    const immediate = answer.initial !== undefined && answer.initial !== 0;
    if (immediate) {
      this.note(ccw, chained, []);
      return { status: answer.initial, check: this.immediateLength(ccw) ? 0x40 : 0, at, last: ccw };
    }
    this.list = [];
    const source = answer.input;
    const size = source?.length ?? answer.output ?? 0;
    const received: number[] = [];
    const areas: { at: number; ccw: Ccw; from: number }[] = [{ at, ccw, from: 0 }];
    let moved = 0;
    let check = 0;
    let current = ccw;
    try {
      while (moved < size) {
        if (this.count === 0) {
          if ((current.flags & CcwFlag.chainData) === 0) break;
          if (source !== undefined && answer.overrun === true) throw new Check(CHAINING_CHECK, at);
          [at, current] = this.fetch(at + 8, false);
          this.validate(at, current, true);
          if ((current.flags & CcwFlag.programControlledInterruption) !== 0) this.pci = true;
          areas.push({ at, ccw: current, from: moved });
          this.list = [];
        }
        const offset = current.count - this.count;
        const skips = source !== undefined && (current.flags & CcwFlag.skip) !== 0;
        if (!skips) {
          const place = this.place(at, current, offset);
          if (source === undefined) received.push(this.memory[place] ?? 0);
          else this.memory[place] = source[moved] ?? 0;
        }
        moved++;
        this.count--;
      }
    } catch (thrown) {
      if (!(thrown instanceof Check)) throw thrown;
      check = thrown.status;
      at = thrown.at;
    }
    if (moved > 0) this.backward = 0;
    this.note(ccw, chained, received);
    let more = moved < size;
    if (source === undefined && answer.taken !== undefined && check === 0) {
      more = answer.taken > moved;
      const taken = Math.min(answer.taken, moved);
      // The device stopped in the first area whose end is not before the last byte that it used.
      const area = areas.find(({ ccw: { count }, from }) => taken <= from + count);
      if (area !== undefined && taken < moved) {
        at = area.at;
        current = area.ccw;
        this.count = area.from + area.ccw.count - taken;
      }
    }
    if (check === 0 && this.wrongLength(current, more)) check = 0x40;
    return { status: answer.ending ?? NORMAL, check, at, last: current };
  }

  /** Where byte `offset` of a CCW's area is. */
  place(at: number, ccw: Ccw, offset: number): number {
    const fail = new Check(PROGRAM_CHECK, at);
    let address = ccw.address + offset;
    if ((ccw.flags & CcwFlag.indirectDataAddress) === 0) {
      if (address >= this.addressLimit) throw fail;
    } else {
      const { length, block } = idawKind(this.control);
      if (ccw.address % length !== 0) throw fail;
      const start = this.idaw(ccw.address, 0, fail);
      const room = block - (start % block);
      if (offset < room) address = start + offset;
      else {
        const index = 1 + Math.floor((offset - room) / block);
        const next = this.idaw(ccw.address, index, fail);
        if (next % block !== 0) throw fail;
        address = next + ((offset - room) % block);
      }
    }
    if (address >= this.memory.length) throw fail;
    return address;
  }

  idaw(list: number, index: number, fail: Check): number {
    return (this.list[index] ??= this.fetchIdaw(list + index * idawKind(this.control).length, fail));
  }

  fetchIdaw(at: number, fail: Check): number {
    const { length } = idawKind(this.control);
    if (at + length > Math.min(this.memory.length, this.addressLimit)) throw fail;
    if (length === 8) return this.view.getUint32(at) * 2 ** 32 + this.view.getUint32(at + 4);
    const word = this.view.getUint32(at);
    if (word >= 2 ** 31) throw fail;
    return word;
  }

  /** 1.5 */
  wrongLength(ccw: Ccw, more: boolean): boolean {
    if ((ccw.flags & CcwFlag.chainData) !== 0) return this.count > 0;
    if ((ccw.flags & CcwFlag.suppressLengthIndication) !== 0) return false;
    return this.count > 0 || more;
  }

  /** 1.5, immediate operations */
  immediateLength(ccw: Ccw): boolean {
    if (ccw.count === 0) return false;
    if ((ccw.flags & CcwFlag.chainData) !== 0) return true;
    if (this.format === 0) return false;
    if ((this.control & OrbBit.incorrectLengthSuppression) !== 0) return false;
    return (ccw.flags & CcwFlag.suppressLengthIndication) === 0;
  }

  note(ccw: Ccw, chained: boolean, received: number[]): void {
    this.commands.push(`${ccw.command.toString(16)}${chained ? ' chained' : ''} ${received.join(',')}`.trim());
  }

  ended(deviceStatus: number, thrown: unknown): Outcome {
    if (!(thrown instanceof Check)) throw thrown;
    return this.status(thrown.at, deviceStatus, thrown.status);
  }

  /** 1.8 */
  status(at: number, deviceStatus: number, check: number): Outcome {
    let conditions = ScswBit.startFunction | ScswBit.primaryStatus | ScswBit.secondaryStatus | ScswBit.statusPending;
    if ((deviceStatus & ~NORMAL) !== 0 || check !== 0) conditions |= ScswBit.alertStatus;
    if (this.pci) conditions |= ScswBit.intermediateStatus;
    return {
      conditions,
      ccwAddress: (at + 8) % 2 ** 31,
      deviceStatus,
      subchannelStatus: check | (this.pci ? 0x80 : 0),
      count: this.count,
      commands: this.commands,
    };
  }
}
