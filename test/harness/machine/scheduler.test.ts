import assert from 'node:assert/strict';
import { Scheduler, Task, inOrder, type SchedulingStrategy } from '../../../src/harness/machine/index.js';

describe('scheduler', () => {
  let scheduler: Scheduler;
  let ran: string[];
  const task = (name: string, ready?: () => boolean): Task => new Task(name, () => ran.push(name), ready);

  beforeEach(() => {
    scheduler = new Scheduler();
    ran = [];
  });

  it('runs posted tasks first come, first served', () => {
    for (const name of ['a', 'b', 'c']) scheduler.post(task(name));
    scheduler.drain();
    assert.deepEqual(ran, ['a', 'b', 'c']);
    assert.equal(scheduler.steps, 3);
  });

  it('queues a task once, as a work item is', () => {
    const a = task('a');
    scheduler.post(a);
    scheduler.post(a);
    scheduler.after(5, a);
    scheduler.interrupt(a);
    scheduler.drain();
    assert.deepEqual(ran, ['a']);
    scheduler.post(a);
    scheduler.drain();
    assert.deepEqual(ran, ['a', 'a']);
  });

  it('runs interruptions before other ready work, in their own order', () => {
    scheduler.post(task('work'));
    scheduler.interrupt(task('first'));
    scheduler.interrupt(task('second'));
    scheduler.drain();
    assert.deepEqual(ran, ['first', 'second', 'work']);
  });

  it('runs a task that was an interruption once in its turn when it is posted', () => {
    const a = task('a');
    scheduler.interrupt(a);
    scheduler.drain();
    scheduler.post(a);
    scheduler.interrupt(task('b'));
    scheduler.drain();
    assert.deepEqual(ran, ['a', 'b', 'a']);
  });

  it('runs timers by time, and equal times in the order of their start', () => {
    scheduler.after(20, task('late'));
    scheduler.after(10, task('early'));
    scheduler.after(20, task('late too'));
    scheduler.after(0, task('now'));
    scheduler.runTo(15);
    assert.deepEqual(ran, ['now', 'early']);
    assert.equal(scheduler.now, 15);
    scheduler.runTo(100);
    assert.deepEqual(ran, ['now', 'early', 'late', 'late too']);
    assert.equal(scheduler.now, 100);
  });

  it('takes a task out of either queue', () => {
    const soon = task('soon');
    const later = task('later');
    scheduler.post(soon);
    scheduler.after(10, later);
    assert.deepEqual(scheduler.queuedNames(), ['soon', 'later']);
    assert.equal(scheduler.cancel(soon), true);
    assert.equal(scheduler.cancel(later), true);
    assert.equal(scheduler.cancel(later), false);
    scheduler.runTo(50);
    assert.deepEqual(ran, []);
  });

  it('leaves a held task queued until it is let go', () => {
    const held = task('held');
    held.held = true;
    scheduler.post(held);
    scheduler.post(task('free'));
    scheduler.drain();
    assert.deepEqual(ran, ['free']);
    held.held = false;
    scheduler.drain();
    assert.deepEqual(ran, ['free', 'held']);
  });

  it('asks whether a task may run when its turn comes', () => {
    let free = false;
    scheduler.post(task('locked', () => free));
    scheduler.post(task('unlock'));
    assert.deepEqual(
      scheduler.runnable().map(({ name }) => name),
      ['unlock'],
    );
    scheduler.drain();
    free = true;
    scheduler.drain();
    assert.deepEqual(ran, ['unlock', 'locked']);
  });

  it('runs until a condition holds, and stops there', () => {
    scheduler.after(10, task('a'));
    scheduler.after(20, task('b'));
    assert.equal(
      scheduler.runUntil(() => ran.includes('a'), 1000),
      true,
    );
    assert.equal(scheduler.now, 10);
    assert.equal(
      scheduler.runUntil(() => ran.includes('c'), 1000),
      false,
    );
    assert.equal(scheduler.now, 1000);
  });

  it('lets a strategy choose among the runnable tasks', () => {
    const last: SchedulingStrategy = { choose: (count) => count - 1, preempt: () => -1 };
    scheduler.strategy = last;
    for (const name of ['a', 'b', 'c']) scheduler.post(task(name));
    scheduler.drain();
    assert.deepEqual(ran, ['c', 'b', 'a']);
  });

  it('pre-empts at a point where the strategy says so, and nowhere else', () => {
    scheduler.strategy = { choose: () => 0, preempt: (point) => (point === 'here' ? 0 : -1) };
    scheduler.post(
      new Task('outer', () => {
        ran.push('begin');
        scheduler.point('elsewhere');
        ran.push('middle');
        scheduler.point('here');
        ran.push('end');
      }),
    );
    scheduler.post(task('inner'));
    scheduler.drain();
    assert.deepEqual(ran, ['begin', 'middle', 'inner', 'end']);
  });

  it('tells onPoint of every point, with any strategy', () => {
    const points: string[] = [];
    scheduler.onPoint = (point) => points.push(point);
    scheduler.point('one');
    scheduler.strategy = { ...inOrder };
    scheduler.point('two');
    assert.deepEqual(points, ['one', 'two']);
  });

  it('keeps running after a task has thrown', () => {
    scheduler.post(
      new Task('broken', () => {
        throw new Error('broken');
      }),
    );
    scheduler.post(task('next'));
    assert.throws(() => scheduler.step(), /broken/);
    scheduler.drain();
    assert.deepEqual(ran, ['next']);
  });
});
