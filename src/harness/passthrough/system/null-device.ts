/** /dev/null, also behind standard input, output and error: a file that is neither a container nor an eventfd. */

import type { DriverBuffer } from '../driver-port.js';
import { OpenFile } from './open-file.js';

/** An open /dev/null. */
export class NullFile extends OpenFile {
  readonly what = '/dev/null';

  override read(): number {
    return 0;
  }

  override write(_from: DriverBuffer, length: number): number {
    return length;
  }

  override lseek(): number {
    return 0;
  }
}
