import assert from 'node:assert/strict';

import { asciiText, ebcdicText, hexDump } from '../../../src/harness/exec/hex-dump.js';

describe('hex dump', () => {
  it('shows sixteen bytes a line with both texts', () => {
    const label = Uint8Array.from([
      0xe5, 0xd6, 0xd3, 0xf1, 0xc8, 0xd9, 0xc3, 0xf0, 0xf0, 0xf1, 0x00, 0x40, 0x41, 0x42, 0x43, 0x44,
    ]);
    assert.deepEqual(hexDump(0x20000, Uint8Array.from([...label, 0xff])), [
      '00020000  e5d6d3f1 c8d9c3f0 f0f10040 41424344  |VOL1HRC001. ....| |...........@ABCD|',
      `00020010  ${'ff'.padEnd(35)}  |.| |.|`,
    ]);
  });

  it('gives every byte one letter', () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    assert.equal(ebcdicText(all).length, 256);
    assert.equal(asciiText(all).length, 256);
  });

  it('shows nothing for no bytes', () => {
    assert.deepEqual(hexDump(0, new Uint8Array(0)), []);
  });
});
