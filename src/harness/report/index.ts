/**
 * Reports, all made from the event stream: `console` (progress and summary for people), `junit`, `ktap`, `jsonl`, `log` (all
 * in words), `last-run` (what --last-failed reads), and `folder`, which puts them into results/<time>/. `text` has the words
 * that they share, `files` the writing. `comparison` sets runs on several targets side by side.
 */
export * from './comparison.js';
export * from './console.js';
export * from './folder.js';
export * from './jsonl.js';
export * from './junit.js';
export * from './ktap.js';
export * from './last-run.js';
export * from './log.js';
