/** What runs in the lab's guest: `programs` compiles or fetches it, `initramfs` puts it together, `cpio` writes the archive, `command-line` tells it the way to the agent. */
export { commandLine } from './command-line.js';
export { initramfs, SHELL_PROMPT, type GuestPrograms } from './initramfs.js';
export { buildInit, fetchBusybox } from './programs.js';
