/** Patterns over case ids: `eckd/reserve/*`. `*` is any run of characters, `/` included; `?` is one character. */

/** Where a pattern was written. Line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A pattern, and where it was written, if that was a file. */
export class Pattern {
  readonly #expression: RegExp | undefined;

  constructor(
    readonly text: string,
    readonly place?: Place,
  ) {
    if (/[*?]/.test(text)) {
      const source = text
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replace(/\*/g, '.*')
        .replace(/\?/g, '.');
      this.#expression = new RegExp(`^${source}$`);
    }
  }

  /** True if it has no `*` or `?`: the name of one case. */
  get isExact(): boolean {
    return this.#expression === undefined;
  }

  matches(id: string): boolean {
    return this.#expression === undefined ? id === this.text : this.#expression.test(id);
  }
}

/** `file:line:column`. */
export function placeText(place: Place): string {
  return `${place.file}:${place.line}:${place.column}`;
}
