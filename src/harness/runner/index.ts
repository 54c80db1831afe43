/**
 * The runner. `selection` and `plan` decide what runs; `execute` runs it in a thread (`worker-thread`) on Mocha (`worker`,
 * `case-run`, `context`, `sessions`) under a watchdog (`supervise`); `expectations` holds the assertions of `expect`; `events`
 * is what comes out, `delivery` brings it to the reports, `verdicts` counts it and gives the exit code.
 */
export * from './case.js';
export * from './events.js';
export * from './execute.js';
export * from './expect.js';
export * from './expectations.js';
export { runInProcess } from './in-process.js';
export * from './plan.js';
export * from './verdicts.js';
