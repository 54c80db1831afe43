import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { loadConfiguration, missingOptions } from '../../../../src/harness/targets/lab/kernel/configuration.js';
import { examineImage } from '../../../../src/harness/targets/lab/kernel/image.js';
import { findKernel, storedKernels } from '../../../../src/harness/targets/lab/kernel/index.js';
import { buildKernel } from '../../../../src/harness/targets/lab/kernel/make.js';
import { missingNeeds } from '../../../../src/harness/targets/lab/index.js';
import { isVersion, kernelNamed } from '../../../../src/harness/targets/lab/kernel/names.js';
import { leaveOut } from '../../../support/leave-out.js';

const progress = (): void => undefined;

describe('kernels of the lab', () => {
  let folder: string;
  const home = process.env['XDG_CACHE_HOME'];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ccwspec-kernel-'));
    process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
  });
  afterEach(() => {
    if (home === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = home;
    rmSync(folder, { recursive: true });
  });

  function file(name: string, content: string | Buffer = ''): string {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  /** As much of an s390x image as can be seen from outside. */
  function image(configuration?: string): string {
    const bytes = Buffer.alloc(0x2_0000);
    bytes.write('S390EP', 0x1_0008, 'latin1');
    bytes.write('Linux version %s (%s)\n', 0x1_2000, 'latin1');
    bytes.write('Linux version 6.12.117-test (someone@somewhere) #1\n', 0x1_4000, 'latin1');
    const parts = [bytes];
    if (configuration !== undefined)
      parts.push(Buffer.from('IKCFG_ST'), gzipSync(configuration), Buffer.from('IKCFG_ED'));
    return file('bzImage', Buffer.concat(parts));
  }

  const whole = ['VFIO_CCW', 'DEVTMPFS', 'BLK_DEV_INITRD', 'BINFMT_ELF', 'EVENTFD', 'PROC_FS', 'SYSFS'];
  const configurationOf = (names: readonly string[]): string => names.map((name) => `CONFIG_${name}=y\n`).join('');

  describe('names', () => {
    it('are Debian versions', async () => {
      assert.deepEqual(await kernelNamed('debian:6.12'), { kind: 'debian', series: '6.12', version: undefined });
      const exact = { kind: 'debian', series: '6.12', version: '6.12.117-1~deb12u1' };
      assert.deepEqual(await kernelNamed('debian:6.12.117-1~deb12u1'), exact);
      assert.deepEqual(await kernelNamed('debian:6.1.176'), { kind: 'debian', series: '6.1', version: '6.1.176' });
      for (const wrong of ['debian:', 'debian:6', 'debian:latest', 'debian:6.1/../..', 'debian:6.1.176-1 x']) {
        await assert.rejects(kernelNamed(wrong), { code: 'E-USAGE' }, wrong);
      }
    });

    it('fit exact versions and whole beginnings of them', () => {
      assert(isVersion(undefined, '6.1.176-1'));
      assert(isVersion('6.1.176', '6.1.176-1'));
      assert(isVersion('6.1.176-1', '6.1.176-1'));
      assert(!isVersion('6.1.17', '6.1.176-1'));
      assert(!isVersion('6.1.176-1', '6.1.176-10'));
    });

    it('are paths of images and of source trees', async () => {
      assert.deepEqual(await kernelNamed(file('some/bzImage')), { kind: 'image', path: join(folder, 'some/bzImage') });
      for (const name of ['Kbuild', 'Makefile', 'arch/s390/Kconfig']) file(`tree/${name}`);
      assert.deepEqual(await kernelNamed(join(folder, 'tree')), { kind: 'tree', path: join(folder, 'tree') });
      await assert.rejects(kernelNamed(join(folder, 'some')), { code: 'E-LAB-KERNEL-IMAGE' });
      await assert.rejects(kernelNamed(join(folder, 'nothing')), { code: 'E-LAB-KERNEL-IMAGE' });
    });
  });

  describe('images', () => {
    it('show their release and configuration', async () => {
      const found = await examineImage(image('CONFIG_VFIO_CCW=y\n'));
      assert.deepEqual(found, { release: '6.12.117-test', configuration: 'CONFIG_VFIO_CCW=y\n' });
      assert.equal((await examineImage(image())).configuration, undefined);
    });

    it('that are none, or for another architecture, are named for what they are', async () => {
      const x86 = Buffer.alloc(0x2_0000);
      x86.write('HdrS', 0x202, 'latin1');
      for (const [bytes, what] of [
        [x86, /a kernel image for x86/],
        [Buffer.from('\x7fELF', 'latin1'), /an ELF file/],
        [gzipSync(''), /a gzip file/],
        [Buffer.from('hello'), /no kernel image for s390x/],
        [Buffer.alloc(0), /no kernel image for s390x/],
      ] as const) {
        await assert.rejects(examineImage(file('other', bytes)), (error: Error) => what.test(error.message));
      }
    });

    it('without the driver are refused before anything boots, and named options are said', async () => {
      const lacking = image(`${configurationOf(whole.slice(1))}CONFIG_VFIO_CCW=m\n`);
      await assert.rejects(findKernel({ kernel: lacking, progress }), {
        code: 'E-LAB-KERNEL-DRIVER',
        what: `${lacking} was configured without CONFIG_VFIO_CCW=y (CONFIG_VFIO_CCW=m: the lab loads no modules)`,
      });
      const good = image(configurationOf(whole));
      const kernel = await findKernel({ kernel: good, progress });
      assert.deepEqual(kernel, { image: good, source: good, configuration: undefined, release: '6.12.117-test' });
    });

    it('show it also where they are compressed with gzip, whatever lies behind', async () => {
      const inner = Buffer.alloc(0x10_0000);
      const parts = [inner, Buffer.from('IKCFG_ST'), gzipSync('CONFIG_VFIO_CCW=m\n'), Buffer.from('IKCFG_ED')];
      const head = Buffer.alloc(0x1_1000);
      head.write('S390EP', 0x1_0008, 'latin1');
      const noKernel = gzipSync('too short for a kernel');
      const path = file(
        'packed',
        Buffer.concat([head, noKernel, gzipSync(Buffer.concat(parts)), Buffer.alloc(100, 1)]),
      );
      assert.equal((await examineImage(path)).configuration, 'CONFIG_VFIO_CCW=m\n');
      const damaged = Buffer.concat([head, Buffer.from('1f8b0800', 'hex'), Buffer.alloc(100, 1)]);
      assert.equal((await examineImage(file('damaged', damaged))).configuration, undefined);
    });

    it('that do not show their configuration may lie beside it, as in /boot', async () => {
      file('boot/config-6.1.0-50-s390x', 'CONFIG_VFIO=n\n');
      const path = file('boot/vmlinuz-6.1.0-50-s390x', Buffer.concat([Buffer.alloc(0x1_0008), Buffer.from('S390EP')]));
      await assert.rejects(findKernel({ kernel: path, progress }), { code: 'E-LAB-KERNEL-DRIVER' });
    });

    it('that do not show their configuration may lie beside it', async () => {
      const path = file('build/arch/s390/boot/bzImage');
      writeFileSync(path, Buffer.concat([Buffer.alloc(0x1_0008), Buffer.from('S390EP')]));
      file('build/.config', 'CONFIG_VFIO_CCW is not set\n');
      // The configuration is older than the image that was made with it.
      writeFileSync(path, Buffer.concat([Buffer.alloc(0x1_0008), Buffer.from('S390EP')]));
      await assert.rejects(findKernel({ kernel: path, progress }), { code: 'E-LAB-KERNEL-DRIVER' });
    });

    it('have their configuration already', async () => {
      const path = image(configurationOf(whole));
      await assert.rejects(findKernel({ kernel: path, configuration: 'debug', progress }), { code: 'E-USAGE' });
    });
  });

  describe('configurations', () => {
    it('stand on the base, and differ in name and hash', async () => {
      const [base, debug, coverage] = await Promise.all([
        loadConfiguration('base'),
        loadConfiguration('debug'),
        loadConfiguration('coverage'),
      ]);
      assert(debug.text.startsWith(base.text.trimEnd()));
      assert(debug.required.includes('CONFIG_KASAN=y'));
      assert(coverage.makeVariables.includes('GCOV_PROFILE_vfio_ccw_cp.o=y'));
      assert.equal(new Set([base.hash, debug.hash, coverage.hash]).size, 3);
      assert.doesNotMatch(base.text, /optional/);
    });

    it('notice what vanished, unless it is optional', async () => {
      const base = await loadConfiguration('base');
      assert(base.required.includes('CONFIG_VFIO_CCW=y'));
      assert(!base.required.includes('CONFIG_IOMMUFD=y'));
      const dotConfig = base.required.filter((option) => option !== 'CONFIG_DASD_ECKD=y').join('\n');
      assert.deepEqual(missingOptions(base, dotConfig), ['CONFIG_DASD_ECKD']);
    });

    it('are a closed list', async () => {
      await assert.rejects(
        findKernel({ kernel: 'debian:6.12', configuration: 'debgu', progress }),
        /did you mean debug/,
      );
    });
  });

  it('are taken from the cache, the newest of a series', async () => {
    const { hash } = await loadConfiguration('base');
    for (const version of ['6.12.9-1', '6.12.117-1~deb12u1', '6.1.176-1']) {
      const entry = {
        version,
        configuration: 'base',
        hash,
        release: version,
        source: `debian:${version}`,
        made: '',
        took: 1,
      };
      file(`cache/ccwspec/kernels/${version}-base-${hash}/kernel.json`, JSON.stringify(entry));
    }
    file(`cache/ccwspec/kernels/6.12.200-1-base-${hash}/build.log`, 'not whole');
    assert.equal((await storedKernels()).length, 3);
    assert.equal((await findKernel({ progress })).source, 'debian:6.12.117-1~deb12u1');
    assert.equal((await findKernel({ kernel: 'debian:6.1', progress })).source, 'debian:6.1.176-1');
    assert.equal((await findKernel({ kernel: 'debian:6.12.9', progress })).source, 'debian:6.12.9-1');
  });

  it('of a tree that was built in place are not tried', async () => {
    const tree = join(folder, 'tree');
    file('tree/include/config/auto.conf');
    const configuration = await loadConfiguration('base');
    await assert.rejects(
      buildKernel({ tree, objects: join(folder, 'objects'), configuration, log: join(folder, 'log'), progress }),
      (error: Error & { code?: string }) =>
        error.code === 'E-LAB-KERNEL-TREE' ? /mrproper/.test(error.message) : error.code === 'E-LAB-PACKAGE',
    );
  });

  it('of a source tree are built once for a process, and again for the next', async function () {
    const [lacking] = missingNeeds(['kernel', 'guest']);
    if (lacking !== undefined) leaveOut(this, `there is no ${lacking.debianPackage}`);
    for (const name of ['Kbuild', 'Makefile', 'arch/s390/Kconfig']) file(`tree/${name}`);
    const made = file('made');
    const lines = [
      '#!/bin/sh',
      'for word; do case $word in O=*) objects=${word#O=};; esac; done',
      '[ "$word" = bzImage ] || { : >>"$objects/.config"; exit 0; }',
      'mkdir -p "$objects/arch/s390/boot" "$objects/include/config"',
      'echo 6.12.117-tree >"$objects/include/config/kernel.release"',
      `echo bzImage >>${made}`,
    ];
    const make = file('bin/make', `${lines.join('\n')}\n`);
    chmodSync(make, 0o755);
    const path = process.env['PATH'] ?? '';
    process.env['PATH'] = `${dirname(make)}:${path}`;
    try {
      const kernel = join(folder, 'tree');
      const first = await findKernel({ kernel, progress });
      assert.deepEqual(await findKernel({ kernel, progress }), first);
      assert.equal(first.release, '6.12.117-tree');
      assert.equal(readFileSync(made, 'utf8'), 'bzImage\n');
      writeFileSync(join(dirname(first.objects ?? ''), 'built-for'), '1 2');
      await findKernel({ kernel, progress });
      assert.equal(readFileSync(made, 'utf8'), 'bzImage\nbzImage\n');
    } finally {
      process.env['PATH'] = path;
    }
  });
});
