/** Builds the agent from its C sources, once per compiler and state of the sources. */

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { CcwspecError, messageOf } from '../../errors/index.js';
import { findProgram, requirePrograms, runProcess } from '../../process/index.js';
import { cacheFolder } from '../lab/cache.js';

/** Which agent is built. */
export interface AgentBuild {
  /** `s390x`: for the guest of a lab; `native`: for the machine that we run on */
  readonly architecture: 's390x' | 'native';
  /** true: with the address and undefined-behaviour sanitizers, for the agent's own tests; not static */
  readonly sanitized?: boolean;
}

/** The agent's sources. */
export const agentFolder = fileURLToPath(new URL('../../../../../agent/', import.meta.url));

const PROGRAM = 'ccwspec-agent';
const TIME_LIMIT = 300_000;

/** What the flags in agent/flags.rsp, which every build has, leave open. */
const staticFlags = ['-O2', '-static'];
const sanitizedFlags = ['-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

/** Debian's packages for a build, beyond that of the compiler itself. */
const packages = {
  s390x: 'gcc-s390x-linux-gnu libc6-dev-s390x-cross',
  native: 'gcc libc6-dev',
} as const;

/** The compiler for an architecture: on s390x itself, no other one is needed for it. */
export function agentCompiler({ architecture }: AgentBuild): string {
  return architecture === 'native' || process.arch === 's390x' ? 'cc' : 's390x-linux-gnu-gcc';
}

/**
 * Builds the agent in the cache folder, unless it is there.
 * @returns the path of the program
 * @throws CcwspecError E-PROCESS-MISSING naming the Debian package of the compiler; E-AGENT-BUILD if it does not compile or
 * cannot be written
 */
export async function buildAgent(build: AgentBuild): Promise<string> {
  const compiler = agentCompiler(build);
  requirePrograms([compiler]);
  const sources = (await readdir(agentFolder)).filter((name) => /\.[ch]$|^flags\.rsp$/.test(name)).sort();
  const flags = build.sanitized === true ? sanitizedFlags : staticFlags;
  const program = join(cacheFolder('agent', await keyOf(compiler, flags, sources)), PROGRAM);
  if (findProgram(program) === undefined) await compile(build, compiler, flags, sources, program);
  return program;
}

/** Changes with everything that goes into the program. */
async function keyOf(compiler: string, flags: readonly string[], sources: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  const version = await runProcess(compiler, ['--version']);
  hash.update([version.output, compiler, ...flags].join('\0'));
  for (const name of sources) hash.update(`\0${name}\0`).update(await readFile(join(agentFolder, name)));
  return `${compiler}-${hash.digest('hex').slice(0, 16)}`;
}

async function compile(
  build: AgentBuild,
  compiler: string,
  flags: readonly string[],
  sources: readonly string[],
  program: string,
): Promise<void> {
  const files = sources.filter((name) => name.endsWith('.c'));
  let part: string | undefined;
  try {
    await mkdir(dirname(dirname(program)), { recursive: true });
    part = await mkdtemp(`${dirname(program)}.part-`);
    await runProcess(compiler, ['@flags.rsp', ...flags, ...files, '-o', join(part, PROGRAM)], {
      cwd: agentFolder,
      timeLimit: TIME_LIMIT,
    });
    await mkdir(dirname(program), { recursive: true });
    // Two builds at once give the same program: which of them comes last does not matter.
    await rename(join(part, PROGRAM), program);
  } catch (thrown) {
    throw new CcwspecError(
      'E-AGENT-BUILD',
      `the agent could not be built with ${compiler}: ${firstLines(thrown)}`,
      `On Debian: apt-get install ${packages[build.architecture]}`,
      { cause: thrown },
    );
  } finally {
    if (part !== undefined) await rm(part, { recursive: true, force: true });
  }
}

/** What went wrong, without the advice that goes with it. */
function firstLines(thrown: unknown): string {
  return thrown instanceof CcwspecError ? thrown.what : messageOf(thrown);
}
