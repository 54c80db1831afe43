/** Colours of the console: none unless it is a terminal; NO_COLOR and FORCE_COLOR decide first (no-color.org). */

import type { ReportStream } from './streams.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const codes = { red: 31, green: 32, yellow: 33, cyan: 36, bold: 1, dim: 2 } as const;
export type Colour = keyof typeof codes;

/** Gives a text a colour, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

/** How to paint on `stream`. */
export function painterFor(stream: ReportStream, environment: Environment): Paint {
  if (!hasColour(stream, environment)) return (_, text) => text;
  return (colour, text) => `\u001b[${codes[colour]}m${text}\u001b[0m`;
}

function hasColour(stream: ReportStream, { NO_COLOR, FORCE_COLOR, TERM }: Environment): boolean {
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return stream.isTTY === true && TERM !== 'dumb';
}
