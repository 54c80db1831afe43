/** The attributes of a channel path in sysfs, with which the host's administrator varies and configures it. */

import { defineCase, hex, type CaseContext, type CaseDefinition } from 'ccwspec/plugin';
import { withPaths } from '../support/paths.js';

/** Reading and writing an attribute of a channel path. */
function attribute({ system }: CaseContext, chpid: number, name: string) {
  const path = `/sys/devices/css0/chp0.${hex(chpid, 2)}/${name}`;
  return {
    read: (): Promise<string | number> => system.readAttribute(path),
    write: (text: string): Promise<number> => system.writeAttribute(path, text),
  };
}

const cases: readonly CaseDefinition[] = [
  defineCase({
    id: 'css/paths/words-that-vary-a-path',
    decides:
      'A path is varied by writing on, off, 1 or 0 to its attribute status, in capitals and with more letters too; other words and white space alone fail with EINVAL, and a text that begins with NUL changes nothing.',
    requirements: ['PTH-024'],
    needs: ['vfio', 'lifecycle', 'path-control'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ chpid }) => {
        const { expect } = context;
        const status = attribute(context, chpid, 'status');
        for (const [text, shown] of [
          ['off', 'offline'],
          ['on', 'online'],
          ['0', 'offline'],
          ['1', 'online'],
          ['OFFLINE', 'offline'],
          ['  Once and for all', 'online'],
          ['0 1', 'offline'],
          ['\0on', 'offline'],
        ] as const) {
          expect.result(await status.write(text), text.length, `the write of ${JSON.stringify(text)}`);
          expect.equal(await status.read(), `${shown}\n`, `status after ${JSON.stringify(text)}`);
        }
        for (const text of ['2', 'of', '10', '01', 'x on', '\n', ' ']) {
          expect.result(await status.write(text), 'EINVAL', `the write of ${JSON.stringify(text)}`);
          expect.equal(await status.read(), 'offline\n', `status after ${JSON.stringify(text)}`);
        }
      }),
  }),
  defineCase({
    id: 'css/paths/numbers-that-configure-a-path',
    decides:
      'A path is configured off by writing 0 to its attribute configure and on by writing 1; whatever is not the number 0 or 1 alone fails with EINVAL.',
    requirements: ['PTH-025'],
    needs: ['vfio', 'lifecycle', 'path-control', 'path-configuration'],
    touches: 'nothing',
    run: (context) =>
      withPaths(context, async ({ chpid }) => {
        const { expect } = context;
        const configure = attribute(context, chpid, 'configure');
        for (const [text, shown] of [
          ['0', '0'],
          ['1', '1'],
          [' 00\n', '0'],
          ['01 ', '1'],
          ['-0', '0'],
        ] as const) {
          expect.result(await configure.write(text), text.length, `the write of ${JSON.stringify(text)}`);
          expect.equal(await configure.read(), `${shown}\n`, `configure after ${JSON.stringify(text)}`);
        }
        for (const text of ['2', '-1', '10', '+1', 'on', '1 1', '\n']) {
          expect.result(await configure.write(text), 'EINVAL', `the write of ${JSON.stringify(text)}`);
          expect.equal(await configure.read(), '0\n', `configure after ${JSON.stringify(text)}`);
        }
      }),
  }),
];

export default cases;
