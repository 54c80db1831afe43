import assert from 'node:assert/strict';
import { ProgramBuilder, toHex, viewOf } from '../../../src/harness/arch/index.js';
import type { GuestMemory, VfioPort } from '../../../src/harness/ports/index.js';
import { AsyncCommand, Errno } from '../../../src/harness/uapi/index.js';
import {
  readIrb,
  readSchibRegion,
  startProgram,
  startRequest,
  takeCrw,
  takeIrb,
  writeAsyncCommand,
} from '../../../src/harness/vfio/index.js';

const program = new ProgramBuilder({ name: 'no-operation', orb: { interruptionParameter: 0x1122_3344 } })
  .ccw('no-operation', { flags: ['sli'], count: 1, address: 0x8000 })
  .build();

/** A device whose regions read as `regions` says, by offset; writes are kept. */
class Regions {
  readonly writes: [offset: number, hex: string][] = [];
  readonly stored: [iova: number, hex: string][] = [];
  signals = 0;
  result: number | undefined;

  constructor(readonly regions: ReadonlyMap<number, Uint8Array> = new Map()) {}

  get port(): VfioPort {
    const memory: Pick<GuestMemory, 'write'> = {
      write: (iova, bytes) => {
        this.stored.push([iova, toHex(bytes)]);
        return Promise.resolve();
      },
    };
    const port: Pick<VfioPort, 'read' | 'write' | 'waitIrq'> & { memory: typeof memory } = {
      memory,
      read: (offset, into) => {
        into.set(this.regions.get(offset) ?? new Uint8Array());
        return Promise.resolve(this.result ?? into.length);
      },
      write: (offset, bytes) => {
        this.writes.push([offset, toHex(bytes)]);
        return Promise.resolve(bytes.length);
      },
      waitIrq: (index) => Promise.resolve(index === 0 ? this.signals : 0),
    };
    return port as VfioPort;
  }
}

describe('requests of user space', () => {
  it('load a program and write the whole I/O region', async () => {
    const device = new Regions();
    assert.equal(await startProgram(device.port, program), 124);
    assert.deepEqual(device.stored, [[0x1000, '0320000100008000']]);
    const expected = '1122334400c2ff0000001000' + '000040000000000000000000' + '00'.repeat(100);
    assert.deepEqual(device.writes, [[0, expected]]);
  });

  it('take the SCSW that a program brings', () => {
    const halting = { ...program, scsw: Uint8Array.from({ length: 12 }, (_, byte) => byte + 1) };
    assert.equal(toHex(startRequest(halting).subarray(12, 24)), '0102030405060708090a0b0c');
  });

  it('write a command into the asynchronous command region', async () => {
    const device = new Regions();
    assert.equal(await writeAsyncCommand(device.port, AsyncCommand.clear), 8);
    assert.deepEqual(device.writes, [[0x400, '0000000200000000']]);
  });

  it('read the IRB area, after a signal only where one is waited for', async () => {
    const area = Uint8Array.from({ length: 96 }, (_, byte) => byte);
    const device = new Regions(new Map([[24, area]]));
    assert.deepEqual(await readIrb(device.port), area);
    assert.equal(await takeIrb(device.port, 10), undefined);
    device.signals = 1;
    assert.deepEqual(await takeIrb(device.port, 10), area);
  });

  it('read SCHIB and channel report, or what the kernel answers instead', async () => {
    const schib = new Uint8Array(52);
    viewOf(schib).setUint16(6, 0x0120);
    const device = new Regions(
      new Map([
        [0x800, schib],
        [0xc00, Uint8Array.of(4, 6, 0, 0x40, 0, 0, 0, 0)],
      ]),
    );
    const read = await readSchibRegion(device.port);
    assert.equal(typeof read === 'object' && read.deviceNumber, 0x0120);
    assert.equal(await takeCrw(device.port), 0x0406_0040);
    device.result = -Errno.ENODEV;
    assert.equal(await readSchibRegion(device.port), -Errno.ENODEV);
    await assert.rejects(takeCrw(device.port), /CRW region gave -19 \(ENODEV\)/);
  });
});
