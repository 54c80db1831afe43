/** Boots a lab. */

import { buildAgent } from '../agent/build.js';
import { bootHercules } from './hercules/boot-hercules.js';
import { buildInit, initramfs } from './guest/index.js';
import { findKernel } from './kernel/index.js';
import { StoodStill } from './machine.js';
import { machineVersion } from './machine-version.js';
import { bootLimitsOf, type Lab, type LabOptions, type Platform } from './lab.js';
import { requireLabPackages } from './packages.js';
import type { Parts } from './parts.js';
import { bootQemu } from './qemu/boot-qemu.js';

const boots: Readonly<Record<Platform, (parts: Parts) => Promise<Lab>>> = { qemu: bootQemu, hercules: bootHercules };

/**
 * Boots a machine with the kernel that is wanted and an agent on it.
 * @throws CcwspecError E-LAB-PACKAGE naming the one command that brings what is missing; E-LAB-KERNEL-… ; E-LAB-BOOT with the
 * console's last lines; E-LAB-VOLUME; E-USAGE
 */
export async function bootLab(platform: Platform, options: LabOptions = {}): Promise<Lab> {
  const progress = options.progress ?? (() => undefined);
  requireLabPackages(platform, options);
  const [kernel, init, agent] = await Promise.all([
    findKernel({ kernel: options.kernel, configuration: options.kernelConfiguration, progress }),
    buildInit(),
    buildAgent({ architecture: 's390x' }),
  ]);
  const { milliseconds, attempts } = bootLimitsOf(platform, kernel.configuration);
  const parts = {
    kernel,
    initramfs: await initramfs({ init, agent }),
    limit: options.bootLimit ?? milliseconds,
    options,
  };
  for (let attempt = 1; ; attempt++) {
    try {
      return await boots[platform](parts);
    } catch (thrown) {
      if (!(thrown instanceof StoodStill) || attempt >= attempts) throw thrown;
      progress(`lab:${platform} stood still while it was booted, and is booted again: ${firstLine(thrown.what)}`);
    }
  }
}

/**
 * What a lab would be made of, for the reports, without booting it; a kernel that is not in the cache is built.
 * @throws CcwspecError as bootLab does, but for what only the machine itself can say
 */
export async function prepareLab(platform: Platform, options: LabOptions = {}): Promise<Record<string, string>> {
  const progress = options.progress ?? (() => undefined);
  requireLabPackages(platform, options);
  const [kernel, version] = await Promise.all([
    findKernel({ kernel: options.kernel, configuration: options.kernelConfiguration, progress }),
    machineVersion(platform, options),
    buildInit(),
    buildAgent({ architecture: 's390x' }),
  ]);
  return {
    driver: `vfio-ccw of Linux ${kernel.release ?? '(version unknown)'}`,
    ...(kernel.release === undefined ? {} : { kernel: kernel.release }),
    'kernel source': kernel.source,
    platform: `${platform}-${version}`,
  };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
