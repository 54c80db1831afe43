/** What QEMU is started with: files in the lab's folder, and words on its command line. */

import { copyFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { commandLine } from '../guest/index.js';
import type { Parts } from '../parts.js';
import { optionWords, profile } from '../template.js';

const MEMORY = 512;
const DISK_BYTES = 0x10_0000;

/**
 * Linux sets virtio devices online by itself, in the background, and takes no notice when their subchannel gets another driver
 * meanwhile: it goes on writing where the first driver's data were. The devices under test therefore stay offline.
 */
const OFFLINE = 'virtio_ccw.no_auto=0.0.1234,0.0.1235';

/** The program, unless the user names one. */
export const DEFAULT_QEMU = 'qemu-system-s390x';

/**
 * Writes the files and gives the words.
 * @param folder the lab's
 * @param console the character device behind the guest's console, as -chardev takes it, without an id
 * @param way what the guest starts, as lab/guest/init.c reads it
 */
export async function prepareQemu(
  folder: string,
  { kernel, initramfs, options }: Omit<Parts, 'limit'>,
  console: string,
  way: string,
): Promise<string[]> {
  const place = (name: string): string => join(folder, name);
  await Promise.all([
    copyFile(kernel.image, place('kernel')),
    writeFile(place('initramfs'), initramfs),
    writeFile(place('disk'), '').then(() => truncate(place('disk'), DISK_BYTES)),
  ]);
  const text = await profile('qemu.args', {
    ACCELERATOR: 'tcg',
    CPUS: options.cpus ?? 1,
    MEMORY,
    KERNEL: place('kernel'),
    INITRAMFS: place('initramfs'),
    COMMAND_LINE: commandLine(['console=ttysclp0', 'sclp_con_drop=0', OFFLINE], way, kernel.configuration),
    CONSOLE: console,
    FOLDER: folder,
  });
  return optionWords(text);
}
