/** Payloads of the agent's protocol, field by field, written down here a second time: the harness's own codec is not judge of itself. */

const WORD = 1n << 64n;

function field(size: number, put: (buffer: Buffer) => void): Buffer {
  const buffer = Buffer.alloc(size);
  put(buffer);
  return buffer;
}

export const u8 = (value: number): Buffer => Buffer.of(value);
export const u16 = (value: number): Buffer => field(2, (buffer) => buffer.writeUInt16BE(value));
export const u32 = (value: number): Buffer => field(4, (buffer) => buffer.writeUInt32BE(value));
export const s32 = (value: number): Buffer => field(4, (buffer) => buffer.writeInt32BE(value));
export const u64 = (value: number | bigint): Buffer =>
  field(8, (buffer) => buffer.writeBigUInt64BE(((BigInt(value) % WORD) + WORD) % WORD));
export const text = (value: string): Buffer => Buffer.from(value, 'utf8');

/** Kinds of requests. */
export const Kind = {
  hello: 0x01,
  release: 0x02,
  open: 0x10,
  close: 0x11,
  read: 0x12,
  write: 0x13,
  pread: 0x14,
  pwrite: 0x15,
  preadv: 0x16,
  pwritev: 0x17,
  lseek: 0x18,
  mmap: 0x19,
  ioctl: 0x1a,
  eventfd: 0x20,
  wait: 0x21,
  signal: 0x22,
  map: 0x30,
  unmap: 0x31,
  peek: 0x32,
  poke: 0x33,
  fill: 0x34,
  getAttribute: 0x40,
  putAttribute: 0x41,
  list: 0x42,
  link: 0x43,
  kernelLog: 0x50,
  fork: 0x60,
  exit: 0x61,
  limit: 0x62,
  fail: 0x63,
  batch: 0x70,
} as const;

/** Codes of errors. */
export const Refusal = {
  magic: 1,
  version: 2,
  length: 3,
  kind: 4,
  form: 5,
  tooMany: 6,
  process: 7,
  path: 8,
} as const;

/** Errno values of Linux, the same on s390x and x86-64. */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  EBADF: 9,
  ENOMEM: 12,
  EFAULT: 14,
  EISDIR: 21,
  EINVAL: 22,
  ENOTTY: 25,
  ESPIPE: 29,
  ENOSYS: 38,
  EAGAIN: 11,
  EPROTONOSUPPORT: 93,
} as const;

/** A header as it goes over the wire; every field can be wrong. */
export function header(fields: {
  magic?: number;
  version?: number;
  kind: number;
  id?: number;
  process?: number;
  flags?: number;
  length: number;
}): Buffer {
  const { magic = 0x4357, version = 1, kind, id = 0, process = 0, flags = 0, length } = fields;
  return Buffer.concat([u16(magic), u8(version), u8(kind), u32(id), u16(process), u16(flags), u32(length)]);
}

/** A batch's payload. */
export function batch(stopsEarly: number, ...requests: readonly (readonly [number, Buffer])[]): Buffer {
  return Buffer.concat([
    u8(stopsEarly),
    ...requests.flatMap(([kind, payload]) => [u8(kind), u32(payload.length), payload]),
  ]);
}
