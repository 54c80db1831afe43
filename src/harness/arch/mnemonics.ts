/**
 * Names of the commands that this project's programs use: the device-independent ones (SA22-7204) and those of ECKD DASD
 * (GA32-0274, SC26-7298). Listings print them, the assembler and the builder take them.
 */

import { CcwFlag } from './ccw.js';

/** Code, mnemonic and the manual's name of every command that has a mnemonic, in order of the code. */
export const commandNames = [
  [0x01, 'write-special-ckd', 'Write Special Count, Key, and Data'],
  [0x02, 'read-ipl', 'Read Initial Program Load'],
  [0x03, 'no-operation', 'No-Operation'],
  [0x04, 'basic-sense', 'Sense'],
  [0x05, 'write-data', 'Write Data'],
  [0x06, 'read-data', 'Read Data'],
  [0x07, 'seek', 'Seek'],
  [0x08, 'tic', 'Transfer in Channel'],
  [0x09, 'write-special-home-address', 'Write Special Home Address'],
  [0x0a, 'read-special-home-address', 'Read Special Home Address'],
  [0x0b, 'seek-cylinder', 'Seek Cylinder'],
  [0x0d, 'write-key-data', 'Write Key and Data'],
  [0x0e, 'read-key-data', 'Read Key and Data'],
  [0x11, 'erase', 'Erase'],
  [0x12, 'read-count', 'Read Count'],
  [0x13, 'recalibrate', 'Recalibrate'],
  [0x14, 'unconditional-reserve', 'Unconditional Reserve'],
  [0x15, 'write-r0', 'Write Record Zero'],
  [0x16, 'read-r0', 'Read Record Zero'],
  [0x17, 'restore', 'Restore'],
  [0x19, 'write-home-address', 'Write Home Address'],
  [0x1a, 'read-home-address', 'Read Home Address'],
  [0x1b, 'seek-head', 'Seek Head'],
  [0x1d, 'write-ckd', 'Write Count, Key, and Data'],
  [0x1e, 'read-ckd', 'Read Count, Key, and Data'],
  [0x1f, 'set-file-mask', 'Set File Mask'],
  [0x22, 'read-sector', 'Read Sector'],
  [0x23, 'set-sector', 'Set Sector'],
  [0x27, 'perform-subsystem-function', 'Perform Subsystem Function'],
  [0x29, 'search-key-equal', 'Search Key Equal'],
  [0x31, 'search-id-equal', 'Search ID Equal'],
  [0x34, 'sense-path-group-id', 'Sense Path Group ID'],
  [0x39, 'search-home-address-equal', 'Search Home Address Equal'],
  [0x3e, 'read-subsystem-data', 'Read Subsystem Data'],
  [0x44, 'reset-allegiance', 'Reset Allegiance'],
  [0x47, 'locate-record', 'Locate Record'],
  [0x49, 'search-key-high', 'Search Key High'],
  [0x4b, 'locate-record-extended', 'Locate Record Extended'],
  [0x4e, 'read-message-id', 'Read Message ID'],
  [0x51, 'search-id-high', 'Search ID High'],
  [0x54, 'sense-subsystem-status', 'Sense Subsystem Status'],
  [0x5b, 'suspend-multipath-reconnection', 'Suspend Multipath Reconnection'],
  [0x5e, 'read-multiple-ckd', 'Read Multiple Count, Key, and Data'],
  [0x63, 'define-extent', 'Define Extent'],
  [0x64, 'read-device-characteristics', 'Read Device Characteristics'],
  [0x69, 'search-key-equal-or-high', 'Search Key Equal or High'],
  [0x71, 'search-id-equal-or-high', 'Search ID Equal or High'],
  [0x85, 'write-update-data', 'Write Update Data'],
  [0x86, 'read-data-mt', 'Read Data, multitrack'],
  [0x87, 'set-subsystem-mode', 'Set Subsystem Mode'],
  [0x8d, 'write-update-key-data', 'Write Update Key and Data'],
  [0x8e, 'read-key-data-mt', 'Read Key and Data, multitrack'],
  [0x92, 'read-count-mt', 'Read Count, multitrack'],
  [0x94, 'release', 'Device Release'],
  [0x95, 'write-full-track', 'Write Full Track'],
  [0x96, 'read-r0-mt', 'Read Record Zero, multitrack'],
  [0x9a, 'read-home-address-mt', 'Read Home Address, multitrack'],
  [0x9d, 'write-ckd-next-track', 'Write Count, Key, and Data Next Track'],
  [0x9e, 'read-ckd-mt', 'Read Count, Key, and Data, multitrack'],
  [0xa4, 'read-and-reset-buffered-log', 'Read and Reset Buffered Log'],
  [0xa5, 'write-track-data', 'Write Track Data'],
  [0xa6, 'read-track-data', 'Read Track Data'],
  [0xa9, 'search-key-equal-mt', 'Search Key Equal, multitrack'],
  [0xaf, 'set-path-group-id', 'Set Path Group ID'],
  [0xb1, 'search-id-equal-mt', 'Search ID Equal, multitrack'],
  [0xb4, 'reserve', 'Device Reserve'],
  [0xb9, 'search-home-address-equal-mt', 'Search Home Address Equal, multitrack'],
  [0xc4, 'diagnostic-sense', 'Diagnostic Sense/Read'],
  [0xc9, 'search-key-high-mt', 'Search Key High, multitrack'],
  [0xd1, 'search-id-high-mt', 'Search ID High, multitrack'],
  [0xde, 'read-track', 'Read Track'],
  [0xe4, 'sense-id', 'Sense ID'],
  [0xe7, 'prefix', 'Prefix'],
  [0xe9, 'search-key-equal-or-high-mt', 'Search Key Equal or High, multitrack'],
  [0xea, 'prefix-read', 'Prefix Read'],
  [0xf1, 'search-id-equal-or-high-mt', 'Search ID Equal or High, multitrack'],
  [0xf3, 'diagnostic-control', 'Diagnostic Control'],
  [0xf7, 'define-subsystem-operation', 'Define Subsystem Operation'],
  [0xf9, 'reset-summary-unit-check', 'Reset Summary Unit Check'],
  [0xfa, 'read-configuration-data', 'Read Configuration Data'],
] as const;

/** A command's name in programs: `sense-id`, `define-extent`, … */
export type Mnemonic = (typeof commandNames)[number][1];

/** A flag's name in programs. */
export type CcwFlagName = 'cd' | 'cc' | 'sli' | 'skip' | 'pci' | 'ida' | 's' | 'mida';

/** The flags by the names that programs use. */
export const ccwFlagMasks: Readonly<Record<CcwFlagName, number>> = {
  cd: CcwFlag.chainData,
  cc: CcwFlag.chainCommand,
  sli: CcwFlag.suppressLengthIndication,
  skip: CcwFlag.skip,
  pci: CcwFlag.programControlledInterruption,
  ida: CcwFlag.indirectDataAddress,
  s: CcwFlag.suspend,
  mida: CcwFlag.modifiedIndirectDataAddress,
};

const codes = new Map<string, number>(commandNames.map(([code, mnemonic]) => [mnemonic, code]));
const mnemonics = new Map<number, Mnemonic>(commandNames.map(([code, mnemonic]) => [code, mnemonic]));
const titles = new Map<number, string>(commandNames.map(([code, , title]) => [code, title]));

/** The command code of `mnemonic`, or undefined if there is no such mnemonic. */
export function commandOf(mnemonic: string): number | undefined {
  return codes.get(mnemonic);
}

/** The mnemonic of command code `command`, or undefined if it has none. */
export function mnemonicOf(command: number): Mnemonic | undefined {
  return mnemonics.get(command);
}

/** The manual's name of command code `command`, or undefined if it has no mnemonic. */
export function commandTitle(command: number): string | undefined {
  return titles.get(command);
}

/** True for the search commands: when one is satisfied, status modifier makes the channel skip the next CCW. */
export function isSearchCommand(command: number): boolean {
  return mnemonics.get(command)?.startsWith('search-') ?? false;
}

/** The flag byte that `flags` names: a number as it is, or the sum of the named flags. */
export function flagByte(flags: number | readonly CcwFlagName[]): number {
  return typeof flags === 'number' ? flags : flags.reduce((byte, name) => byte | ccwFlagMasks[name], 0);
}
