import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EckdDevice, openImage } from '../../../plugins/eckd/devices/index.js';
import { ChannelStandIn } from './channel-stand-in.js';
import {
  DataSetReader,
  PARTITIONED,
  punched,
  SEQUENTIAL,
  sequentialCards,
  unloadedPartitioned,
  VOLSER,
} from './data-sets.js';
import { needHercules, tool } from './hercules.js';

describe('eckd volumes that dasdload made', () => {
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

  /** Makes a volume from a text file, a file of card images and an unloaded partitioned data set. */
  function load(...options: readonly string[]): string {
    writeFileSync(file('text'), sequentialCards.map((text) => `${text}\n`).join(''));
    writeFileSync(file('cards'), punched(sequentialCards));
    writeFileSync(file('unloaded'), unloadedPartitioned());
    const control = [
      `${VOLSER} 3390 3`,
      `${SEQUENTIAL} TEXT ${file('text')} TRK 1 0 0 PS FB 80 800`,
      `EXCHANGE.CARDS SEQ ${file('cards')} TRK 1 0 0 PS FB 80 800`,
      `${PARTITIONED} VS ${file('unloaded')} TRK 2 0 2`,
    ];
    writeFileSync(file('control'), control.map((line) => `${line}\n`).join(''));
    tool('dasdload', ...options, file('control'), file('vol'));
    return file('vol');
  }

  /** Asserts that every record comes back through channel programs. */
  function check(path: string): void {
    const device = new EckdDevice({ volume: openImage(path, false) });
    const reader = new DataSetReader(new ChannelStandIn(device));
    reader.checkBoth();
    assert.deepEqual(reader.sequential('EXCHANGE.CARDS'), punched(sequentialCards));
    device.close();
  }

  it('are read from an uncompressed image', () => {
    check(load());
  });

  for (const options of [['-0'], ['-z']]) {
    it(`are read from a compressed image: dasdload ${options.join(' ')}`, () => {
      check(load(...options));
    });
    it(`are read from a copy: dasdcopy ${options.join(' ')}`, () => {
      tool('dasdcopy', ...options, load(), file('copy'));
      check(file('copy'));
    });
  }
});
