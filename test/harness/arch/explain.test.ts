import assert from 'node:assert/strict';
import {
  ccwLine,
  decodeCcw,
  decodeOrb,
  decodeScsw,
  explainCcw,
  explainCrw,
  explainIdaw,
  explainIrb,
  explainOrb,
  explainSchib,
  explainScsw,
  explainSense,
  formatRows,
  fromHex,
  idawKind,
  senseMessageText,
  type ExplainedRow,
} from '../../../src/harness/arch/index.js';

const viewOf = (hex: string) => new DataView(fromHex(hex).buffer);
const text = (rows: readonly ExplainedRow[], label: string) => rows.find(([name]) => name === label)?.[1];

/** An IRB area of 96 bytes from its first words, zero behind them. */
const irb = (hex: string) => fromHex(hex.replace(/\s/g, '').padEnd(192, '0'));

describe('SCSW in words', () => {
  it('a program that ended normally: 00c04007 00010588 0c000000', () => {
    assert.deepEqual(explainScsw(decodeScsw(viewOf('00c04007000105880c000000'))), [
      ['SCSW', '00c04007 00010588 0c000000'],
      ['key', '0'],
      ['request', 'format 1, prefetch'],
      ['deferred condition code', '0'],
      ['conditions', 'none'],
      ['function control', 'start'],
      ['activity control', 'none'],
      ['status control', 'primary, secondary, status pending'],
      ['CCW address', '00010588'],
      ['device status', '0c channel end, device end'],
      ['subchannel status', '00 none'],
      ['residual count', '0'],
    ]);
  });

  it('a program check has no count that means something', () => {
    const rows = explainScsw(decodeScsw(viewOf('00c040170000241400200001')));
    assert.equal(text(rows, 'subchannel status'), '20 program check');
    assert.equal(text(rows, 'status control'), 'alert, primary, secondary, status pending');
    assert.equal(text(rows, 'residual count'), '1 (not meaningful)');
  });

  it('incorrect length leaves the count meaningful', () => {
    const rows = explainScsw(decodeScsw(viewOf('00c04017000020100c400008')));
    assert.equal(text(rows, 'subchannel status'), '40 incorrect length');
    assert.equal(text(rows, 'residual count'), '8');
  });

  it('deferred condition code 3 with path not operational: 03814411', () => {
    const rows = explainScsw(decodeScsw(viewOf('038144110000000000000000')));
    assert.match(text(rows, 'deferred condition code') ?? '', /^3: the device is not operational/);
    assert.equal(text(rows, 'conditions'), 'path not operational (N)');
    assert.equal(text(rows, 'activity control'), 'start pending');
  });

  it('every bit of word 0 has a place in some row', () => {
    const none = explainScsw(decodeScsw(new DataView(new ArrayBuffer(12)))).slice(1);
    for (let bit = 0; bit < 32; bit++) {
      const word = (1 << bit) >>> 0;
      if (word === 0x8000) continue; // reserved
      const view = new DataView(new ArrayBuffer(12));
      view.setUint32(0, word);
      assert.notDeepEqual(explainScsw(decodeScsw(view)).slice(1), none, `bit ${bit}`);
    }
  });
});

describe('IRB in words', () => {
  const commandReject = irb(
    '00c24017 00007008 0e400003 00800000 01200000 00000000 00000000 00000000' +
      '80000000 00000001 00000000 00000000 00000000 00000000 00000080 00000000',
  );

  it('concurrent sense of 32 bytes: ERW 01200000', () => {
    const rows = explainIrb(commandReject);
    assert.equal(text(rows, 'extended-report word'), '01200000 concurrent sense of 32 bytes');
    assert.equal(text(rows, 'last-path-used mask'), '80');
    assert.equal(text(rows, 'extended-status format'), '1');
    assert.equal(text(rows, 'sense byte 0'), 'command reject');
    assert.equal(text(rows, 'sense message'), 'format 0, message 1: invalid command');
    assert.equal(text(rows, 'conditions'), 'extended control (E)');
  });

  it('leaves out what is not there, and shows a leftover', () => {
    const rows = explainIrb(irb('00c04007 00001008 0c000000 00800000'));
    for (const label of ['failing-storage address', 'sense', 'extended-control word', 'extended-measurement word']) {
      assert.equal(text(rows, label), undefined, label);
    }
    const leftover = irb('00c04007 00001008 0c000000 00800000 00000000 00000000 00012000 00000000 deadbeef');
    assert.equal(text(explainIrb(leftover), 'failing-storage address'), '00000000 00012000 (not valid)');
    assert.match(text(explainIrb(leftover), 'extended-control word') ?? '', /^deadbeef .*\(not valid\)$/);
  });

  it('a format-0 logout', () => {
    const rows = explainIrb(irb('04c04017 00001008 00080000 04407e6d 02400000 00000001 00002000'));
    assert.equal(text(rows, 'extended-status format'), '0');
    assert.equal(text(rows, 'extended-status flags'), 'CCW check');
    assert.equal(
      text(rows, 'valid fields'),
      'last-path-used mask, termination code, sequence code, device status, CCW address',
    );
    assert.equal(text(rows, 'storage access'), 'write');
    assert.equal(text(rows, 'termination code'), 'stop, stack, or normal termination');
    assert.equal(text(rows, 'logout conditions'), 'device-status check, I/O-error alert');
    assert.equal(text(rows, 'sequence code'), '5');
    assert.equal(text(rows, 'failing-storage address'), '00000001 00002000');
  });

  it('needs 64 bytes', () => {
    assert.throws(() => explainIrb(new Uint8Array(63)), RangeError);
  });
});

describe('sense in words', () => {
  const bytes = (set: Record<number, number>) => Uint8Array.from({ length: 32 }, (_, index) => set[index] ?? 0);

  it('24-byte form with a track that is marked valid', () => {
    const rows = explainSense(fromHex('80000000 00ac0004 04208400 00000000 00000000 ff010f00 000000a0 0000ac00'));
    assert.equal(text(rows, 'sense form'), '24 bytes');
    assert.equal(text(rows, 'sense message'), 'format 0, message 4: invalid parameter');
    assert.equal(text(rows, 'track'), 'cylinder 172, head 0');
    assert.equal(text(rows, 'subsystem id'), 'ff01');
  });

  it('24-byte form with a track that is not marked valid, as Hercules gives it', () => {
    const rows = explainSense(bytes({ 1: 0x08, 27: 0x80, 30: 3, 31: 2 }));
    assert.equal(text(rows, 'sense byte 1'), 'no record found');
    assert.equal(text(rows, 'track'), 'cylinder 3, head 2 (not marked valid)');
  });

  it('a cylinder of 28 bits', () => {
    const rows = explainSense(bytes({ 0: 0x80, 27: 0xb0, 28: 0x12, 29: 0x34, 30: 0x01, 31: 0x2e }));
    assert.equal(text(rows, 'track'), `cylinder 1184308, head 14`);
  });

  it('32-byte form', () => {
    const rows = explainSense(bytes({ 0: 0x10, 6: 0x0f, 25: 0x1b, 28: 0x17, 29: 1, 30: 2, 31: 3 }));
    assert.equal(text(rows, 'sense form'), '32 bytes');
    assert.equal(text(rows, 'program action'), '1b');
    assert.equal(text(rows, 'service information'), 'a message is present');
    assert.equal(text(rows, 'track'), 'cylinder 258, head 3');
  });

  it('a device that is no disk has bytes 0 and 1 alone', () => {
    const rows = explainSense(bytes({ 0: 0x80 }));
    assert.deepEqual(
      rows.map(([label]) => label),
      ['sense', 'sense byte 0', 'sense byte 1'],
    );
  });

  it('messages by format', () => {
    assert.equal(senseMessageText(0x3f), 'format 3, message F: allegiance terminated');
    assert.equal(senseMessageText(0x08), 'format 0, message 8: reset notification');
    assert.equal(senseMessageText(0x4d), 'format 4, message D: no sync byte in the count area, offset active');
    assert.equal(senseMessageText(0x2f), 'format 2, message F: microcode detected error (byte 8)');
    assert.equal(senseMessageText(0x75), 'format 7, message 5: device control check');
    assert.equal(senseMessageText(0xc1), 'format C, message 1: reserved format');
  });
});

describe('ORB, CCW and IDAW in words', () => {
  it('ORB 00c2ff00', () => {
    assert.deepEqual(explainOrb(decodeOrb(viewOf('1122334400c2ff0000010580'))), [
      ['ORB', '11223344 00c2ff00 00010580'],
      ['interruption parameter', '11223344'],
      ['key', '0'],
      ['channel program', 'CCWs of format 1'],
      ['IDAWs', 'format 2, blocks of 4096 bytes'],
      ['controls', 'prefetch'],
      ['logical path mask', 'ff'],
      ['channel-program address', '00010580'],
    ]);
  });

  it('transport mode, reserved bits and the rest of word 1', () => {
    const rows = explainOrb(decodeOrb(viewOf('00000000ff3dff3f00001000')));
    assert.equal(text(rows, 'channel program'), 'transport mode');
    assert.equal(text(rows, 'IDAWs'), 'format 1, blocks of 2048 bytes');
    assert.match(text(rows, 'controls') ?? '', /ORB extension, reserved bits 3e$/);
  });

  it('CCWs', () => {
    const ccw = decodeCcw(viewOf('e420000c00020018'), 0, 1);
    assert.deepEqual(explainCcw(ccw), [
      ['command', 'Sense ID (e4)'],
      ['flags', 'SLI'],
      ['count', '12'],
      ['data address', '00020018'],
    ]);
    assert.equal(ccwLine(ccw), 'sense-id                       count    12  at 00020018  SLI');
    assert.equal(text(explainCcw({ ...ccw, command: 0xc3 }), 'command'), 'control command (c3)');
    assert.equal(text(explainCcw({ ...ccw, command: 0x70 }), 'command'), 'invalid command (70)');
    assert.match(ccwLine({ ...ccw, command: 0xc3 }), /^ccw 0xc3 /);
  });

  it('an IDAW off its boundary is a problem, but for the first', () => {
    const kind = idawKind(0x0002_0000);
    assert.equal(text(explainIdaw(0x4_0010n, kind, true), 'problems'), 'none');
    assert.equal(text(explainIdaw(0x4_0010n, kind, true), 'covers'), '4080 bytes at most');
    assert.equal(text(explainIdaw(0x4_0010n, kind, false), 'problems'), 'not on a boundary of 4096 bytes');
    assert.equal(text(explainIdaw(0x8000_0000n, idawKind(0), true), 'problems'), 'bit 0 must be zero');
  });
});

describe('SCHIB and CRW in words', () => {
  it('a SCHIB as the region gives it: ISC 3, enabled, one path', () => {
    const bytes = new Uint8Array(52);
    bytes.set(fromHex('00000000 18810000 80008080 0000ff80'));
    bytes[16] = 0x40;
    bytes[27] = 0x01;
    const rows = explainSchib(bytes);
    assert.equal(text(rows, 'flags'), '1881 enabled (E), device number valid (V)');
    assert.equal(text(rows, 'interruption subclass'), '3');
    assert.equal(text(rows, 'path-installed mask'), '80');
    assert.equal(text(rows, 'channel-path identifiers'), '40 00 00 00 00 00 00 00');
    assert.equal(text(rows, 'subchannel type'), '0 I/O');
    assert.equal(text(rows, 'characteristics'), '00000001 concurrent sense (S)');
    assert.equal(text(rows, 'function control'), 'none');
  });

  it('the two channel reports that vfio-ccw makes', () => {
    assert.equal(text(explainCrw(0x0402_0031), 'error-recovery code'), '02 initialized');
    assert.equal(text(explainCrw(0x0406_0031), 'error-recovery code'), '06 permanent error, facility not initialized');
    assert.equal(text(explainCrw(0x0402_0031), 'reporting-source id'), '0031: CHPID 31');
    assert.equal(
      text(explainCrw(0x7303_0001), 'conditions'),
      'solicited (S), overflow (R): reports were lost, chaining (C): another word belongs to it',
    );
    assert.equal(text(explainCrw(0), 'CRW'), '00000000 (no report)');
  });

  it('rows stand in columns', () => {
    assert.deepEqual(
      formatRows(
        [
          ['key', '0'],
          ['residual count', '12'],
        ],
        '  ',
      ),
      ['  key             0', '  residual count  12'],
    );
  });
});
