import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { partOf, withLock, writeWhole } from '../../../../src/harness/targets/lab/cache.js';
import { ConsoleLog, keptLogs, labLog } from '../../../../src/harness/targets/lab/console-log.js';
import { archiveInLines, archiveInParagraphs } from '../../../../src/harness/targets/lab/debian-packages.js';
import { installCommand, missingNeeds } from '../../../../src/harness/targets/lab/packages.js';
import { Qmp } from '../../../../src/harness/targets/lab/qemu/qmp.js';
import { fillIn, optionWords } from '../../../../src/harness/targets/lab/template.js';

describe('parts of the lab', () => {
  let folder: string;
  const before = { home: process.env['XDG_CACHE_HOME'], path: process.env['PATH'] };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ccwspec-parts-'));
    process.env['XDG_CACHE_HOME'] = folder;
  });
  afterEach(() => {
    if (before.home === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before.home;
    process.env['PATH'] = before.path;
    rmSync(folder, { recursive: true });
  });

  describe('lock', () => {
    it('lets one work at a time, and is gone afterwards', async () => {
      const path = join(folder, 'lock');
      let inside = 0;
      const work = async (): Promise<void> => {
        assert.equal(++inside, 1);
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
      };
      await Promise.all([withLock(path, work), withLock(path, work)]);
      await assert.rejects(
        withLock(path, () => Promise.reject(new Error('no'))),
        /no/,
      );
      assert(!existsSync(path));
    });

    it('is taken over from a process that is gone, or whose number is another process now', async () => {
      const path = join(folder, 'lock');
      for (const left of ['999999999 12345', `${process.pid} 1`]) {
        writeFileSync(path, left);
        assert.equal(await withLock(path, () => Promise.resolve('done')), 'done');
      }
    });
  });

  it('is made under a name of its own, whoever else makes the same', () => {
    assert.equal(new Set(Array.from({ length: 100 }, () => partOf('/cache/thing'))).size, 100);
  });

  it('writes files whole, in folders that need not be there', async () => {
    const path = join(folder, 'a', 'b');
    await writeWhole(path, 'content');
    assert.equal(readFileSync(path, 'utf8'), 'content');
  });

  describe('templates', () => {
    it('are filled in, but for their comments', () => {
      assert.equal(fillIn('# {NAME}\na {NAME} b {X}', { NAME: 'n', X: 1 }), '# {NAME}\na n b 1');
      assert.throws(() => fillIn('{OTHER}', {}), { code: 'E-INTERNAL' });
    });

    it('give an option and its value as two words, whatever the value holds', () => {
      assert.deepEqual(optionWords('# no\n\n-a b c\n-nodefaults\n'), ['-a', 'b c', '-nodefaults']);
    });
  });

  describe('console log', () => {
    it('reads what came since a mark, and what the kernel complained about', () => {
      const log = new ConsoleLog(join(folder, 'log'));
      assert.equal(log.since(log.mark()), '');
      writeFileSync(log.path, 'one\r\ntwo\n');
      const mark = log.mark();
      writeFileSync(log.path, 'Kernel panic - not syncing: x\n', { flag: 'a' });
      assert.equal(log.since(mark), 'Kernel panic - not syncing: x\n');
      assert.deepEqual(log.tail(2), ['two', 'Kernel panic - not syncing: x']);
      assert.deepEqual(log.reports(mark), ['Kernel panic - not syncing: x']);
    });

    it('is found again by its name, its beginning, or as the newest', async () => {
      await assert.rejects(labLog(), { code: 'E-USAGE' });
      const first = await ConsoleLog.create('qemu', new Date('2026-01-02T03:04:05Z'));
      const second = await ConsoleLog.create('hercules', new Date('2026-01-02T03:04:06Z'));
      for (const { path } of [first, second]) writeFileSync(path, '');
      assert.equal((await keptLogs()).length, 2);
      assert.equal((await labLog()).path, second.path);
      assert.equal((await labLog('2026-01-02T03-04-05')).path, first.path);
      await assert.rejects(labLog('2025'), { code: 'E-USAGE' });
    });
  });

  describe('Debian', () => {
    it('archive is found among the sources of apt, and others are passed over', () => {
      const lines =
        '# deb http://x/debian a main\ndeb [arch=amd64] https://other.example/apt b main\ndeb [signed-by=/k] http://mirror.example/debian bookworm main\n';
      assert.deepEqual(archiveInLines(lines), { uri: 'http://mirror.example/debian', release: 'bookworm' });
      const paragraphs =
        'Types: deb\nURIs: http://mirror.example/debian-security\nSuites: bookworm-security\n\nTypes: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\n';
      assert.deepEqual(archiveInParagraphs(paragraphs), { uri: 'http://mirror.example/debian', release: 'bookworm' });
      assert.equal(archiveInLines(''), undefined);
    });

    it('packages that are missing are named in one command', () => {
      process.env['PATH'] = folder;
      const missing = missingNeeds(['qemu', 'hercules']);
      const command = 'apt-get install --yes --no-install-recommends qemu-system-misc hercules';
      assert.equal(installCommand(missing).join(' '), command);
    });
  });

  describe('QMP', () => {
    let server: Server;
    let path: string;

    /** A monitor that answers each command with what `answers` has for it. */
    async function serve(answers: Readonly<Record<string, readonly object[]>>): Promise<void> {
      path = join(folder, 'qmp');
      server = createServer((socket: Socket) => {
        const say = (message: object): void => void socket.write(`${JSON.stringify(message)}\r\n`);
        say({ QMP: { version: { qemu: { major: 7, minor: 2, micro: 22 } } } });
        socket.setEncoding('utf8').on('data', (text: string) => {
          for (const line of text.trim().split('\n')) {
            const { execute, id } = JSON.parse(line) as { execute: string; id: number };
            if (execute === 'die') socket.destroy();
            for (const message of answers[execute] ?? [{ return: {} }]) {
              say('event' in message ? message : { ...message, id });
            }
          }
        });
      });
      await new Promise<void>((resolve) => server.listen(path, resolve));
    }

    afterEach(() => {
      server.close();
    });

    it('gives answers, errors and events to whoever waits for them', async () => {
      const deleted = { event: 'DEVICE_DELETED', data: { device: 'disk' } };
      await serve({
        device_del: [{ event: 'DEVICE_DELETED', data: { device: 'other' } }, { return: {} }, deleted],
        wrong: [{ error: { desc: 'there is no wrong' } }],
      });
      const qmp = await Qmp.connect(path, new AbortController().signal);
      assert.equal(qmp.version, '7.2.22');
      const event = qmp.event('DEVICE_DELETED', 'device', 'disk');
      await Promise.all([event, qmp.execute('device_del', { id: 'disk' })]);
      await assert.rejects(qmp.execute('wrong'), { code: 'E-LAB-MONITOR', what: 'QEMU: wrong: there is no wrong' });
      qmp.close();
    });

    it('refuses at once what can never be answered', async () => {
      await serve({ die: [] });
      const qmp = await Qmp.connect(path, new AbortController().signal);
      await assert.rejects(qmp.execute('die'), { code: 'E-LAB-MONITOR' });
      await assert.rejects(qmp.execute('query-status'), { code: 'E-LAB-MONITOR' });
      qmp.close();
    });
  });
});
