/**
 * The device ABI: what a system call on the device gives, in any state of it.
 *
 * - lifecycle-binding, -mdev, -removal: sysfs; group, container, iommufd-binding: the ways to a device file
 * - info, irqs, regions, region-bounds, request, syscalls: the calls on it
 * - dma, pinning, iommufd-memory, -areas: the memory behind it; container-requests, -neighbours, iommufd-requests, -container: how it is mapped and unmapped
 * - reset, close, unplug: how it ends
 */

import type { CaseDefinition } from 'ccwspec/plugin';
import { closeCases } from './close.js';
import { containerCases } from './container.js';
import { neighbourCases } from './container-neighbours.js';
import { containerRequestCases } from './container-requests.js';
import { dataCases, fetchCases, unmapCases } from './dma.js';
import { groupCases } from './group.js';
import { infoCases } from './info.js';
import { areaCases } from './iommufd-areas.js';
import { iommufdBindingCases } from './iommufd-binding.js';
import { iommufdContainerCases } from './iommufd-container.js';
import { memoryCases } from './iommufd-memory.js';
import { iommufdRequestCases } from './iommufd-requests.js';
import { irqCases } from './irqs.js';
import { bindingCases } from './lifecycle-binding.js';
import { mdevCases } from './lifecycle-mdev.js';
import { removalCases } from './lifecycle-removal.js';
import { pinningCases } from './pinning.js';
import { boundaryCases } from './region-bounds.js';
import { regionCases } from './regions.js';
import { requestCases } from './request.js';
import { resetCases } from './reset.js';
import { syscallCases } from './syscalls.js';
import { unplugCases } from './unplug.js';

export const abiCases: readonly CaseDefinition[] = [
  ...bindingCases,
  ...mdevCases,
  ...removalCases,
  ...groupCases,
  ...containerCases,
  ...containerRequestCases,
  ...neighbourCases,
  ...iommufdBindingCases,
  ...memoryCases,
  ...areaCases,
  ...iommufdRequestCases,
  ...iommufdContainerCases,
  ...fetchCases,
  ...dataCases,
  ...unmapCases,
  ...pinningCases,
  ...infoCases,
  ...irqCases,
  ...regionCases,
  ...boundaryCases,
  ...requestCases,
  ...syscallCases,
  ...resetCases,
  ...closeCases,
  ...unplugCases,
];
