/** `ccwspec lab kernel list` and `prune`. */

import {
  prunable,
  removePruned,
  sizeOf,
  storedKernels,
  type StoredKernel,
} from '../harness/targets/lab/kernel/index.js';
import { tableLines } from './present/table.js';

/** A kernel in the cache. */
export interface ListedKernel extends StoredKernel {
  readonly folder: string;
  readonly bytes: number;
}

/** The kernels that were built and kept. */
export async function listKernels(): Promise<ListedKernel[]> {
  const kernels = await storedKernels();
  return Promise.all(kernels.map(async (kernel) => ({ ...kernel, bytes: await sizeOf(kernel.folder) })));
}

/** One line for each kernel. */
export function kernelLines(kernels: readonly ListedKernel[]): string[] {
  if (kernels.length === 0) return ['No kernel is built yet. `ccwspec lab kernel build` builds one.'];
  const rows = kernels.map(({ version, configuration, made, bytes, folder }) => [
    `debian:${version}`,
    configuration,
    made.slice(0, 10),
    megabytes(bytes),
    folder,
  ]);
  return tableLines(rows);
}

/** Something that was, or would be, removed. */
export interface Removed {
  readonly path: string;
  readonly why: string;
  readonly bytes: number;
}

/** Removes what is not needed any more. */
export async function pruneKernels(everything: boolean, dryRun: boolean): Promise<Removed[]> {
  const found = await prunable(everything);
  const removed = await Promise.all(found.map(async (one) => ({ ...one, bytes: await sizeOf(one.path) })));
  if (!dryRun) for (const { path } of removed) await removePruned(path);
  return removed;
}

/** What `prune` says. */
export function pruneLines(removed: readonly Removed[], dryRun: boolean): string[] {
  if (removed.length === 0) return ['There is nothing to remove.'];
  const total = removed.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows = removed.map(({ path, why, bytes }) => [megabytes(bytes), why, path]);
  return [...tableLines(rows), '', `${megabytes(total)} ${dryRun ? 'would be removed' : 'removed'}.`];
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
