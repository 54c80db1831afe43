import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findProgram, runProcess } from '../../src/harness/process/index.js';
import { agentFolder, buildAgent } from '../../src/harness/targets/agent/build.js';
import { leaveOut } from '../support/leave-out.js';
import { Kind, text, u32, u64 } from './payload.js';
import { Peer } from './peer.js';

const BUILD_MS = 300_000;

/** From a fixed seed, so that every run is the same run; `make -C agent fuzz` makes a longer one. */
const FUZZ = ['1', '6000'];

describe('agent: ways and parts', () => {
  let folder = '';
  const program = (name: string): string => join(folder, 'test', name);

  before(async function () {
    this.timeout(BUILD_MS);
    const missing = ['cc', 'make'].find((name) => findProgram(name) === undefined);
    if (missing !== undefined) leaveOut(this, `there is no ${missing}`);
    folder = await mkdtemp(join(tmpdir(), 'ccwspec-agent-test-'));
    await runProcess('make', ['-C', agentFolder, '-j2', `BUILD=${folder}`, 'programs']);
  });

  after(async () => {
    if (folder !== '') await rm(folder, { recursive: true, force: true });
  });

  it('a fuzzer finds no memory error and no broken promise in the parser and the requests', async () => {
    const { output } = await runProcess(program('fuzz'), FUZZ);
    assert.equal(output, `${FUZZ[1] ?? ''} runs\n`);
  }).timeout(BUILD_MS);

  it('a port is opened again, and everything is as at first', async () => {
    const ports = join(folder, 'ports');
    await mkdir(ports);
    await runProcess(program('port-test'), [ports]);
  });

  describe('a 3270', () => {
    let peer: Peer | undefined;

    afterEach(async () => {
      await peer?.kill();
      peer = undefined;
    });

    it('carries the stream in records', async () => {
      peer = await Peer.start([program('tub-harness')]);
      const address = await peer.result(Kind.map, u64(0x10_0000));
      const bytes = Buffer.alloc(200_000, 'records of several sizes');
      assert.equal(await peer.result(Kind.poke, Buffer.concat([u64(address), bytes])), 0);
      const read = await peer.ask(Kind.peek, Buffer.concat([u64(address), u32(bytes.length)]));
      assert.ok(read.bytes.equals(bytes));
      await peer.close();
    });

    it('carries answers while requests come', async () => {
      peer = await Peer.start([program('tub-harness')]);
      const ids: number[] = [];
      for (let round = 0; round < 200; round++) ids.push(peer.post(Kind.getAttribute, text('/proc/version')));
      for (const id of ids) assert.match((await peer.answerTo(id)).bytes.toString(), /^Linux version /);
      await peer.close();
    });
  });

  it('the command line has a version, and refuses what it does not know', async () => {
    const agent = await buildAgent({ architecture: 'native' });
    const { output } = await runProcess(agent, ['--version']);
    assert.match(output, /^ccwspec-agent \d+\.\d+\.\d+, protocol 1\n$/);
    for (const args of [['--help'], ['--port'], ['--tub', 'a', 'b'], ['x']]) {
      const { ending, errors } = await runProcess(agent, args, { anyCode: true });
      assert.deepEqual([ending.code, errors.startsWith('usage: ')], [64, true], args.join(' '));
    }
    const { ending, errors } = await runProcess(agent, ['--port', '/dev/null/port'], { anyCode: true });
    assert.deepEqual([ending.code, errors], [1, 'ccwspec-agent: /dev/null/port: Not a directory\n']);
  }).timeout(BUILD_MS);
});
