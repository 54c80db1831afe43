/** An event stream with every verdict in it, for the tests of the reports. */

import type { CaseEnd, EventSink, RunEvent } from '../../../src/harness/runner/index.js';

const end = (index: number, name: string, more: Partial<CaseEnd>): CaseEnd => ({
  event: 'case-end',
  index,
  id: `eckd/${name}`,
  attempt: 1,
  plugin: 'eckd',
  verdict: 'pass',
  duration: 1.5,
  ...more,
});

const skipped = { category: 'capability', text: 'needs iommufd: Linux 6.1 has none' } as const;
const alsoSkipped = { category: 'touch', text: 'changes the volume, and the run allows --touch nothing' } as const;
const deviation = { reason: 'QEMU answers <otherwise>', link: 'https://example.org/1', class: 'platform' } as const;

/** Control characters, markup and the end of a CDATA section: a report must survive all of it. */
export const nastyText = 'expected <b> & "c" to be \u0001 ]]> other\nsecond line \ud800';

export const sampleEvents: readonly RunEvent[] = [
  {
    event: 'run-start',
    version: 1,
    at: '2026-11-22T10:00:00.000Z',
    tool: { version: '0.1.0', node: 'v20.20.2', host: 'linux x64' },
    target: { name: 'model', description: 'in process', versions: { driver: 'linux 6.12.117', device: '3390-1' } },
    plan: {
      hash: '0123456789abcdef',
      seed: 7,
      selected: 9,
      runnable: 6,
      repeatEach: 1,
      touch: 'volume',
      selection: ['suite default'],
      suites: ['default'],
      options: { paths: '8' },
    },
  },
  { event: 'case-start', index: 0, id: 'eckd/read/one-record', attempt: 1, at: 1 },
  { event: 'note', index: 0, id: 'eckd/read/one-record', text: 'record 1 of track 0' },
  end(0, 'read/one-record', { virtual: 2 }),
  end(1, 'read/long', {
    verdict: 'fail',
    failures: [{ kind: 'expectation', text: nastyText, stack: 'at run (case.js:1:2)' }],
    evidence: ['ssch 0'],
    guards: ['CVE-2026-80555 (74186c2968f8): Segments leaked'],
  }),
  end(2, 'read/again', { verdict: 'fail', attempt: 2, failures: [{ kind: 'hang', text: 'the case never returned' }] }),
  end(3, 'write/two', { verdict: 'error', failures: [{ kind: 'session', text: 'the lab did not boot' }] }),
  end(4, 'write/three', { verdict: 'skip', duration: 0, reasons: [skipped, alsoSkipped] }),
  end(5, 'write/four', { verdict: 'skip', duration: 0, reasons: [skipped] }),
  end(6, 'write/five', {
    verdict: 'blocked',
    duration: 0,
    reasons: [{ category: 'blocked', text: 'the device does not answer' }],
  }),
  end(7, 'seek/six', { verdict: 'deviation', deviation, failures: [{ kind: 'expectation', text: 'expected 1' }] }),
  end(8, 'seek/seven', {
    verdict: 'unexpected-pass',
    deviation,
    failures: [{ kind: 'unexpected-pass', text: 'the case passed' }],
  }),
  { event: 'not-run', index: 9, id: 'seek/eight', attempt: 1, plugin: 'eckd', reason: 'the run was interrupted' },
  { event: 'problem', text: 'E-OUTPUT: junit.xml could not be written' },
  {
    event: 'run-end',
    at: '2026-11-22T10:00:01.000Z',
    duration: 1234.5,
    counts: { pass: 1, fail: 2, 'unexpected-pass': 1, error: 1, deviation: 1, skip: 2, blocked: 1, 'not-run': 1 },
    exitCode: 1,
    why: 'Not green: 2 cases failed.',
  },
];

export function feed(sink: EventSink, events: readonly RunEvent[] = sampleEvents): void {
  for (const event of events) sink.take(event);
  sink.close?.();
}

/** A stream that keeps what is written to it. */
export class CollectingStream {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 100;

  constructor(isTTY = false) {
    this.isTTY = isTTY;
  }

  write(text: string): boolean {
    this.text += text;
    return true;
  }

  on(): this {
    return this;
  }

  get lines(): string[] {
    return this.text.split('\n');
  }
}
