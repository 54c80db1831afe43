import assert from 'node:assert/strict';

import { kernelReports } from '../../../../src/harness/targets/lab/kernel-reports.js';

const quiet = `[    1.138334] Freeing initrd memory: 3356K
[    1.339083] NET: Registered PF_UNIX/PF_LOCAL protocol family
[    1.458227] virtio_blk virtio0: [vda] 2048 512-byte logical blocks (1.05 MB/1.00 MiB)
[    1.539311] Write protected read-only-after-init data: 4k
[    1.560000] sclp: debug: WARNING is only a word in this line`;

const panic = `[    2.814315] sysrq: Trigger a crash
[    2.814666] Kernel panic - not syncing: sysrq triggered crash
[    2.815006] CPU: 0 UID: 0 PID: 31 Comm: sh Not tainted 6.12.117-ccwspec #1 
[    2.817633] Hardware name: QEMU 8561 QEMU (KVM/Linux)
[    2.817761] Call Trace:
[    2.818086]  [<000003ffe0125e58>] panic+0x310/0x320 
[    2.818629]  [<000003ffe0373df2>] sysrq_handle_crash+0x22/0x28 
[    2.900000] reipl: nothing to do with it`;

const warning = `[    3.100000] ------------[ cut here ]------------
[    3.100001] WARNING: CPU: 0 PID: 44 at drivers/s390/cio/vfio_ccw_drv.c:120 vfio_ccw_sch_irq+0x3a/0x58
[    3.100002] Modules linked in:
[    3.100003] CPU: 0 UID: 0 PID: 44 Comm: ccwspec-agent Not tainted 6.12.117-ccwspec #1
[    3.100004] Hardware name: QEMU 8561 QEMU (KVM/Linux)
[    3.100005] Krnl PSW : 0704c00180000000 000003ffe0125e58 (vfio_ccw_sch_irq+0x3a/0x58)
[    3.100006]            R:0 T:1 IO:1 EX:1 Key:0 M:1 W:0 P:0 AS:3 CC:0 PM:0 RI:0 EA:3
[    3.100007] Krnl GPRS: 0000000000000001 0000000000000000 0000000000000002 0000000000000003
[    3.100008]            0000000000000001 0000000000000000 0000000000000002 0000000000000003
[    3.100009] Call Trace:
[    3.100010]  [<000003ffe0125e58>] vfio_ccw_sch_irq+0x3a/0x58
[    3.100011] Last Breaking-Event-Address:
[    3.100012]  [<000003ffe0125e50>] vfio_ccw_sch_irq+0x32/0x58
[    3.100013] ---[ end trace 0000000000000000 ]---
[    3.200000] something else`;

const lockdep = `6,812,3400000,-;before
4,813,3400001,-;
4,814,3400002,-;======================================================
4,815,3400003,-;WARNING: possible circular locking dependency detected
4,816,3400004,-;6.12.117-ccwspec #1 Not tainted
4,817,3400005,-;------------------------------------------------------
4,818,3400006,-;ccwspec-agent/44 is trying to acquire lock:
4,819,3400007,-;0000000001096cb0 (&private->io_mutex){+.+.}-{3:3}, at: vfio_ccw_mdev_write+0x5a/0x1c8
4,820,3400008,-;
4,821,3400009,-;but task is already holding lock:
4,822,3400010,-;0000000001096d00 (&group->group_lock){+.+.}-{3:3}, at: vfio_group_fops_unl_ioctl+0x6a/0x5d8
4,823,3400011,-;
4,824,3400012,-;stack backtrace:
4,825,3400013,-;CPU: 0 UID: 0 PID: 44 Comm: ccwspec-agent Not tainted 6.12.117-ccwspec #1
4,826,3400014,-;Call Trace:
4,827,3400015,-; [<000003ffe0125e58>] dump_stack_lvl+0x8e/0xc8
6,828,3500000,-;ccwspec: ready`;

describe('reports in a kernel log', () => {
  it('finds none in a log without', () => {
    assert.deepEqual(kernelReports(quiet), []);
    assert.deepEqual(kernelReports(''), []);
  });

  it('finds a panic with its trace, and nothing after it', () => {
    const [report, ...others] = kernelReports(`${quiet}\n${panic}`);
    assert.deepEqual(others, []);
    assert.match(
      report ?? '',
      /^Kernel panic - not syncing: sysrq triggered crash\nCPU: 0.*sysrq_handle_crash\+0x22\/0x28$/s,
    );
  });

  it('finds a warning from its frame to the end of its trace', () => {
    const [report, ...others] = kernelReports(warning);
    assert.deepEqual(others, []);
    assert.match(report ?? '', /^-{12}\[ cut here ]-{12}\nWARNING: CPU: 0.*\n---\[ end trace 0000000000000000 ]---$/s);
  });

  it("finds lockdep's report in records of /dev/kmsg, as one", () => {
    const [report, ...others] = kernelReports(lockdep);
    assert.deepEqual(others, []);
    assert.match(
      report ?? '',
      /^={54}\nWARNING: possible circular.*already holding lock.*dump_stack_lvl\+0x8e\/0xc8$/s,
    );
  });

  it('takes everything that belongs to a report: what locks say, and frames that are not certain', () => {
    const lines = [
      'BUG: sleeping function called from invalid context at kernel/locking/mutex.c:580',
      'in_atomic(): 1, irqs_disabled(): 1, non_block: 0, pid: 24, name: kmcheck',
      'preempt_count: 1, expected: 0',
      'INFO: lockdep is turned off.',
      'irq event stamp: 16',
      'hardirqs last  enabled at (15): [<0000000000ca9908>] _raw_spin_unlock_irqrestore+0x98/0x100',
      'softirqs last disabled at (0): [<0000000000000000>] 0x0',
      'CPU: 0 PID: 24 Comm: kmcheck Not tainted 6.1.176-ccwspec #1',
      'Call Trace:',
      ' [<0000000000215934>] __might_resched+0x684/0x730 ',
      '([<0000000000c8d3fe>] __mutex_lock+0xbe/0x2a08)',
      ' [<0000000000b2492a>] cp_free+0x1fa/0x528',
    ];
    const log = [...lines, 'vfio_ccw 0.0.0000: MDEV: Unregistering'].map((line) => `[  212.343244] ${line}`);
    assert.deepEqual(kernelReports(log.join('\n')), [lines.join('\n')]);
  });

  it('finds each of several', () => {
    const found = kernelReports([panic, quiet, warning, quiet, lockdep].join('\n'));
    assert.deepEqual(
      found.map((report) => /Kernel panic|WARNING: CPU|WARNING: possible/.exec(report)?.[0]),
      ['Kernel panic', 'WARNING: CPU', 'WARNING: possible'],
    );
  });

  for (const line of [
    'BUG: KASAN: slab-use-after-free in cp_free+0x3c/0x98',
    'BUG: sleeping function called from invalid context at mm/slab.h:40',
    'UBSAN: array-index-out-of-bounds in drivers/s390/cio/vfio_ccw_cp.c:300:12',
    'kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)',
    'unreferenced object 0x0000000001096cb0 (size 64):',
    'list_del corruption. prev->next should be 0000000001, but was 0000000002.',
    'refcount_t: underflow; use-after-free.',
    'Unable to handle kernel pointer dereference in virtual kernel address space',
    'Oops: 0004 ilc:3 [#1]SMP',
    'INFO: task ccwspec-agent:44 blocked for more than 60 seconds.',
    'watchdog: BUG: soft lockup - CPU#0 stuck for 22s!',
    'rcu: INFO: rcu_sched self-detected stall on CPU',
  ]) {
    it(`takes "${line.slice(0, 40)}…" for a report`, () => {
      assert.equal(kernelReports(`${quiet}\n[    4.000000] ${line}\n${quiet}`)[0], line);
    });
  }

  it('does not take the end of a scan without leaks for a report', () => {
    assert.deepEqual(kernelReports('[ 4.0] kmemleak: 0 new suspected memory leaks (see …)'), []);
  });
});
