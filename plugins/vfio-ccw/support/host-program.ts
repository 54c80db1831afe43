/** What the driver gave the host subchannel: the view of the capability 'host-instructions'. */

import { decodeCcw, hex, viewOf, type CaseContext, type Ccw, type HostStart } from 'ccwspec/plugin';

/** The latest START SUBCHANNEL of the host. @throws Error if there was none: the case looks too early */
export async function lastStart(context: CaseContext): Promise<HostStart> {
  const start = (await context.control('host').starts()).at(-1);
  if (start === undefined) throw new Error('the host subchannel has not been started');
  return start;
}

/** The segments of the latest program, in order of the copy. */
export async function lastSegments(context: CaseContext): Promise<HostStart['segments']> {
  return (await lastStart(context)).segments;
}

/** The CCWs of a translated segment. */
export function hostCcws({ ccws }: HostStart['segments'][number]): Ccw[] {
  const view = viewOf(ccws);
  return Array.from({ length: ccws.length / 8 }, (_, index) => decodeCcw(view, index * 8, 1));
}

/** Word `word` of the ORB that START SUBCHANNEL had. */
export function orbWord({ orb }: HostStart, word: number): number {
  return viewOf(orb).getUint32(word * 4);
}

/** Translated IDAWs without their frame: the offset of each in its 4 KiB page, in hexadecimal. */
export function pageOffsets(list: readonly bigint[] | undefined): string[] {
  return (list ?? []).map((idaw) => hex(Number(idaw & 0xfffn), 3));
}
