import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

import { CcwspecError } from '../../src/harness/errors/index.js';
import { findProgram } from '../../src/harness/process/index.js';
import { buildAgent } from '../../src/harness/targets/agent/build.js';

/** A compiler that writes a file where it is told to, in the place of one that takes seconds. */
const COMPILER = `#!/bin/sh
[ "$1" = --version ] && { echo "compiler $VERSION"; exit; }
echo "$@" >> "$CALLS"
[ -n "$BROKEN" ] && { echo "broken: $BROKEN" >&2; exit 1; }
while [ $# -gt 1 ]; do [ "$1" = -o ] && out=$2; shift; done
echo "#!/bin/sh" > "$out"
chmod +x "$out"
`;

describe('buildAgent', () => {
  let folder = '';
  let saved: NodeJS.ProcessEnv = {};

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ccwspec-build-test-'));
    for (const name of ['s390x-linux-gnu-gcc', 'cc']) {
      await writeFile(join(folder, name), COMPILER);
      await chmod(join(folder, name), 0o755);
    }
    saved = { ...process.env };
    process.env['PATH'] = `${folder}${delimiter}${process.env['PATH'] ?? ''}`;
    process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
    process.env['CALLS'] = join(folder, 'calls');
    process.env['VERSION'] = '1';
  });

  afterEach(async () => {
    process.env = saved;
    await rm(folder, { recursive: true, force: true });
  });

  const calls = async (): Promise<number> => (await stat(join(folder, 'calls')).catch(() => ({ size: 0 }))).size;

  it('builds once per compiler and kind, in the cache folder', async () => {
    const first = await buildAgent({ architecture: 's390x' });
    assert.ok(first.startsWith(join(folder, 'cache', 'ccwspec', 'agent')));
    const once = await calls();
    assert.ok(once > 0);
    assert.equal(await buildAgent({ architecture: 's390x' }), first);
    assert.equal(await calls(), once);

    const native = await buildAgent({ architecture: 'native' });
    const sanitized = await buildAgent({ architecture: 'native', sanitized: true });
    process.env['VERSION'] = '2';
    const newer = await buildAgent({ architecture: 's390x' });
    assert.equal(new Set([first, native, sanitized, newer]).size, 4);
  });

  it('may be asked twice at once', async () => {
    const both = await Promise.all([buildAgent({ architecture: 'native' }), buildAgent({ architecture: 'native' })]);
    assert.equal(both[0], both[1]);
    assert.deepEqual(await readdir(dirname(both[0])), ['ccwspec-agent']);
  });

  it('says what the compiler said, leaves nothing behind, and builds at the next try', async () => {
    process.env['BROKEN'] = 'stdio.h: No such file';
    await assert.rejects(buildAgent({ architecture: 's390x' }), (error) => {
      assert.ok(error instanceof CcwspecError);
      assert.equal(error.code, 'E-AGENT-BUILD');
      assert.match(error.message, /broken: stdio\.h: No such file/);
      assert.match(error.next, /libc6-dev-s390x-cross/);
      return true;
    });
    assert.deepEqual(await readdir(join(folder, 'cache', 'ccwspec', 'agent')), []);
    delete process.env['BROKEN'];
    assert.ok(findProgram(await buildAgent({ architecture: 's390x' })));
  });

  it('names the Debian package of a compiler that is not there', async () => {
    process.env['PATH'] = join(folder, 'no such folder');
    await assert.rejects(buildAgent({ architecture: 's390x' }), (error) => {
      assert.ok(error instanceof CcwspecError);
      assert.equal(error.code, 'E-PROCESS-MISSING');
      assert.match(error.next, /apt-get install gcc-s390x-linux-gnu/);
      return true;
    });
  });
});
