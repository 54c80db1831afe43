import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findProgram, type RunningProcess, startProcess } from '../../../../src/harness/process/index.js';
import { openTn3270Agent } from '../../../../src/harness/targets/agent/index.js';
import { connectSocket } from '../../../../src/harness/targets/agent/streams/socket.js';
import { Tn3270 } from '../../../../src/harness/targets/agent/tn3270/index.js';

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Connects a terminal, and waits until Hercules has put something on its screen. */
async function terminalAt(port: number): Promise<Tn3270> {
  const socket = await connectSocket({ host: '127.0.0.1', port }, 'Hercules', {});
  const terminal = new Tn3270(socket);
  terminal.resume();
  while (terminal.screen === '') await once(socket, 'data');
  return terminal;
}

describe('the 3270 terminal at a real Hercules', function () {
  this.timeout(60_000);
  let folder: string;
  let hercules: RunningProcess;
  let port: number;

  before(async function () {
    if (findProgram('hercules') === undefined) {
      console.log('      left out: there is no hercules');
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), 'ccwspec-test-'));
    port = await freePort();
    const configuration = ['ARCHMODE z/Arch', 'MAINSIZE 2', 'NUMCPU 1', `CNSLPORT ${port}`, '0700 3270', ''];
    writeFileSync(join(folder, 'hercules.cnf'), configuration.join('\n'));
    hercules = await startProcess('hercules', ['-d', '-f', 'hercules.cnf'], { cwd: folder });
  });

  after(async () => {
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- not there if the tests were left out
    if (hercules === undefined) return;
    hercules.stop();
    await hercules.ended;
    rmSync(folder, { recursive: true });
  });

  it('is taken for a 3270, and a second one is told why not', async () => {
    const terminal = await terminalAt(port);
    assert.match(terminal.screen, /^Hercules Version$/m);
    const second = await terminalAt(port);
    assert.match(second.screen, /Connection rejected, no available 3270 device/);
    second.destroy();
    terminal.destroy();
    await once(terminal, 'close');
  });

  it('is not greeted by anybody while no guest runs', async () => {
    await assert.rejects(
      openTn3270Agent(port, { helloTimeoutMs: 50 }),
      /E-AGENT-(TIMEOUT: .* hello within 50 ms|GONE: .*Connection rejected)/s,
    );
  });
});
