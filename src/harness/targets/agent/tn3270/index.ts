/** A TN3270 client: `telnet` negotiates and cuts records, `datastream` knows their bytes, `tn3270` is the terminal as a stream. */
export { Tn3270, type Tn3270Options } from './tn3270.js';
