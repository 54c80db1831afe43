/** Flags of open, as of s390x. */

export const OpenFlag = { readOnly: 0, readWrite: 2, nonblock: 0x800 } as const;

/** How a file is opened unless somebody wishes otherwise: devices for reading and writing, all else for reading only. */
export function openFlagsOf(path: string): number {
  return path.startsWith('/dev/') ? OpenFlag.readWrite : OpenFlag.readOnly;
}
