/** CLEAR and CANCEL SUBCHANNEL of a guest, at every moment of an operation. */

import { defineCase, ScswBit, type CaseDefinition } from 'ccwspec/plugin';
import { CLEARED } from '../support/device.js';
import { Guest } from '../support/guest.js';
import { noOperations, programControlled, suspended } from '../support/programs.js';

const { startFunction, clearFunction } = ScswBit;

const clear: readonly CaseDefinition[] = [
  defineCase({
    id: 'halt-clear/instruction/clear-idle',
    decides:
      'CLEAR SUBCHANNEL of an idle subchannel gives condition code 0, an interruption with clear function and status pending alone, and an idle subchannel.',
    requirements: ['CH-035', 'QVF-006', 'QVF-014'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      await guest.clears();
      await guest.shows(CLEARED, 'CLEAR SUBCHANNEL');
      await guest.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/instruction/clear-during-a-command',
    decides:
      'CLEAR SUBCHANNEL while the device executes a command ends the program with clear function and status pending alone; the device sees no further command.',
    requirements: ['CH-035', 'IRQ-010'],
    needs: ['channel', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      const timing = context.control('timing');
      const before = await timing.commandsSeen();
      await timing.holdAtCommand(1);
      await guest.started(noOperations(3));
      await guest.silent('while the device holds the command');
      await guest.clears();
      await guest.shows(CLEARED, 'CLEAR SUBCHANNEL');
      await timing.release();
      context.expect.equal((await timing.commandsSeen()) - before, 1, 'commands that the device has seen');
      await guest.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/instruction/clear-with-status-pending',
    decides:
      'CLEAR SUBCHANNEL while the final status of a program is pending makes it disappear: the status that is tested after its interruption has clear function and status pending alone.',
    requirements: ['CH-036', 'QIN-012', 'QVF-014'],
    needs: ['channel'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      await guest.started(noOperations());
      await guest.interrupted('the no-operation');
      await guest.takesInterruption();
      await guest.clears();
      await guest.shows(CLEARED, 'CLEAR SUBCHANNEL');
      await guest.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/instruction/clear-with-intermediate-status-pending',
    decides:
      'CLEAR SUBCHANNEL while the status of a program-controlled interruption is pending and not tested ends with clear function and status pending alone.',
    requirements: ['CH-036', 'IRQ-008'],
    needs: ['channel', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      await context.control('timing').holdAtCommand(1);
      await guest.started(programControlled());
      await guest.interrupted('PCI');
      await guest.takesInterruption();
      await guest.clears();
      await guest.shows(CLEARED, 'CLEAR SUBCHANNEL');
      await guest.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/instruction/clear-suspended',
    decides:
      'CLEAR SUBCHANNEL of a program that is suspended without an interruption ends with clear function and status pending alone.',
    requirements: ['FSM-029', 'CH-035'],
    needs: ['channel', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      await guest.started(suspended());
      await guest.silent('while the program is suspended');
      await guest.clears();
      await guest.shows(CLEARED, 'CLEAR SUBCHANNEL');
      await guest.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/instruction/clear-overtakes-halt',
    decides:
      'CLEAR SUBCHANNEL while a halt function is pending gives condition code 0, and the one interruption that follows shows clear function alone.',
    requirements: ['QIN-012', 'IRQ-010'],
    needs: ['channel', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      const timing = context.control('timing');
      await timing.goDeaf();
      await guest.started(noOperations());
      await guest.halts();
      await guest.clears();
      await timing.release();
      await guest.shows(CLEARED, 'CLEAR SUBCHANNEL');
      await guest.runsNext();
    },
  }),
];

const cancel: readonly CaseDefinition[] = [
  defineCase({
    id: 'halt-clear/instruction/clear-after-cancel-ends-the-program-at-the-host',
    decides:
      'After CANCEL SUBCHANNEL, of which the host knows nothing, CLEAR SUBCHANNEL ends the program at the host, and the next one runs.',
    requirements: ['QVF-010', 'CH-035'],
    needs: ['channel', 'ends-suspended'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      await guest.started(suspended());
      guest.expect.outcome(await guest.channel.xsch(guest.schid), 0, 'CANCEL SUBCHANNEL');
      await guest.clears();
      await guest.shows(CLEARED, 'CLEAR SUBCHANNEL');
      await guest.runsNext();
    },
  }),
  defineCase({
    id: 'halt-clear/instruction/cancelled-program-still-presents-its-status',
    decides:
      'A program that CANCEL SUBCHANNEL took away from the guest goes on at the device, and its final status reaches the guest as if it had not been cancelled.',
    requirements: ['QVF-010', 'QVF-014'],
    needs: ['channel', 'slow-device'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.open(context);
      const timing = context.control('timing');
      const program = noOperations(2);
      await timing.holdAtCommand(1);
      await guest.started(program);
      await guest.silent('while the device holds the command');
      guest.expect.outcome(await guest.channel.xsch(guest.schid), 0, 'CANCEL SUBCHANNEL');
      await timing.release();
      await guest.shows({ functionControl: startFunction, ccwAddress: 0x1010 }, 'the program', program);
      guest.expect.equal((await guest.control()) & clearFunction, 0, 'clear function afterwards');
    },
  }),
];

const cases: readonly CaseDefinition[] = [...clear, ...cancel];

export default cases;
