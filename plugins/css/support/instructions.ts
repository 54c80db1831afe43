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
  { name: 'MODIFY SUBCHANNEL', issue: (channel, schid) => channel.msch(schid, schib) },
];

/** An instruction with its second operand in storage. */
export interface OperandInstruction {
  readonly name: string;
  readonly issue: (channel: ChannelPort, schid: number, address: number) => Promise<InstructionOutcome>;
}

/** Those with an operand of words, START SUBCHANNEL apart. */
export const operandInstructions: readonly OperandInstruction[] = [
  { name: 'MODIFY SUBCHANNEL', issue: (channel, schid, address) => channel.msch(schid, address) },
  { name: 'STORE SUBCHANNEL', issue: (channel, schid, address) => channel.stsch(schid, address) },
  { name: 'TEST SUBCHANNEL', issue: (channel, schid, address) => channel.tsch(schid, address) },
  { name: 'STORE CHANNEL REPORT WORD', issue: (channel, _schid, address) => channel.stcrw(address) },
  { name: 'TEST PENDING INTERRUPTION', issue: (channel, _schid, address) => channel.tpi(address) },
];
