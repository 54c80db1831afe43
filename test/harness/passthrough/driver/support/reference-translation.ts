/**
 * The driver's translation once more, slow and obvious: clause by clause from section 4 of the reference, with no memory of
 * how the model does it. Describes the fixed driver.
 */

/** A byte of guest storage, or the errno that reading it gives. */
export interface GuestView {
  readonly byte: (iova: number) => number;
  readonly readError: (iova: number) => number;
  readonly pinError: (iova: number) => number;
  readonly frame: (iova: number) => number;
}

export interface ReferenceOrb {
  readonly format0: boolean;
  readonly format2Idaws: boolean;
  readonly blocksOf2k: boolean;
  readonly address: number;
}

export interface ReferenceCcw {
  readonly command: number;
  flags: number;
  readonly count: number;
  /** TIC: segment and byte offset of the target */
  target?: readonly [segment: number, offset: number];
  /** everything else: the words of its list */
  list?: bigint[];
}

export interface ReferenceProgram {
  readonly segments: readonly { readonly guest: number; readonly ccws: readonly ReferenceCcw[] }[];
  readonly pinCalls: readonly string[];
}

interface RawCcw {
  readonly command: number;
  readonly flags: number;
  readonly count: number;
  readonly address: number;
}

interface RawSegment {
  readonly guest: number;
  readonly ccws: RawCcw[];
}

class Refusal extends Error {
  constructor(readonly errno: number) {
    super(String(errno));
  }
}

/** @returns the program for the host, or a negative errno */
export function referenceTranslation(guest: GuestView, orb: ReferenceOrb): ReferenceProgram | number {
  try {
    return translate(guest, orb);
  } catch (refusal) {
    if (refusal instanceof Refusal) return refusal.errno;
    throw refusal;
  }
}

function translate(guest: GuestView, orb: ReferenceOrb): ReferenceProgram {
  const read = (iova: number, length: number): number[] => {
    const bytes: number[] = [];
    for (let at = iova; at < iova + length; at++) {
      if (guest.readError(at) !== 0) throw new Refusal(guest.readError(at));
      bytes.push(guest.byte(at));
    }
    return bytes;
  };
  const number = (bytes: readonly number[]): number => bytes.reduce((value, byte) => value * 256 + byte, 0);

  const decode = (bytes: readonly number[]): RawCcw => {
    if (!orb.format0) {
      return {
        command: bytes[0]!,
        flags: bytes[1]!,
        count: number(bytes.slice(2, 4)),
        address: number(bytes.slice(4)),
      };
    }
    const address = number(bytes.slice(1, 4));
    if (bytes[0]! % 16 === 8) return { command: 8, flags: 0, count: 0, address };
    return { command: bytes[0]!, flags: bytes[4]!, count: number(bytes.slice(6)), address };
  };

  const segments: RawSegment[] = [];
  const holds = (segment: RawSegment, address: number): boolean =>
    address >= segment.guest && address <= segment.guest + 8 * (segment.ccws.length - 1);

  const build = (address: number): void => {
    const bytes = read(address, 2048);
    const ccws: RawCcw[] = [];
    for (;;) {
      if (ccws.length === 256) throw new Refusal(-22);
      const next = decode(bytes.slice(ccws.length * 8, ccws.length * 8 + 8));
      ccws.push(next);
      const loops = next.command === 8 && next.address >= address && next.address <= address + 8 * (ccws.length - 1);
      if ((next.flags & 0xc0) === 0 && !loops) break;
    }
    if (segments.length === 16) throw new Refusal(-22);
    segments.push({ guest: address, ccws });
    for (const one of ccws) {
      if (one.command !== 8) continue;
      if (!segments.some((segment) => holds(segment, one.address))) build(one.address);
    }
  };
  build(orb.address);

  const idawLength = orb.format2Idaws ? 8 : 4;
  const block = orb.format2Idaws && !orb.blocksOf2k ? 4096 : 2048;
  const pinCalls: string[] = [];

  const moves = ({ command, flags, count }: RawCcw): boolean => {
    if (count === 0) return false;
    if (command === 3) return false;
    if ((flags & 0x10) === 0) return true;
    const stores = command % 4 === 2 || command % 16 === 12 || command % 16 === 4;
    return !stores;
  };

  const list = (one: RawCcw): bigint[] => {
    const length = Math.max(one.count, 1);
    const indirect = (one.flags & 4) !== 0;
    const start = indirect ? number(read(one.address, idawLength)) : one.address;
    const count = Math.floor(((start % block) + length + block - 1) / block);
    let words: number[] = [];
    if (indirect) {
      const bytes = read(one.address, count * idawLength);
      for (let index = 0; index < count; index++) {
        words.push(number(bytes.slice(index * idawLength, (index + 1) * idawLength)));
      }
    } else {
      const boundary = Math.floor(start / block) * block;
      words = Array.from({ length: count }, (_, index) => (index === 0 ? start : boundary + index * block));
    }
    if (!moves(one)) {
      if (orb.format2Idaws) return words.map((word) => BigInt(word));
      while (words.length < count * 2) words.push(0);
      return Array.from(
        { length: count },
        (_, index) => BigInt(words[2 * index]!) * 2n ** 32n + BigInt(words[2 * index + 1]!),
      );
    }
    for (let at = 0; at < count;) {
      let run = 1;
      while (block === 4096 && at + run < count && words[at + run] === words[at]! + run * 4096) run++;
      pinCalls.push(`${words[at]!.toString(16)}+${run}`);
      for (let page = at; page < at + run; page++) {
        if (guest.pinError(words[page]!) !== 0) throw new Refusal(guest.pinError(words[page]!));
      }
      at += run;
    }
    return words.map((word) => BigInt(guest.frame(word)) + BigInt(word % 4096));
  };

  const translated = segments.map(({ guest: head, ccws }) => ({
    guest: head,
    ccws: ccws.map((one): ReferenceCcw => {
      const { command, flags, count } = one;
      if (command === 8) {
        const target = segments.findIndex((segment) => holds(segment, one.address));
        return { command, flags, count, target: [target, one.address - segments[target]!.guest] };
      }
      return { command, flags: flags | 4, count, list: list(one) };
    }),
  }));
  return { segments: translated, pinCalls };
}
