/** CHANNEL SUBSYSTEM CALL: the requests that QEMU 7.2 answers, and its answers to all others. */

import { viewOf } from '../arch/index.js';
import { DEFAULT_CSSID, type ChannelSubsystem } from './channel-subsystem.js';

/** Bytes of a request that QEMU looks at: length, code, three words. */
export const CHSC_REQUEST_LENGTH = 16;
/** Bytes of a response without data: length, response code, one word. */
const RESPONSE_HEADER = 8;

const ResponseCode = {
  successful: 0x0001,
  invalid: 0x0003,
  unknownRequest: 0x0004,
  nothingToReport: 0x0005,
  unsupportedFormat: 0x0007,
  invalidCssid: 0x0008,
} as const;

/** The words of a request. */
interface Request {
  readonly length: number;
  readonly parameters: readonly [number, number, number];
}

interface Response {
  readonly code: number;
  /** word behind length and code */
  readonly parameter?: number;
  readonly data?: Uint8Array;
}

type Handler = (request: Request, css: ChannelSubsystem) => Response;

const requests: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [0x0002, storeChannelPathDescription],
  [0x000e, storeEventInformation],
  [0x0010, storeChannelSubsystemCharacteristics],
  [0x0031, setDomainAttributes],
]);

/** True if the length field of a request is allowed; if not, it is an operand exception (QIN-022). */
export function isValidRequestLength(length: number): boolean {
  return length >= 16 && length <= 4088 && length % 8 === 0;
}

/**
 * Answers a request.
 * @param block its first 16 bytes
 * @returns the response block, to be stored behind the request
 */
export function answerRequest(block: Uint8Array, css: ChannelSubsystem): Uint8Array {
  const view = viewOf(block);
  const request: Request = {
    length: view.getUint16(0),
    parameters: [view.getUint32(4), view.getUint32(8), view.getUint32(12)],
  };
  const handler = requests.get(view.getUint16(2));
  const {
    code,
    parameter = 0,
    data = new Uint8Array(),
  } = handler?.(request, css) ?? { code: ResponseCode.unknownRequest };
  const response = new Uint8Array(RESPONSE_HEADER + data.length);
  const out = viewOf(response);
  out.setUint16(0, response.length);
  out.setUint16(2, code);
  out.setUint32(4, parameter);
  response.set(data, RESPONSE_HEADER);
  return response;
}

/** General characteristics and CHSC characteristics by bit number; the areas are 510 and 508 words long. */
const characteristics = [
  { at: 0, bits: [6, 7, 45, 46, 47, 48, 51, 108] },
  { at: 2040, bits: [1, 109] },
];
const CHARACTERISTICS_LENGTH = 4072;

function storeChannelSubsystemCharacteristics({ length, parameters }: Request, css: ChannelSubsystem): Response {
  const [word, word1, word2] = parameters;
  if (length !== 0x10) return { code: ResponseCode.invalid };
  if ((word & 0x000f_0000) !== 0) return { code: ResponseCode.unsupportedFormat };
  const cssid = (word >>> 8) & 0xff;
  const named = (word & 0x2000_0000) !== 0;
  if (cssid !== 0 && !(named && css.hasImage(cssid))) return { code: ResponseCode.invalidCssid };
  if ((word & 0xdff0_00ff) !== 0 || word1 !== 0 || word2 !== 0) return { code: ResponseCode.invalid };
  const data = new Uint8Array(CHARACTERISTICS_LENGTH);
  for (const { at, bits } of characteristics) {
    for (const bit of bits) data[at + (bit >> 3)] = (data[at + (bit >> 3)] ?? 0) | (0x80 >> (bit & 7));
  }
  return { code: ResponseCode.successful, data };
}

function storeChannelPathDescription({ length, parameters }: Request, css: ChannelSubsystem): Response {
  const [word, lastWord, reserved] = parameters;
  const asked = (word >>> 8) & 0x0f;
  const format = asked <= 1 ? ((word & 0x1000_0000) === 0 ? 0 : 1) : asked;
  const refuse = (code: number): Response => ({ code, parameter: format });
  if (length !== 0x10 || (word & 0xc000_f000) !== 0 || (lastWord & 0xffff_ff00) !== 0 || reserved !== 0) {
    return refuse(ResponseCode.invalid);
  }
  if ((word & 0x0f00_0000) !== 0) return refuse(ResponseCode.unsupportedFormat);
  const cssid = (word >>> 16) & 0xff;
  const named = (word & 0x2000_0000) !== 0;
  if (cssid !== 0 && !(named && css.hasImage(cssid))) return refuse(ResponseCode.invalidCssid);
  const first = word & 0xff;
  const last = lastWord & 0xff;
  if (last < first) return refuse(ResponseCode.invalid);
  const descriptionLength = format === 0 ? 8 : format === 1 ? 32 : 0;
  const paths = descriptionLength === 0 ? [] : css.channelPaths(named ? cssid : DEFAULT_CSSID, first, last);
  const data = new Uint8Array(paths.length * descriptionLength);
  const view = viewOf(data);
  paths.forEach(([id, { type }], index) => {
    view.setUint32(index * descriptionLength, 0x8000_0000 + (type << 8) + id);
  });
  return { code: ResponseCode.successful, parameter: format, data };
}

/** Operation codes of set-domain-attributes that QEMU knows. */
const facilities: ReadonlyMap<number, (css: ChannelSubsystem) => void> = new Map([
  [
    0x0000,
    (css: ChannelSubsystem) => {
      css.enableMultipleChannelSubsystems();
    },
  ],
  [
    0x0002,
    (css: ChannelSubsystem) => {
      css.enableMultipleSubchannelSets();
    },
  ],
]);

function setDomainAttributes({ length, parameters: [word] }: Request, css: ChannelSubsystem): Response {
  if (length !== 0x400 || (word & 0xf0ff_0000) !== 0) return { code: ResponseCode.invalid };
  if ((word & 0x0f00_0000) !== 0) return { code: ResponseCode.unsupportedFormat };
  const enable = facilities.get(word & 0xffff);
  if (enable === undefined) return { code: ResponseCode.invalid };
  enable(css);
  return { code: ResponseCode.successful };
}

/** The only events that QEMU has are those of PCI functions, and this guest has none. */
function storeEventInformation(): Response {
  return { code: ResponseCode.nothingToReport };
}
