/** Writes cpio archives in the "newc" form that Linux unpacks as its first file system (initramfs buffer format). */

/** One entry of an archive. */
export interface CpioEntry {
  /** path without a leading slash */
  readonly path: string;
  /** type and permissions, as st_mode has them */
  readonly mode: number;
  /** content of a file, or the target of a symbolic link */
  readonly content?: Uint8Array;
  /** major and minor number of a device node */
  readonly device?: readonly [number, number];
}

/** File types of st_mode. */
export const FileType = { folder: 0o040000, file: 0o100000, link: 0o120000, character: 0o020000 } as const;

const ALIGNMENT = 4;
/** The archive ends with an entry of this name, and is filled up to a whole block. */
const LAST = 'TRAILER!!!';
const BLOCK = 512;

/** The archive. The owner is root, the times are zero: the same entries give the same bytes. */
export function cpioArchive(entries: readonly CpioEntry[]): Buffer {
  const parts = entries.flatMap((entry, index) => entryParts(entry, index + 1));
  parts.push(...entryParts({ path: LAST, mode: 0 }, 0));
  const archive = Buffer.concat(parts);
  return Buffer.concat([archive, padding(archive.length, BLOCK)]);
}

function entryParts(
  { path, mode, content = new Uint8Array(), device = [0, 0] }: CpioEntry,
  inode: number,
): Uint8Array[] {
  const name = Buffer.from(`${path}\0`, 'utf8');
  const links = 1;
  const [major, minor] = device;
  const fields = [inode, mode, 0, 0, links, 0, content.length, 0, 0, major, minor, name.length, 0];
  const head = Buffer.concat([Buffer.from(`070701${fields.map(hex).join('')}`, 'latin1'), name]);
  return [head, padding(head.length, ALIGNMENT), content, padding(content.length, ALIGNMENT)];
}

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');

function padding(length: number, alignment: number): Uint8Array {
  return new Uint8Array((alignment - (length % alignment)) % alignment);
}
