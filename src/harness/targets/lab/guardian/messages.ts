/** What we and the guardian tell each other: one JSON object a line. */

/** To the guardian, on its standard input. The end of that stream means: end everything. */
export type Request =
  | {
      readonly do: 'start';
      readonly id: number;
      readonly program: string;
      readonly args: readonly string[];
      readonly cwd?: string;
      readonly env?: Readonly<Record<string, string | undefined>>;
      /** true: it reads what `write` brings; otherwise it has nothing to read */
      readonly input: boolean;
      /** the file that its standard output and standard error are appended to; undefined: thrown away */
      readonly log?: string;
    }
  | { readonly do: 'write'; readonly id: number; readonly text: string }
  | { readonly do: 'kill'; readonly id: number; readonly signal: NodeJS.Signals };

/** From the guardian, on its standard output. */
export type Report =
  | { readonly is: 'ready'; readonly folder: string }
  | { readonly is: 'started'; readonly id: number; readonly pid: number }
  | { readonly is: 'refused'; readonly id: number; readonly code: string; readonly what: string; readonly next: string }
  | {
      readonly is: 'ended';
      readonly id: number;
      readonly code: number | undefined;
      readonly signal: NodeJS.Signals | undefined;
    };

/** Calls `each` with every line of what is added, without its end. */
export function lineSplitter(each: (line: string) => void): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) each(line);
  };
}
