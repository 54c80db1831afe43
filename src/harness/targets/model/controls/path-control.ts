/** 'path-control': channel paths, varied at the host or configured at the machine. */

import { ErrorRecoveryCode, ReportingSource } from '../../../arch/index.js';
import type { PathControl } from '../../../ports/index.js';
import type { ModelHost } from '../model-host.js';

/** The paths of `host`. @param change does something, and lets the host react */
export function pathControl(
  { chpids, css, kernel, paths }: ModelHost,
  change: (what: () => void) => Promise<void>,
): PathControl {
  const report = (chpid: number, online: boolean): Promise<void> =>
    change(() => {
      const code = online ? ErrorRecoveryCode.initialized : ErrorRecoveryCode.permanentErrorNotInitialized;
      css.report(ReportingSource.channelPath, code, chpid);
    });
  return {
    chpids,
    vary: (chpid, online) =>
      change(() => {
        kernel.commonIo.vary(chpid, online);
      }),
    configure: (chpid, online) =>
      change(() => {
        paths.configure(chpid, online);
      }),
    report,
    foreignPathEvent: report,
    endpointSecurityChanged: (chpid) =>
      change(() => {
        kernel.commonIo.endpointSecurityChanged(chpid);
      }),
    breakPath: (chpid, broken) =>
      change(() => {
        css.breakPath(chpid, broken);
      }),
  };
}
