/**
 * The device ABI: what a system call on the device gives, in any state of it.
 *
 * - lifecycle-binding, -mdev, -removal: sysfs; group, container, iommufd-binding: the ways to a device file
 * - info, irqs, regions, region-bounds, request, syscalls: the calls on it
 * - dma, iommufd-memory: the memory behind it; container-requests, iommufd-requests: how it is mapped and unmapped
 * - reset, close, unplug: how it ends
 */

import type { CaseDefinition } from 'ccwspec/plugin';
import { closeCases } from './close.js';
import { containerCases } from './container.js';
import { containerRequestCases } from './container-requests.js';
import { dataCases, fetchCases, unmapCases } from './dma.js';
import { groupCases } from './group.js';
import { infoCases } from './info.js';
import { iommufdBindingCases } from './iommufd-binding.js';
import { memoryCases } from './iommufd-memory.js';
import { iommufdRequestCases } from './iommufd-requests.js';
import { irqCases } from './irqs.js';
import { bindingCases } from './lifecycle-binding.js';
import { mdevCases } from './lifecycle-mdev.js';
import { removalCases } from './lifecycle-removal.js';
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
  ...iommufdBindingCases,
  ...memoryCases,
  ...iommufdRequestCases,
  ...fetchCases,
  ...dataCases,
  ...unmapCases,
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
