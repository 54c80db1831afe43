/** Listing a channel program as it stands in storage, in the order in which the channel would walk it. */

import { hex } from './bytes.js';
import { CCW_LENGTH, CcwFlag, CommonCommand, decodeCcw, type Ccw, type CcwFormat } from './ccw.js';
import { ccwLine } from './explain/index.js';
import { idawCount, idawKind, type IdawKind } from './idaw.js';
import { isSearchCommand, mnemonicOf, type Mnemonic } from './mnemonics.js';
import { ccwFormat, type Orb } from './orb.js';

/** Reads storage; undefined if some of the bytes are not there. */
export type StorageReader = (address: number, length: number) => Uint8Array | undefined;

/** One CCW of a listing. */
export interface ListedCcw {
  readonly address: number;
  readonly ccw: Ccw;
  readonly mnemonic: Mnemonic | undefined;
  /** true if it was reached by data chaining: its command code is not used */
  readonly dataChained: boolean;
  /** true if it is a transfer in channel in the program's format */
  readonly transfer: boolean;
  /** the indirect-data-address list, where IDA is on and the list can be read */
  readonly idaws?: readonly bigint[];
  /** where IDA is on: the kind of the IDAWs */
  readonly idawKind?: IdawKind;
}

/** A program's CCWs in walking order, and why the listing ends. */
export interface Listing {
  readonly format: CcwFormat;
  readonly entries: readonly ListedCcw[];
  /** `complete`; `limit` if there are more CCWs; `unreadable` if one is outside storage, at `stoppedAt` */
  readonly end: 'complete' | 'limit' | 'unreadable';
  readonly stoppedAt?: number;
}

/** A place from which the walk goes on later. */
interface Branch {
  readonly address: number;
  readonly dataChained: boolean;
  /** the command that chains to it, for status modifier */
  readonly before: number | undefined;
}

/**
 * Lists the program that `orb` designates. A TIC is followed; where it leads back to a CCW that is listed already, the walk is
 * cut there. After a search command's TIC the CCW behind the TIC is listed too, since status modifier leads there.
 * @param limit at most this many CCWs
 */
export function disassemble(
  read: StorageReader,
  orb: Pick<Orb, 'control' | 'channelProgramAddress'>,
  limit = 512,
): Listing {
  const format = ccwFormat(orb.control);
  const kind = idawKind(orb.control);
  const listed = new Set<number>();
  const entries: ListedCcw[] = [];
  const branches: Branch[] = [{ address: orb.channelProgramAddress, dataChained: false, before: undefined }];
  let unreadable: number | undefined;

  for (let branch = branches.pop(); branch !== undefined; branch = branches.pop()) {
    let { address, dataChained, before } = branch;
    while (!listed.has(address)) {
      if (entries.length === limit) return { format, entries, end: 'limit', stoppedAt: address };
      const bytes = read(address, CCW_LENGTH);
      if (bytes === undefined) {
        unreadable ??= address;
        break;
      }
      listed.add(address);
      const ccw = decodeCcw(new DataView(bytes.buffer, bytes.byteOffset, CCW_LENGTH), 0, format);
      const transfer = isTransfer(ccw.command, format);
      entries.push({
        address,
        ccw,
        mnemonic: mnemonicOf(ccw.command),
        dataChained,
        transfer,
        ...indirectList(read, ccw, transfer, kind),
      });
      if (transfer) {
        if (before !== undefined && isSearchCommand(before)) {
          branches.push({ address: address + CCW_LENGTH, dataChained: false, before: undefined });
        }
        before = undefined;
        address = ccw.address;
        continue;
      }
      if ((ccw.flags & (CcwFlag.chainData | CcwFlag.chainCommand)) === 0) break;
      dataChained = (ccw.flags & CcwFlag.chainData) !== 0;
      before = dataChained ? undefined : ccw.command;
      address += CCW_LENGTH;
    }
  }
  return unreadable === undefined
    ? { format, entries, end: 'complete' }
    : { format, entries, end: 'unreadable', stoppedAt: unreadable };
}

/** In format 0 every code with low-order bits 1000 is a TIC; in format 1 only 08. */
function isTransfer(command: number, format: CcwFormat): boolean {
  return format === 0
    ? (command & 0x0f) === CommonCommand.transferInChannel
    : command === CommonCommand.transferInChannel;
}

function indirectList(
  read: StorageReader,
  ccw: Ccw,
  transfer: boolean,
  kind: IdawKind,
): Pick<ListedCcw, 'idaws' | 'idawKind'> {
  if (transfer || (ccw.flags & CcwFlag.indirectDataAddress) === 0) return {};
  const first = readIdaws(read, ccw.address, 1, kind);
  if (first?.[0] === undefined) return { idawKind: kind };
  const count = ccw.count === 0 ? 0 : idawCount(Number(first[0] % BigInt(kind.block)), ccw.count, kind.block);
  const idaws = readIdaws(read, ccw.address, count, kind);
  return idaws === undefined ? { idawKind: kind } : { idawKind: kind, idaws };
}

/** `count` IDAWs at `address`, or undefined if they are not all in storage. */
export function readIdaws(read: StorageReader, address: number, count: number, kind: IdawKind): bigint[] | undefined {
  const bytes = read(address, count * kind.length);
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: count }, (_, index) =>
    kind.length === 4 ? BigInt(view.getUint32(index * 4)) : view.getBigUint64(index * 8),
  );
}

/** How `formatListing` marks a listing. */
export interface ListingMarks {
  /** CCW address of an SCSW: the arrow stands at the CCW eight bytes before it */
  readonly arrowAt?: number;
}

/** The listing as lines: an arrow or blanks, address, CCW; the IDAWs of a CCW below it; the reason of an early end last. */
export function formatListing(listing: Listing, { arrowAt }: ListingMarks = {}): string[] {
  const lines: string[] = [];
  let next: number | undefined;
  for (const entry of listing.entries) {
    if (next !== undefined && entry.address !== next) lines.push('');
    next = entry.address + CCW_LENGTH;
    const mark = next === arrowAt ? '->' : '  ';
    const shown = entry.transfer ? { ...entry.ccw, command: CommonCommand.transferInChannel } : entry.ccw;
    lines.push(`${mark} ${hex(entry.address)}  ${ccwLine(shown)}${entry.dataChained ? '  (data chained)' : ''}`);
    if (entry.idawKind !== undefined) lines.push(...idawLines(entry));
  }
  if (listing.end === 'limit') lines.push(`   ${hex(listing.stoppedAt ?? 0)}  and more CCWs`);
  if (listing.end === 'unreadable') lines.push(`   ${hex(listing.stoppedAt ?? 0)}  outside storage`);
  return lines;
}

function idawLines({ idaws, idawKind: kind }: ListedCcw): string[] {
  if (idaws === undefined) return ['               IDAW outside storage'];
  const digits = (kind?.length ?? 8) * 2;
  return idaws.map((idaw) => `               IDAW ${idaw.toString(16).padStart(digits, '0')}`);
}
