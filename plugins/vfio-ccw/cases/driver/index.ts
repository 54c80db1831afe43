/** Cases about the driver's work: translation, state machine, relay of interruptions, and both of them under attack. */
import type { CaseDefinition } from 'ccwspec/plugin';
import { chainCases } from './chains.js';
import { fetchCases } from './fetch.js';
import { format0Cases } from './format-0.js';
import { limitCases } from './limits.js';
import { ticCases } from './tic.js';

export const driverCases: readonly CaseDefinition[] = [
  ...fetchCases,
  ...format0Cases,
  ...chainCases,
  ...ticCases,
  ...limitCases,
];
