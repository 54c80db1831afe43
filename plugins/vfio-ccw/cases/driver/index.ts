/** Cases about the driver's work: translation, state machine, relay of interruptions, and both of them under attack. */
import type { CaseDefinition } from 'ccwspec/plugin';
import { addressCases } from './address.js';
import { adversaryCases } from './adversary.js';
import { asyncCases } from './async.js';
import { chainCases } from './chains.js';
import { dataCases } from './data.js';
import { faultCases } from './faults.js';
import { fetchCases } from './fetch.js';
import { format0Cases } from './format-0.js';
import { idalCases } from './idal.js';
import { hostListCases } from './idal-host.js';
import { interleavingCases } from './interleaving.js';
import { limitCases } from './limits.js';
import { lifecycleFaultCases } from './lifecycle-faults.js';
import { orbCases } from './orb.js';
import { leakCases } from './leaks.js';
import { raceCases } from './races.js';
import { relayCases } from './relay.js';
import { statusCases } from './relay-status.js';
import { skipCases } from './skip.js';
import { stateMachineCases } from './state-machine.js';
import { suspensionCases } from './suspension.js';
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
  ...hostListCases,
  ...orbCases,
  ...addressCases,
  ...relayCases,
  ...statusCases,
  ...stateMachineCases,
  ...suspensionCases,
  ...asyncCases,
  ...leakCases,
  ...interleavingCases,
  ...raceCases,
  ...adversaryCases,
  ...faultCases,
  ...lifecycleFaultCases,
];
