/** The event stream itself as JSON lines: a file that is complete up to the last event whatever happens, or a stream. */

import type { EventSink, RunEvent } from '../runner/index.js';
import { AppendedFile } from './files.js';
import { StreamWriter, type ReportStream } from './streams.js';

/** Events into `file`; each is in the kernel before the next case begins. @throws CcwspecError E-OUTPUT */
export function jsonlSink(file: string): EventSink {
  const output = new AppendedFile(file);
  return {
    name: file,
    take: (event: RunEvent) => {
      output.write(`${JSON.stringify(event)}\n`);
    },
    close: () => {
      output.close();
    },
  };
}

/** Events to a stream, for --json. */
export function jsonlStreamSink(stream: ReportStream): EventSink {
  const writer = new StreamWriter(stream);
  return {
    name: 'standard output',
    take: (event: RunEvent) => {
      writer.write(`${JSON.stringify(event)}\n`);
    },
  };
}
