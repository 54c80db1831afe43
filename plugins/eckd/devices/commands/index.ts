/** The command set of the device: one table, put together from the families of commands in this folder. */

import type { Command } from './command.js';
import { configurationCommands } from './configuration.js';
import { defineExtentCommands } from './define-extent.js';
import { locateRecordCommands } from './locate-record.js';
import { pathGroupCommands } from './path-group.js';
import { prefixCommands } from './prefix.js';
import { readCommands } from './read.js';
import { seekSearchCommands } from './seek-search.js';
import { senseReserveCommands } from './sense-reserve.js';
import { subsystemCommands } from './subsystem-function.js';
import { writeCommands } from './write.js';

export { type Command, Rule } from './command.js';

/** Every command that the device knows. */
export const commands: readonly Command[] = [
  ...configurationCommands,
  ...defineExtentCommands,
  ...locateRecordCommands,
  ...pathGroupCommands,
  ...prefixCommands,
  ...readCommands,
  ...seekSearchCommands,
  ...senseReserveCommands,
  ...subsystemCommands,
  ...writeCommands,
];

/** The commands by code; a code that is not there is an invalid command. */
export function commandTable(): readonly (Command | undefined)[] {
  const table = new Array<Command | undefined>(256).fill(undefined);
  for (const command of commands) table[command.code] = command;
  return table;
}
