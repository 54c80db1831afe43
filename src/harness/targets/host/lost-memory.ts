/** Kernel memory that nothing refers to any more, as kmemleak finds it. */

import { describeResult } from '../../uapi/index.js';
import type { HostSystem } from './connection.js';

const KMEMLEAK = '/sys/kernel/debug/kmemleak';
const TRACE_CLOCK = '/sys/kernel/tracing/trace_clock';
const TRACE_STATISTICS = '/sys/kernel/tracing/per_cpu/cpu0/stats';
/** kmemleak says nothing of what is younger, in milliseconds; and a bit, for its clock is coarse */
const YOUNG = 5_500;
/** Scans until an object is told: the first one only takes its checksum. */
const SCANS = 2;
/** Milliseconds of a jiffy on s390, and of a tick of the trace clock `uptime` on every kernel. */
const JIFFY = 10;
/** Jiffies of a 64-bit kernel begin 300 seconds before they need their 33rd bit. */
const FIRST_JIFFIES = 2 ** 32 - 300_000 / JIFFY;
/** Milliseconds by which the two clocks are read apart, at most. */
const SLACK = 100;

/** An object that kmemleak lists. */
interface LostObject {
  /** milliseconds since the kernel started */
  readonly at: number;
  /** all its lines */
  readonly text: string;
  /** what is the same for all that are allocated at one place */
  readonly place: string;
}

/** Finds what is lost from a mark on. */
export class LostMemory {
  #mark = 0;

  private constructor(
    readonly system: HostSystem,
    /** milliseconds that the kernel had run before it counted jiffies */
    readonly lead: number,
  ) {}

  /**
   * Looks whether the kernel keeps account of its memory. For a moment this sets the clock of the trace events.
   * @returns undefined on a kernel that does not
   */
  static async find(system: HostSystem): Promise<LostMemory | undefined> {
    if (typeof (await system.readAttribute(KMEMLEAK)) === 'number') return undefined;
    const jiffies = await countedTime(system);
    return jiffies === undefined ? undefined : new LostMemory(system, (await uptime(system)) - jiffies);
  }

  /** From here on counts what is allocated. */
  async mark(): Promise<void> {
    this.#mark = (await uptime(this.system)) - this.lead - SLACK;
  }

  /**
   * A report for each place whose objects were allocated since the mark and are lost. Takes more than ten seconds: nothing is told before it
   * is some seconds old, and every scan looks at all memory of the kernel.
   */
  async reports(): Promise<string[]> {
    const { system } = this;
    await system.waitEventfds([], YOUNG);
    for (let scan = 0; scan < SCANS; scan++) {
      const result = await system.writeAttribute(KMEMLEAK, 'scan');
      if (result < 0) throw new Error(`${KMEMLEAK} does not take \`scan\`: ${describeResult(result)}`);
    }
    const list = await system.readAttribute(KMEMLEAK);
    if (typeof list === 'number') throw new Error(`${KMEMLEAK} cannot be read: ${describeResult(list)}`);
    return byPlace(lostObjects(list).filter(({ at }) => at >= this.#mark));
  }
}

/** Milliseconds since the kernel started. */
async function uptime(system: HostSystem): Promise<number> {
  const text = await system.readAttribute('/proc/uptime');
  return typeof text === 'number' ? NaN : parseFloat(text) * 1000;
}

/** Milliseconds that the kernel has counted as jiffies; undefined where it does not tell. */
async function countedTime(system: HostSystem): Promise<number | undefined> {
  const clocks = await system.readAttribute(TRACE_CLOCK);
  const current = typeof clocks === 'string' ? /\[(\w+)\]/.exec(clocks)?.[1] : undefined;
  if (current === undefined || (await system.writeAttribute(TRACE_CLOCK, 'uptime')) < 0) return undefined;
  const statistics = await system.readAttribute(TRACE_STATISTICS);
  await system.writeAttribute(TRACE_CLOCK, current);
  const ticks = typeof statistics === 'string' ? /^now ts: *(\d+)$/m.exec(statistics)?.[1] : undefined;
  return ticks === undefined ? undefined : Number(ticks) * JIFFY;
}

/** The objects of kmemleak's list. */
function lostObjects(list: string): LostObject[] {
  const texts = list.split(/^(?=unreferenced object )/m).filter((text) => text.startsWith('unreferenced object '));
  return texts.map((text) => {
    const jiffies = Number(/ jiffies (\d+)/.exec(text)?.[1] ?? FIRST_JIFFIES);
    const size = /\(size \d+\)/.exec(text)?.[0] ?? '';
    const trace = text.slice(Math.max(text.indexOf('  backtrace'), 0));
    return { at: (jiffies - FIRST_JIFFIES) * JIFFY, text: text.trimEnd(), place: `${size} ${trace}` };
  });
}

/** The first object of each place, and how many there are. */
function byPlace(objects: readonly LostObject[]): string[] {
  const groups = new Map<string, LostObject[]>();
  for (const object of objects) groups.set(object.place, [...(groups.get(object.place) ?? []), object]);
  return [...groups.values()].map((group) => {
    const many = group.length === 1 ? 'an object' : `${group.length} objects from one place`;
    return `kmemleak: nothing refers to ${many} any more\n${group[0]?.text ?? ''}`;
  });
}
