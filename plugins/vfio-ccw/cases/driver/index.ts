/** Cases about the driver's work: translation, state machine, relay of interruptions, and both of them under attack. */
import type { CaseDefinition } from 'ccwspec/plugin';
import { addressCases } from './address.js';
import { asyncCases } from './async.js';
import { chainCases } from './chains.js';
import { dataCases } from './data.js';
import { fetchCases } from './fetch.js';
import { format0Cases } from './format-0.js';
import { idalCases } from './idal.js';
import { limitCases } from './limits.js';
import { orbCases } from './orb.js';
import { relayCases } from './relay.js';
import { requestCases } from './requests.js';
import { skipCases } from './skip.js';
import { ticCases } from './tic.js';

export const driverCases: readonly CaseDefinition[] = [
  ...fetchCases,
  ...format0Cases,
  ...chainCases,
  ...ticCases,
  ...limitCases,
  ...dataCases,
  ...skipCases,
  ...idalCases,
  ...orbCases,
  ...addressCases,
  ...relayCases,
  ...requestCases,
  ...asyncCases,
];
