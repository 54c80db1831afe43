/** The driver's work: translation of channel programs, state machine, interrupt relay. One file a subject. */
import type { CaseDefinition } from 'ccwspec/plugin';

export const driverCases: readonly CaseDefinition[] = [];
