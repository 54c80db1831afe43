/** The instructions by name, for cases that hold for several of them. */

import { GUEST_SCRATCH, type ChannelPort, type InstructionOutcome } from 'ccwspec/plugin';

/** An instruction that names a subchannel, with operands in GUEST_SCRATCH. */
export interface SubchannelInstruction {
  readonly name: string;
  readonly issue: (channel: ChannelPort, schid: number) => Promise<InstructionOutcome>;
}

const { orb, irb, schib } = GUEST_SCRATCH;

export const startInstruction: SubchannelInstruction = {
  name: 'START SUBCHANNEL',
  issue: (channel, schid) => channel.ssch(schid, orb),
};
export const testInstruction: SubchannelInstruction = {
  name: 'TEST SUBCHANNEL',
  issue: (channel, schid) => channel.tsch(schid, irb),
};

export const modifyInstruction: SubchannelInstruction = {
  name: 'MODIFY SUBCHANNEL',
  issue: (channel, schid) => channel.msch(schid, schib),
};

/** Those that need the subchannel to be enabled. */
export const functionInstructions: readonly SubchannelInstruction[] = [
  startInstruction,
  { name: 'HALT SUBCHANNEL', issue: (channel, schid) => channel.hsch(schid) },
  { name: 'CLEAR SUBCHANNEL', issue: (channel, schid) => channel.csch(schid) },
  { name: 'CANCEL SUBCHANNEL', issue: (channel, schid) => channel.xsch(schid) },
  { name: 'RESUME SUBCHANNEL', issue: (channel, schid) => channel.rsch(schid) },
  testInstruction,
];

/** All that name a subchannel. */
export const subchannelInstructions: readonly SubchannelInstruction[] = [
  ...functionInstructions,
  { name: 'STORE SUBCHANNEL', issue: (channel, schid) => channel.stsch(schid, schib) },
  modifyInstruction,
];
