import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CcwspecError, type ErrorCode } from '../../../../src/harness/errors/index.js';
import {
  openSocketAgent,
  openSshAgent,
  openStdioAgent,
  openTn3270Agent,
  sshCommand,
} from '../../../../src/harness/targets/agent/index.js';
import { FakeAgent, frameBytes, helloBytes, resultBytes } from '../../../support/fake-agent.js';

function failure(code: ErrorCode, message: RegExp, next = /./): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof CcwspecError, String(error));
    assert.equal(error.code, code, error.what);
    assert.match(error.what, message);
    assert.match(error.next, next);
    return true;
  };
}

/** A process that greets as an agent does, and then runs `then` for every further request. */
function agentScript(then: string): string[] {
  const hello = frameBytes(0x81, 1, helloBytes()).toString('hex');
  const script = `
    let requests = 0;
    process.stdin.on('data', (chunk) => {
      if (requests++ === 0) process.stdout.write(Buffer.from('${hello}', 'hex'));
      else { ${then} }
    });`;
  return [process.execPath, '-e', script];
}

describe('ways to an agent', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ccwspec-test-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  describe('standard input and output', () => {
    it('carry frames, and end the process by the end of its input', async () => {
      const answer = frameBytes(0xa0, 2, resultBytes(3)).toString('hex');
      const connection = await openStdioAgent(agentScript(`process.stdout.write(Buffer.from('${answer}', 'hex'));`));
      assert.equal(await connection.system.eventfd(), 3);
      await connection.close();
      assert.match((await connection.closed).what, /was closed on this side/);
    });

    it('let a process end that has much to say when it is left', async () => {
      const marker = join(folder, 'ended');
      const [program, option, script] = agentScript('');
      const farewell = `process.stdin.on('end', () => process.stdout.write(Buffer.alloc(4_000_000), () => {
        require('fs').writeFileSync(${JSON.stringify(marker)}, '');
      }));`;
      const connection = await openStdioAgent([program!, option!, script! + farewell]);
      await connection.close();
      assert.ok(existsSync(marker), 'it was ended before it had written all');
    });

    it('end with exit code and last words of a process that dies in the middle of a request', async () => {
      const connection = await openStdioAgent(
        agentScript(`process.stderr.write('agent: out of memory\\n', () => process.exit(3));`),
        { peer: 'the agent' },
      );
      await assert.rejects(
        connection.system.eventfd(),
        failure(
          'E-AGENT-GONE',
          /^eventfd has no answer: the agent ended.*:\n {4}agent: out of memory\n {4}it ended with exit code 3$/,
        ),
      );
    });

    it('end with the signal of a process that was killed', async () => {
      const connection = await openStdioAgent(agentScript(`process.kill(process.pid, 'SIGKILL');`));
      await assert.rejects(connection.system.eventfd(), failure('E-AGENT-GONE', /it was ended by SIGKILL$/));
    });

    it('say that there is no such program', async () => {
      await assert.rejects(openStdioAgent([join(folder, 'no-agent')]), failure('E-PROCESS-MISSING', /no-agent/));
    });

    it('say what a program printed that is not an agent', async () => {
      const command = [process.execPath, '-e', `console.log('Usage: something'); process.stdin.resume();`];
      await assert.rejects(openStdioAgent(command), failure('E-AGENT-PROTOCOL', /"Usage: something\\n" came where/));
    });

    it('move large payloads both ways', async () => {
      const script = `
        const agent = Buffer.from('${frameBytes(0x81, 1, helloBytes()).toString('hex')}', 'hex');
        let got = Buffer.alloc(0), greeted = false;
        process.stdin.on('data', (chunk) => {
          got = Buffer.concat([got, chunk]);
          while (got.length >= 16 && got.length >= 16 + got.readUInt32BE(12)) {
            const frame = got.subarray(0, 16 + got.readUInt32BE(12));
            got = got.subarray(frame.length);
            if (!greeted) { greeted = true; process.stdout.write(agent); continue; }
            const data = frame.subarray(16 + 9), answer = Buffer.alloc(24 + data.length);
            frame.copy(answer, 0, 0, 12);
            answer[3] += 0x80;
            answer.writeUInt16BE(0, 10);
            answer.writeUInt32BE(8 + data.length, 12);
            data.copy(answer, 24);
            process.stdout.write(answer);
          }
        });`;
      const connection = await openStdioAgent([process.execPath, '-e', script]);
      const structures = [1, 2, 3, 4, 5, 6].map((value) => new Uint8Array(900_000 + value).fill(value));
      const results = structures.map((structure) => connection.system.ioctl(3, 1, structure));
      assert.deepEqual(await Promise.all(results), [0, 0, 0, 0, 0, 0]);
      assert.ok(structures.every((structure, index) => structure.every((byte) => byte === index + 1)));
      await connection.close();
    });
  });

  describe('ssh', () => {
    /** A program in place of ssh that says something and ends. */
    function sshThat(said: string, code: number): string {
      const path = join(folder, `ssh-${code}-${said.length}`);
      writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "${said}" >&2\nexit ${code}\n`);
      chmodSync(path, 0o755);
      return path;
    }

    it('asks for nothing, and takes the host for a host', () => {
      const command = sshCommand('root@lpar1', 'ccwspec-agent');
      assert.equal(command[0], 'ssh');
      assert.ok(command.includes('BatchMode=yes') && command.includes('ConnectTimeout=10'));
      assert.deepEqual(command.slice(-3), ['--', 'root@lpar1', 'ccwspec-agent']);
    });

    for (const host of ['-oProxyCommand=reboot', '', 'a b', 'a\nb']) {
      it(`refuses ${JSON.stringify(host)} as a host`, async () => {
        await assert.rejects(openSshAgent(host), failure('E-USAGE', /is not a host name/));
      });
    }

    const table: readonly (readonly [said: string, code: number, what: RegExp, next: RegExp])[] = [
      ['root@h: Permission denied (publickey,password).', 255, /not let in without a password \(h\)/, /ssh-copy-id h/],
      ['Host key verification failed.', 255, /does not know the host's key/, /ssh h true/],
      ['ssh: Could not resolve hostname h: Name or service not known', 255, /does not know a host/, /~\/\.ssh\/config/],
      ['ssh: connect to host h port 22: Connection refused', 255, /did not reach the host/, /runs an ssh server/],
      ['kex_exchange_identification: reset', 255, /^ssh to h failed/, /by hand/],
      ['sh: 1: ccwspec-agent: not found', 127, /there is no ccwspec-agent on h/, /scp ccwspec-agent h:/],
    ];
    for (const [said, code, what, next] of table) {
      it(`explains ${JSON.stringify(said)}`, async () => {
        await assert.rejects(
          openSshAgent('h', { ssh: sshThat(said, code) }),
          failure('E-AGENT-SSH', new RegExp(`${what.source}[^]*${said.slice(0, 8).replace(/[()]/g, '.')}`), next),
        );
      });
    }

    it('leaves the end of an agent that was reached to the agent', async () => {
      await assert.rejects(
        openSshAgent('h', { ssh: sshThat('agent: no memory', 1) }),
        failure('E-AGENT-GONE', /agent: no memory\n {4}it ended with exit code 1$/),
      );
    });
  });

  describe('a socket', () => {
    let server: Server | undefined;
    afterEach((done) => {
      if (server === undefined) done();
      else server.close(done);
      server = undefined;
    });

    /** Listens once `attempted` has been tried to be reached. */
    function listen(path: string, onSocket: (socket: Socket) => void): Promise<void> {
      server = createServer(onSocket);
      return new Promise((resolve) => server!.listen(path, resolve));
    }

    it('is tried until it accepts', async () => {
      const path = join(folder, 'later.sock');
      const opening = openSocketAgent(path);
      await listen(path, (socket) => new FakeAgent(socket, () => resultBytes(6)));
      const connection = await opening;
      assert.equal(await connection.system.eventfd(), 6);
      await connection.close();
    });

    it('is given up when its time is over', async () => {
      await assert.rejects(
        openSocketAgent(join(folder, 'never.sock'), { connectTimeoutMs: 30 }),
        failure('E-AGENT-CONNECT', /never\.sock did not accept a connection within 0\.03 s: .*ENOENT/),
      );
    });

    it('is given up when it is not wanted any more', async () => {
      const controller = new AbortController();
      const opening = openSocketAgent(join(folder, 'never.sock'), { signal: controller.signal });
      controller.abort();
      await assert.rejects(opening, failure('E-AGENT-CONNECT', /never\.sock did not accept/));
    });

    it('gives the console as the last words when the guest dies', async () => {
      const path = join(folder, 'dies.sock');
      await listen(path, (socket) => {
        new FakeAgent(socket, () => {
          socket.destroy();
          return undefined;
        });
      });
      const connection = await openSocketAgent(path, { lastWords: () => 'Kernel panic' });
      await assert.rejects(connection.system.eventfd(), failure('E-AGENT-GONE', /:\n {4}Kernel panic$/));
    });

    it('is refused at once where it cannot come', async () => {
      await assert.rejects(openSocketAgent(`/${'x'.repeat(107)}`), failure('E-AGENT-CONNECT', /too long .* 107 bytes/));
      await assert.rejects(
        openTn3270Agent(1, { connectTimeoutMs: 0 }),
        failure('E-AGENT-CONNECT', /terminal port 127\.0\.0\.1:1 did not accept.*ECONNREFUSED/),
      );
    });
  });
});
