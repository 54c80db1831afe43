/** Bindings and creations in whose middle the kernel runs out of memory. */

import { defineCase, type CaseContext, type CaseDefinition } from 'ccwspec/plugin';
import { senseId, Started } from '../../support/started.js';
import { unbound, type Sysfs } from '../../support/sysfs.js';

/** More allocations than any of them makes. */
const MOST_ALLOCATIONS = 400;
/** Allocations one after the other that the kernel can do without (those of an event for user space), at most. */
const SPARED_IN_A_ROW = 20;

/** One thing that allocates, and what follows it. */
interface Attempt {
  /** in words, for failures */
  readonly name: string;
  readonly act: () => Promise<number>;
  /** takes a success back */
  readonly undo: () => Promise<number>;
  /** after a failure; true: it is enough */
  readonly failed: () => Promise<boolean>;
}

/** Attempts it again and again, each time with another allocation that fails. @returns how many failures there were */
async function failEach({ expect, control }: CaseContext, { name, act, undo, failed }: Attempt): Promise<number> {
  const faults = control('allocationFaults');
  let failures = 0;
  for (let [ordinal, spared] = [1, 0]; spared < SPARED_IN_A_ROW; ordinal++) {
    expect.isTrue(ordinal < MOST_ALLOCATIONS, `${name} comes to the end of its allocations`);
    await faults.failAllocation(ordinal);
    const result = await act();
    await faults.failAllocation(0);
    if (result < 0) {
      expect.result(result, 'ENOMEM', `${name} when allocation ${ordinal} fails`);
      [failures, spared] = [failures + 1, 0];
      if (await failed()) break;
    } else {
      expect.isTrue((await undo()) > 0, `${name} is taken back, which did without allocation ${ordinal}`);
      spared++;
    }
  }
  return failures;
}

/** The subchannel is bound anew: whatever belonged to the last binding is gone. */
async function bindAnew(sysfs: Sysfs): Promise<void> {
  if (await sysfs.isBoundTo('vfio_ccw')) await sysfs.unbind('vfio_ccw');
  await sysfs.bind('vfio_ccw');
}

/**
 * Tells whether the driver has taken a new mdev as far as its registration since it was asked last: it says so in its debug
 * feature, where that can be read. What fails behind that is VFIO's own business.
 */
function registration({ system }: CaseContext): () => Promise<boolean> {
  let seen: string | undefined;
  return async () => {
    const text = await system.readAttribute('/sys/kernel/debug/s390dbf/vfio_ccw_msg/sprintf');
    const last = typeof text === 'string' ? text.split('\n').findLast((line) => /: create$/.test(line)) : undefined;
    const isNew = last !== seen;
    seen = last;
    return isNew;
  };
}

/** What all of these cases have in common. */
const need = {
  requirements: ['LIF-065'],
  needs: ['vfio', 'lifecycle', 'allocation-faults'],
  touches: 'nothing',
  limit: 120_000,
} as const;

export const lifecycleFaultCases: readonly CaseDefinition[] = [
  defineCase({
    ...need,
    id: 'vfio-ccw/faults/every-allocation-of-a-binding',
    leaks: true,
    decides:
      'Binding the subchannel fails with ENOMEM when a kernel allocation that it needs fails, and succeeds when it is repeated.',
    run: (context) =>
      unbound(context, async (sysfs) => {
        const { expect, places } = context;
        const failures = await failEach(context, {
          name: 'the binding',
          act: () => sysfs.bind('vfio_ccw'),
          undo: () => sysfs.unbind('vfio_ccw'),
          failed: () => Promise.resolve(false),
        });
        expect.isTrue(failures > 0, 'the binding has allocations that can fail');
        expect.result(await sysfs.bind('vfio_ccw'), places.subchannel.length, 'the binding when it is repeated');
      }),
  }),
  defineCase({
    ...need,
    id: 'vfio-ccw/faults/every-allocation-of-a-creation',
    leaks: true,
    decides:
      'Creating the mdev on a subchannel that has just been bound fails with ENOMEM when a kernel allocation that it needs before it is registered fails, and succeeds when none does.',
    run: (context) =>
      unbound(context, async (sysfs) => {
        const { expect, places } = context;
        await bindAnew(sysfs);
        const registered = registration(context);
        await registered();
        const failures = await failEach(context, {
          name: 'the creation',
          act: () => sysfs.create(),
          undo: async () => {
            const result = await sysfs.remove();
            await registered();
            return result;
          },
          failed: async () => {
            await bindAnew(sysfs);
            return registered();
          },
        });
        expect.isTrue(failures > 4, `a creation allocates four regions and a program area (${failures} could fail)`);
        expect.result(await sysfs.create(), places.uuid.length, 'the creation when none fails');
        const device = await Started.open(context);
        await device.succeeds(senseId(), 0x1000);
        await device.vfio.close();
      }),
  }),
  defineCase({
    ...need,
    id: 'vfio-ccw/faults/creation-that-failed-takes-no-instance',
    decides:
      'After a creation that failed for want of memory available_instances is 1 as before, so that the next one can succeed.',
    run: (context) =>
      unbound(context, async (sysfs) => {
        const { expect } = context;
        const available = (): Promise<string | number> => sysfs.read(`${sysfs.type}/available_instances`);
        await bindAnew(sysfs);
        const registered = registration(context);
        await registered();
        try {
          await failEach(context, {
            name: 'the creation',
            act: () => sysfs.create(),
            undo: async () => {
              const result = await sysfs.remove();
              await registered();
              return result;
            },
            failed: async () => {
              expect.equal(await available(), '1', 'available_instances after a creation that failed');
              return registered();
            },
          });
        } finally {
          await bindAnew(sysfs);
        }
      }),
  }),
];
