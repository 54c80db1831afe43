import assert from 'node:assert/strict';

import type { HostSystem } from '../../../../src/harness/targets/host/connection.js';
import { LostMemory } from '../../../../src/harness/targets/host/lost-memory.js';
import { ScriptedHost } from './scripted-system.js';

const KMEMLEAK = '/sys/kernel/debug/kmemleak';
const CLOCK = '/sys/kernel/tracing/trace_clock';
const STATISTICS = '/sys/kernel/tracing/per_cpu/cpu0/stats';

/** Jiffies when the kernel has counted `seconds`. */
const jiffies = (seconds: number): number => 2 ** 32 - 30_000 + seconds * 100;

/** An object as kmemleak lists it; 6.1 says its age as well. */
function object(address: string, seconds: number, caller: string, age = ''): string {
  return `unreferenced object 0x${address} (size 64):
  comm "ccwspec-agent", pid 29, jiffies ${jiffies(seconds)}${age}
  hex dump (first 32 bytes):
    00 00 00 00 04 48 60 80 00 00 00 00 04 0b a4 58  .....H.........X
  backtrace:
    [<(____ptrval____)>] ${caller}+0x1c6/0xac0
`;
}

/** A kernel that began to count jiffies when it had run for 3 seconds, and has run for 20 now. */
function kernel(): ScriptedHost {
  const host = new ScriptedHost();
  host.attributes.set(KMEMLEAK, '');
  host.stores.set(KMEMLEAK, () => undefined);
  host.attributes.set(CLOCK, '[local] global counter uptime perf\n');
  host.attributes.set(STATISTICS, 'entries: 0\nnow ts: 1700\ndropped events: 0\n');
  host.attributes.set('/proc/uptime', '20.00 11.00\n');
  return host;
}

async function find(host: ScriptedHost): Promise<LostMemory> {
  const found = await LostMemory.find(host.system);
  assert.ok(found !== undefined);
  return found;
}

describe('memory that a kernel has lost', () => {
  it('is not looked for on a kernel that keeps no account', async () => {
    assert.equal(await LostMemory.find(new ScriptedHost().system as HostSystem), undefined);
  });

  it('leaves the clock of the trace events as it was', async () => {
    const host = kernel();
    await find(host);
    assert.deepEqual(host.writes, [`${CLOCK}=uptime`, `${CLOCK}=local`]);
  });

  it('is told by place, with how many there are, and only from the mark on', async () => {
    const host = kernel();
    const lost = await find(host);
    host.attributes.set('/proc/uptime', '50.00 11.00\n');
    await lost.mark();
    const list = [
      object('1000', 46, 'css_probe'),
      object('2000', 48, 'ccwchain_handle_ccw', ' (age 7.000s)'),
      object('3000', 49, 'ccwchain_handle_ccw'),
      object('4000', 49, 'cp_init'),
    ];
    host.attributes.set(KMEMLEAK, list.join(''));
    const reports = await lost.reports();
    assert.deepEqual(
      reports.map((report) => report.split('\n').slice(0, 2)),
      [
        ['kmemleak: nothing refers to 2 objects from one place any more', 'unreferenced object 0x2000 (size 64):'],
        ['kmemleak: nothing refers to an object any more', 'unreferenced object 0x4000 (size 64):'],
      ],
    );
    assert.match(reports[1] ?? '', /cp_init\+0x1c6\/0xac0$/);
  });

  it('is looked for when it is old enough, by two scans', async () => {
    const host = kernel();
    const lost = await find(host);
    host.writes.length = 0;
    assert.deepEqual(await lost.reports(), []);
    assert.ok(host.waited > 5000);
    assert.deepEqual(host.writes, [`${KMEMLEAK}=scan`, `${KMEMLEAK}=scan`]);
  });

  it('is an error where the kernel refuses to look', async () => {
    const host = kernel();
    const lost = await find(host);
    host.stores.set(KMEMLEAK, () => -1);
    await assert.rejects(lost.reports(), /does not take `scan`: -1 \(EPERM\)/);
  });
});
