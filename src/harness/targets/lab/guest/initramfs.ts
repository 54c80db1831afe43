/** The guest's first file system: our init, the agent, and for a shell also busybox. Made without root. */

import { readFile } from 'node:fs/promises';

import { cpioArchive, FileType, type CpioEntry } from './cpio.js';

/** Programs of the guest, as paths on this machine. */
export interface GuestPrograms {
  readonly init: string;
  readonly agent: string;
  readonly busybox?: string;
}

const folders = ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp', 'root'];

/** What the guest's shell asks with. */
export const SHELL_PROMPT = 'lab# ';
const PROFILE = `export PATH=/bin HOME=/root PS1='${SHELL_PROMPT}'\n`;

/** The archive for `programs`, uncompressed: an emulated machine unpacks slower than it reads. */
export async function initramfs({ init, agent, busybox }: GuestPrograms): Promise<Buffer> {
  const entries: CpioEntry[] = folders.map((path) => ({ path, mode: FileType.folder | 0o755 }));
  entries.push({ path: 'dev/console', mode: FileType.character | 0o600, device: [5, 1] });
  entries.push(await program('init', init), await program('bin/ccwspec-agent', agent));
  if (busybox !== undefined) {
    entries.push(await program('bin/busybox', busybox), link('bin/sh', 'busybox'));
    const profile = Buffer.from(`${PROFILE}/bin/busybox --install -s /bin\n`);
    entries.push({ path: 'etc/profile', mode: FileType.file | 0o644, content: profile });
  }
  return cpioArchive(entries);
}

async function program(path: string, source: string): Promise<CpioEntry> {
  return { path, mode: FileType.file | 0o755, content: await readFile(source) };
}

function link(path: string, to: string): CpioEntry {
  return { path, mode: FileType.link | 0o777, content: Buffer.from(to) };
}
