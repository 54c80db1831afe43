/** Path changes of the host as a guest sees them. */

import { defineCase, ScswBit, type CaseDefinition } from 'ccwspec/plugin';
import { Guest, LIMIT, OPERAND } from '../support/guest.js';
import { mend } from '../support/paths.js';
import { noOperations } from '../support/programs.js';

/** Takes every report, so that none is left for whoever comes next. */
async function takeAll({ channel }: Guest): Promise<void> {
  while (await channel.waitChannelReport(0)) await channel.stcrw(OPERAND);
}

const cases: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/paths/guest-sees-the-available-mask-but-the-same-chpids',
    decides:
      'STORE SUBCHANNEL follows the path-available mask of the host, and keeps the path-installed mask and the CHPIDs that the guest began with.',
    requirements: ['QVF-008', 'QVF-026', 'PTH-015'],
    needs: ['channel', 'path-control', 'path-configuration'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const paths = context.control('paths');
      const chpid = paths.chpids[0] ?? guest.expect.fail('the subchannel has no channel path');
      const before = await guest.schib();
      try {
        await paths.configure(chpid, false);
        const after = await guest.schib();
        guest.expect.equal(after.pam, before.pam & 0x7f, 'the path-available mask');
        guest.expect.equal(
          [after.pim, after.chpid],
          [before.pim, before.chpid],
          'the path-installed mask and the CHPIDs',
        );
      } finally {
        await mend(paths);
        await takeAll(guest);
      }
    },
  }),
  defineCase({
    id: 'css/paths/guest-sees-the-path-not-operational',
    decides:
      'After a program on a path that does not answer, STORE SUBCHANNEL shows the bit of the path in PNOM, and the IRB has deferred condition code 3.',
    requirements: ['QVF-008', 'QVF-014', 'PA-015'],
    needs: ['channel', 'path-control', 'path-faults'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const paths = context.control('paths');
      const chpid = paths.chpids[0] ?? guest.expect.fail('the subchannel has no channel path');
      try {
        await paths.breakPath(chpid, true);
        await guest.runs(noOperations(1, { paths: 0x80 }), {
          deferredConditionCode: 3,
          functionControl: ScswBit.startFunction,
        });
        guest.expect.equal((await guest.schib()).pnom & 0x80, 0x80, 'the bit of path 0 in PNOM');
      } finally {
        await mend(paths);
        await takeAll(guest);
      }
    },
  }),
  defineCase({
    id: 'css/paths/guest-hears-nothing-of-vary',
    decides: 'Varying a path off at the host gives the guest no report and leaves every mask of its PMCW.',
    requirements: ['PTH-003', 'QVF-008'],
    needs: ['channel', 'path-control'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const paths = context.control('paths');
      const chpid = paths.chpids[0] ?? guest.expect.fail('the subchannel has no channel path');
      const before = await guest.schib();
      try {
        await paths.vary(chpid, false);
        guest.expect.equal(await guest.channel.waitChannelReport(50), false, 'whether a channel report is pending');
        const after = await guest.schib();
        for (const mask of ['lpm', 'pnom', 'lpum', 'pim', 'pom', 'pam'] as const) {
          guest.expect.equal(after[mask], before[mask], `the ${mask.toUpperCase()}`);
        }
      } finally {
        await mend(paths);
      }
    },
  }),
  defineCase({
    id: 'css/paths/guest-without-a-path-gets-cc3',
    decides:
      'START SUBCHANNEL of a guest while no path of the subchannel is available gives condition code 3, and runs once a path is back.',
    requirements: ['QVF-003', 'FSM-009', 'CH-050'],
    needs: ['channel', 'path-control', 'path-configuration'],
    touches: 'nothing',
    run: async (context) => {
      const guest = await Guest.enabled(context);
      const paths = context.control('paths');
      try {
        for (const chpid of paths.chpids) await paths.configure(chpid, false);
        guest.expect.outcome(await guest.start(noOperations()), 3, 'START SUBCHANNEL without a path');
        await mend(paths);
        guest.expect.isTrue(await guest.channel.waitChannelReport(LIMIT), 'a channel report is pending');
        await guest.drained();
        await guest.runs(noOperations(), { subchannelStatus: 0 });
      } finally {
        await mend(paths);
        await takeAll(guest);
      }
    },
  }),
];

export default cases;
