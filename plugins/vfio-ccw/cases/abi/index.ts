/** The device ABI: groups, containers, iommufd, information, regions, interrupts, lifecycle. One file a subject. */
import type { CaseDefinition } from 'ccwspec/plugin';

export const abiCases: readonly CaseDefinition[] = [];
