import assert from 'node:assert/strict';

import { KernelWatch } from '../../../../src/harness/targets/host/kernel-watch.js';
import type { HostConnection } from '../../../../src/harness/targets/host/index.js';
import type { HostSystem } from '../../../../src/harness/targets/host/connection.js';
import { ScriptedHost } from './scripted-system.js';

const TRACING = '/sys/kernel/tracing';
const ENABLE = `${TRACING}/events/vfio_ccw/enable`;
const MESSAGES = '/sys/kernel/debug/s390dbf/vfio_ccw_msg';

/** A host that records, and the records of its kernel log. */
function recordingHost(): { host: ScriptedHost; connection: HostConnection; log: string[] } {
  const host = new ScriptedHost();
  const { attributes, stores } = host;
  attributes.set(ENABLE, '0\n');
  attributes.set(`${TRACING}/current_tracer`, 'nop\n');
  attributes.set(`${TRACING}/set_event`, '\n');
  host.pipes.set(`${TRACING}/trace_pipe`, '  old: vfio_ccw_fsm_event: before\n');
  attributes.set(`${MESSAGES}/sprintf`, '00 01700000000:000010 2 - 00 0000 before\n');
  stores.set(`${MESSAGES}/flush`, () => {
    attributes.set(`${MESSAGES}/sprintf`, '');
    return undefined;
  });
  const log = ['6,1,1000,-;before'];
  const connection: HostConnection = {
    system: host.system,
    kernelLog: (mark) => Promise.resolve({ mark: log.length, text: log.slice(mark).join('\n') }),
    closed: new Promise(() => undefined),
    close: () => Promise.resolve(),
  };
  return { host, connection, log };
}

/** Something happens while a case runs. */
function record({ attributes, pipes }: ScriptedHost, log: string[]): void {
  pipes.set(`${TRACING}/trace_pipe`, '  agent-1 vfio_ccw_fsm_event: start\n');
  const messages = attributes.get(`${MESSAGES}/sprintf`) ?? '';
  // A debug log is a ring: what is newer may stand in front of what is older.
  attributes.set(
    `${MESSAGES}/sprintf`,
    `00 01700000001:000020 2 - 00 0000 later\n00 01700000001:000009 2 - 00 0000 now\n${messages}`,
  );
  log.push('4,2,2500000,-;WARNING: something', ' SUBSYSTEM=ccw', '6,3,2600001,c;more\\x0a\\x09and more');
}

describe('what the kernel records', () => {
  for (const exclusive of [false, true]) {
    it(`is told from the mark on, on a host that is ${exclusive ? 'ours alone' : 'shared'}`, async () => {
      const { host, connection, log } = recordingHost();
      const watch = await KernelWatch.begin(connection, exclusive);
      assert.equal(host.attributes.get(ENABLE), '1\n');
      await watch.mark();
      assert.deepEqual(await watch.evidence(), []);
      record(host, log);
      watch.used();
      const kernelLog = ['[    2.500000] WARNING: something', '[    2.600001] more', '[    2.600001] \tand more'];
      const expected = [
        { source: 'trace', lines: ['  agent-1 vfio_ccw_fsm_event: start'] },
        {
          source: 's390dbf',
          lines: [
            'vfio_ccw_msg: 00 01700000001:000009 2 - 00 0000 now',
            'vfio_ccw_msg: 00 01700000001:000020 2 - 00 0000 later',
          ],
        },
        { source: 'kernel log', lines: kernelLog },
      ];
      assert.deepEqual(await watch.evidence(), expected);
      assert.deepEqual(await watch.evidence(), expected, 'asked again');
      assert.equal(await watch.log(), kernelLog.join('\n'));
      await watch.mark();
      assert.deepEqual(await watch.evidence(), []);
      await watch.end();
      assert.equal(host.attributes.get(ENABLE), '0\n');
      assert.ok(!host.writes.includes(`${MESSAGES}/flush=-`), 'a short log is left as it is');
    });

    it(`${exclusive ? 'empties' : 'leaves'} a long debug log on a host that is ${exclusive ? 'ours alone' : 'shared'}`, async () => {
      const { host, connection, log } = recordingHost();
      const old = Array.from(
        { length: 400 },
        (_, at) => `00 01700000000:${String(at).padStart(6, '0')} 2 - 00 0000 old`,
      );
      host.attributes.set(`${MESSAGES}/sprintf`, `${old.join('\n')}\n`);
      const watch = await KernelWatch.begin(connection, exclusive);
      await watch.mark();
      assert.equal(host.writes.includes(`${MESSAGES}/flush=-`), exclusive);
      record(host, log);
      const debug = (await watch.evidence()).find(({ source }) => source === 's390dbf');
      assert.equal(debug?.lines.length, 2);
    });
  }

  const others: readonly (readonly [string, string, string])[] = [
    ['a tracer', 'current_tracer', 'function\n'],
    ['events', 'set_event', 'vfio_ccw:vfio_ccw_fsm_event\nsched:sched_switch\n'],
  ];
  for (const [what, attribute, text] of others) {
    it(`leaves ${what} of somebody else alone, unless the host is ours alone`, async () => {
      const { host, connection, log } = recordingHost();
      host.attributes.set(`${TRACING}/${attribute}`, text);
      const watch = await KernelWatch.begin(connection, false);
      await watch.mark();
      record(host, log);
      assert.deepEqual(
        (await watch.evidence()).map(({ source }) => source),
        ['s390dbf', 'kernel log'],
      );
      await watch.end();
      assert.deepEqual(host.writes, []);
      await KernelWatch.begin(connection, true);
      assert.deepEqual(host.writes, [`${ENABLE}=1`]);
    });
  }

  it('is nothing on a host that records nothing', async () => {
    const { connection } = recordingHost();
    const silent = { ...connection, system: new ScriptedHost().system as HostSystem };
    delete silent.kernelLog;
    const watch = await KernelWatch.begin(silent, false);
    await watch.mark();
    assert.deepEqual(await watch.evidence(), []);
    assert.equal(await watch.log(), '');
    await watch.end();
  });
});
