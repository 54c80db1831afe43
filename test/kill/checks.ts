/** What must hold when somebody was killed in the middle of a run. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { CaseEnd, RunEvent } from '../../src/harness/runner/events.js';
import { cacheFolder } from '../../src/harness/targets/lab/index.js';
import { parseXml } from '../harness/report/xml.js';
import { processesOf } from './processes.js';
import type { Ended, KilledRun } from './run.js';
import { pause } from './victims.js';

/** Verdicts of a run in which nobody was killed, by case. */
export type Verdicts = ReadonlyMap<string, string>;

/** Milliseconds in which everything has gone when the harness has. */
const GONE_WITHIN = 5_000;

/** A draft of JUnit is written this many milliseconds after a case's end at the latest, also on a busy machine. */
const DRAFT_WITHIN = 4_000;

/** Kinds of failure of a case whose target was killed. */
const deadly: ReadonlySet<string> = new Set(['died', 'session', 'harness']);

/** What is left of a run that is over: processes, temporary files, locks and parts in the cache. */
export async function leftBehind({ temporary, pid }: KilledRun): Promise<string[]> {
  const end = performance.now() + GONE_WITHIN;
  while (performance.now() < end && (processesOf(temporary).length > 0 || readdirSync(temporary).length > 0)) {
    await pause(50);
  }
  const mine = (name: string): boolean => name.includes(`.${pid}.`) || isHeldBy(join(cacheFolder(), name), pid);
  const left = existsSync(cacheFolder()) ? cacheNames().filter(mine) : [];
  return [
    ...processesOf(temporary).map(({ pid: id, words }) => `process ${id} is left: ${words.slice(0, 4).join(' ')}`),
    ...readdirSync(temporary).map((name) => `temporary file ${name} is left`),
    ...left.map((name) => `${name} is left in the cache`),
  ];
}

/** Names in the cache, as deep as locks and parts lie. */
function cacheNames(): string[] {
  const folder = cacheFolder();
  return readdirSync(folder).flatMap((name) => {
    const below = join(folder, name);
    try {
      return readdirSync(below).map((inner) => join(name, inner));
    } catch {
      return [name];
    }
  });
}

function isHeldBy(path: string, pid: number): boolean {
  if (!path.endsWith('.lock')) return false;
  try {
    return readFileSync(path, 'utf8').startsWith(`${pid} `);
  } catch {
    return false;
  }
}

/** What was written of a run. */
export interface Record {
  readonly events: readonly RunEvent[];
  readonly ends: readonly CaseEnd[];
  readonly faults: readonly string[];
}

/** Reads the reports, and says what is wrong with them. @param killed when the harness was killed outright, by Date.now() */
export function readRecord(run: KilledRun, killed: number | undefined): Record {
  const faults: string[] = [];
  const latest = join(run.results, 'latest');
  const printed = endsIn(parsed(run.stdout, 'what was printed', killed !== undefined, faults));
  if (!existsSync(latest)) {
    if (printed.length > 0) faults.push('verdicts were printed, and there is no folder of results');
    return { events: [], ends: [], faults };
  }
  const text = readFileSync(join(latest, 'events.jsonl'), 'utf8');
  const events = parsed(text, 'events.jsonl', killed !== undefined, faults);
  const ends = endsIn(events);
  const ids = new Set(ends.map(nameOf));
  if (ids.size !== ends.length) faults.push('events.jsonl has two ends of one case');
  faults.push(...printed.filter((end) => !ids.has(nameOf(end))).map(({ id }) => `${id} was printed, and is lost`));
  faults.push(...junitFaults(join(latest, 'junit.xml'), events, killed));
  return { events, ends, faults };
}

/** Lines of JSON; only the last one of a run that was killed outright may be cut off. */
function parsed(text: string, where: string, mayBeCut: boolean, faults: string[]): RunEvent[] {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  if (last !== '' && !mayBeCut) faults.push(`${where} ends within a line`);
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as RunEvent];
    } catch {
      faults.push(`${where} has a line that is no JSON: ${line.slice(0, 80)}`);
      return [];
    }
  });
}

function junitFaults(file: string, events: readonly RunEvent[], killed: number | undefined): string[] {
  if (!existsSync(file)) return shouldBeThere(events, killed).length === 0 ? [] : ['there is no junit.xml'];
  let names: Set<string>;
  try {
    const suites = parseXml(readFileSync(file, 'utf8')).children;
    names = new Set(
      suites.flatMap(({ children, attributes }) =>
        children.map((child) => `${attributes['name'] ?? ''}/${lastPart(child.attributes['name'] ?? '')}`),
      ),
    );
  } catch (thrown) {
    return [`junit.xml cannot be read: ${String(thrown)}`];
  }
  const faults = shouldBeThere(events, killed)
    .filter((id) => !names.has(id))
    .map((id) => `${id} had ended, and is not in junit.xml`);
  const isWhole = !names.has('ccwspec/harness/the run came to its end');
  const hasEnded = events.some(({ event }) => event === 'run-end');
  if (isWhole !== hasEnded) faults.push(`junit.xml ${isWhole ? 'does not say' : 'says'} that the run did not end`);
  return faults;
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** Cases whose ends lie so far back that every report has them. */
function shouldBeThere(events: readonly RunEvent[], killed: number | undefined): string[] {
  const [start] = events;
  if (start?.event !== 'run-start') return [];
  const begun = new Map(events.flatMap((event) => (event.event === 'case-start' ? [[nameOf(event), event.at]] : [])));
  return endsIn(events)
    .filter((end) => {
      // One that never began is told when the next one begins.
      const at = begun.get(nameOf(end)) ?? Infinity;
      return killed === undefined || Date.parse(start.at) + at + end.duration < killed - DRAFT_WITHIN;
    })
    .map(({ id }) => id);
}

/** The run went on although its target was killed: at most one case is an error, the others are as they always are. */
export function goneOn({ events, ends }: Record, { code, signal }: Ended, usual: Verdicts): string[] {
  const faults: string[] = [];
  const others = ends.filter(({ id, verdict }) => verdict !== usual.get(id));
  const dead = others.filter(({ verdict, failures }) => verdict === 'error' && deadly.has(failures?.[0]?.kind ?? ''));
  for (const end of others) {
    if (dead.length === 1 && dead[0] === end) continue;
    faults.push(`${end.id} is ${end.verdict} and not ${usual.get(end.id) ?? '?'}: ${end.failures?.[0]?.text ?? ''}`);
  }
  for (const id of usual.keys()) if (!ends.some((end) => end.id === id)) faults.push(`${id} has no verdict`);
  const text = dead[0]?.failures?.find(({ kind }) => kind === 'died' || kind === 'session')?.text;
  // A guardian that is killed before it starts anything leaves no console.
  if (dead.length > 0 && (text === undefined || !/console|guardian (ended before it was ready|is gone)/.test(text))) {
    faults.push(`${dead[0]?.id ?? ''} does not show the console: ${text ?? JSON.stringify(dead[0]?.failures)}`);
  }
  if (signal !== null || code === null) faults.push(`the run ended with ${signal ?? 'nothing'}`);
  for (const event of events) if (event.event === 'problem') faults.push(`problem: ${event.text}`);
  const expected = ends.some(({ verdict }) => verdict === 'fail') ? 1 : dead.length > 0 ? 2 : undefined;
  if (expected !== undefined && code !== expected) faults.push(`exit code ${code ?? '?'}, and not ${expected}`);
  return faults;
}

/** The harness was asked to end, and did: everything selected is accounted for. */
export function endedAsAsked({ events, ends }: Record, { code, signal }: Ended, usual: Verdicts): string[] {
  const faults: string[] = [];
  // Before it listens, a signal ends it as it ends any process.
  if (
    code !== 130 &&
    signal === null &&
    !events.some((event) => event.event === 'run-end' && event.exitCode === code)
  ) {
    faults.push(`exit code ${code ?? '?'}`);
  }
  if (signal !== null && events.length > 0) faults.push(`it was ended by ${signal} in the middle of a run`);
  if (events.length === 0) return faults;
  const last = events.at(-1);
  if (last?.event !== 'run-end') faults.push('events.jsonl has no end');
  const notRun = events.filter(({ event }) => event === 'not-run').length;
  if (ends.length + notRun !== usual.size) faults.push(`${ends.length} ends and ${notRun} not run of ${usual.size}`);
  for (const { id, verdict, failures } of ends) {
    if (verdict !== usual.get(id)) faults.push(`${id} is ${verdict}: ${failures?.[0]?.text ?? ''}`);
  }
  for (const event of events) if (event.event === 'problem') faults.push(`problem: ${event.text}`);
  return faults;
}

export function endsIn(events: readonly RunEvent[]): CaseEnd[] {
  return events.filter((event): event is CaseEnd => event.event === 'case-end');
}

function nameOf({ id, attempt }: { readonly id: string; readonly attempt: number }): string {
  return `${id} ${attempt}`;
}
