import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '../../../src/plugins/index.js';
import {
  EckdDevice,
  FreshVolume,
  HEADS,
  openImage,
  OverlayVolume,
  writeCkdImage,
} from '../../../plugins/eckd/devices/index.js';
import { ChannelStandIn } from './channel-stand-in.js';
import {
  DataSetReader,
  memberCards,
  PARTITIONED,
  perform,
  punched,
  SEQUENTIAL,
  VOLSER,
  writeDataSets,
} from './data-sets.js';
import { HDR30_CYLINDERS, writeHdr30 } from './hdr30.js';
import { content, needHercules, runTool, tool } from './hercules.js';

const CYLINDERS = 3;

/** A volume in memory with the data sets on it. */
function written(cylinders = CYLINDERS): OverlayVolume {
  const volume = new OverlayVolume(new FreshVolume(cylinders, 'OLD001'));
  perform(new ChannelStandIn(new EckdDevice({ volume })), writeDataSets(cylinders * HEADS));
  return volume;
}

/** Writes the data sets in place on an image that dasdinit makes. */
function writeInPlace(path: string, ...options: readonly string[]): void {
  tool('dasdinit', ...options, path, '3390', 'OLD001', '20');
  const device = new EckdDevice({ volume: openImage(path, true) });
  perform(new ChannelStandIn(device), writeDataSets(20 * HEADS));
  device.close();
}

/** Asserts that the tools list both data sets of the image and print every member. */
function checkWithTools(path: string): void {
  const listing = tool('dasdls', '-info', path).trimEnd().split('\n');
  assert.equal(listing[0], `${path}: VOLSER=${VOLSER}`);
  assert.match(listing[1] ?? '', new RegExp(`^${SEQUENTIAL} +00000 PS +FB +80 +800 +0 +1 `));
  assert.match(listing[2] ?? '', new RegExp(`^${PARTITIONED} +00000 PO +FB +80 +800 +0 +2 `));
  assert.equal(listing.length, 3);
  const cat = (what: string): Buffer => {
    const { output, remarks } = runTool('dasdcat', '-i', path, `${PARTITIONED}/${what}`);
    // It ends with 1 wherever the directory has an entry that ends it, so that only what it says tells of an error.
    assert.doesNotMatch(remarks, /HHC/);
    return output;
  };
  assert.equal(cat('?').toString(), 'alpha\nbeta\n');
  for (const [name, texts] of Object.entries(memberCards)) {
    assert.deepEqual(cat(name), punched(texts));
    assert.equal(cat(`${name}:cs`).toString(), texts.map((text) => `${text}\n`).join(''));
    assert.equal(cat(`${name}:a`).toString(), texts.map((text) => text.padEnd(80)).join(''));
  }
}

describe('eckd volumes that were written here', () => {
  let folder: string;
  const file = (name: string) => join(folder, name);

  before(function () {
    needHercules(this);
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ccwspec-exchange-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('are listed by dasdls, and their members printed by dasdcat', () => {
    writeCkdImage(written(), file('vol'));
    checkWithTools(file('vol'));
  });

  for (const options of [['-lfs'], ['-0'], ['-z'], ['-bz2'], ['-z', '-linux']]) {
    it(`are listed and printed after they were written in place: dasdinit ${options.join(' ')}`, () => {
      writeInPlace(file('vol'), ...options);
      checkWithTools(file('vol'));
      if (options[0] === '-lfs') return;
      const report = tool('cckdcdsk', '-3', file('vol'));
      assert.doesNotMatch(report, /error|invalid|mismatch|repair/i);
    });
  }

  it('are known to dasdconv for what they are', () => {
    writeCkdImage(written(), file('vol'));
    const { status, remarks } = runTool('dasdconv', file('vol'), file('copy'));
    assert.equal(status, 3);
    assert.match(remarks, /is already in CKD format, use dasdcopy/);
  });

  it('are the same once dasdconv has converted them from HDR-30', function () {
    this.timeout(120_000);
    const volume = written(HDR30_CYLINDERS);
    writeHdr30(volume, file('hdr30'));
    // Of the 949 MB that dasdconv writes nearly all are zeros, which need not come to the disk.
    const convert = 'dasdconv -r -q "$1" /dev/stdout | cp --sparse=always /dev/stdin "$2"';
    const { status, remarks } = runTool('sh', '-c', convert, 'sh', file('hdr30'), file('vol'));
    assert.equal(status, 0, remarks);
    assert.match(remarks, /Converting 3390 volume EXC001: 1113 cyls, 15 trks\/cyl, 56832 bytes\/track/);
    checkWithTools(file('vol'));
    const converted = openImage(file('vol'), false);
    assert.equal(converted.cylinders, HDR30_CYLINDERS);
    for (let track = 0; track < HDR30_CYLINDERS * HEADS; track++) {
      assert.equal(content(converted, track), content(volume, track), `track ${track}`);
    }
    new DataSetReader(new ChannelStandIn(new EckdDevice({ volume: converted }))).checkBoth();
    converted.close();
    writeCkdImage(written(), file('ours'));
    const header = (name: string) => toHex(readFileSync(name).subarray(0, 512));
    assert.equal(header(file('ours')), header(file('vol')));
  });
});
