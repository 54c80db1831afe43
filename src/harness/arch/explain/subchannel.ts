/** SCHIB and CRW in words: SA22-7832 chapter 14, "Subchannel-Information Block"; chapter 17, "Channel-Report Word". */

import { bitNames, hex } from '../bytes.js';
import { decodeCrw, ErrorRecoveryCode, ReportingSource } from '../crw.js';
import { decodeSchib, interruptionSubclass, PmcwCharacteristic, PmcwFlag, subchannelType } from '../schib.js';
import { listOf, type ExplainedRow } from './rows.js';
import { explainScsw } from './status.js';

const flagNames: readonly (readonly [mask: number, name: string])[] = [
  [PmcwFlag.qdio, 'QDIO'],
  [PmcwFlag.messageValid, 'message subchannel valid (W)'],
  [PmcwFlag.enabled, 'enabled (E)'],
  [PmcwFlag.multipathMode, 'multipath mode (D)'],
  [PmcwFlag.timingFacility, 'timing facility (T)'],
  [PmcwFlag.deviceNumberValid, 'device number valid (V)'],
];

const characteristicNames: readonly (readonly [mask: number, name: string])[] = [
  [PmcwCharacteristic.measurementBlockFormat, 'format-1 measurement block (F)'],
  [PmcwCharacteristic.extendedMeasurement, 'extended measurement (X)'],
  [PmcwCharacteristic.concurrentSense, 'concurrent sense (S)'],
];

const limitModes = ['no checking', 'below the limit only', 'at or above the limit only', 'reserved'] as const;
const subchannelTypes = ['I/O', 'CHSC', 'message', 'ADM'] as const;

/** The SCHIB at the start of `bytes`. @throws RangeError if fewer than 52 bytes are there. */
export function explainSchib(bytes: Uint8Array): ExplainedRow[] {
  const schib = decodeSchib(bytes);
  const type = subchannelType(schib.characteristics);
  const [high, low] = schib.measurementBlockAddress;
  return [
    ['interruption parameter', hex(schib.interruptionParameter)],
    ['flags', `${hex(schib.flags, 4)} ${listOf(bitNames(schib.flags, flagNames))}`],
    ['interruption subclass', interruptionSubclass(schib.flags).toString()],
    ['limit mode', limitModes[((schib.flags & PmcwFlag.limitMode) >>> 5) as 0 | 1 | 2 | 3]],
    ['measurement mode', ((schib.flags & PmcwFlag.measurementMode) >>> 3).toString()],
    ['device number', hex(schib.deviceNumber, 4)],
    ['logical path mask', hex(schib.lpm, 2)],
    ['path-not-operational mask', hex(schib.pnom, 2)],
    ['last-path-used mask', hex(schib.lpum, 2)],
    ['path-installed mask', hex(schib.pim, 2)],
    ['measurement-block index', schib.measurementBlockIndex.toString()],
    ['path-operational mask', hex(schib.pom, 2)],
    ['path-available mask', hex(schib.pam, 2)],
    ['channel-path identifiers', schib.chpid.map((chpid) => hex(chpid, 2)).join(' ')],
    ['subchannel type', `${type} ${subchannelTypes[type] ?? 'reserved'}`],
    [
      'characteristics',
      `${hex(schib.characteristics)} ${listOf(bitNames(schib.characteristics, characteristicNames))}`,
    ],
    ...explainScsw(schib.scsw),
    ['measurement-block address', `${hex(high)} ${hex(low)}`],
    ['model-dependent area', hex(schib.modelDependent)],
  ];
}

const sourceTexts = new Map<number, string>([
  [ReportingSource.monitoring, 'monitoring facility'],
  [ReportingSource.subchannel, 'subchannel'],
  [ReportingSource.channelPath, 'channel path'],
  [ReportingSource.configuration, 'configuration-alert facility'],
  [ReportingSource.channelSubsystem, 'channel subsystem'],
]);

const recoveryTexts = new Map<number, string>([
  [ErrorRecoveryCode.eventInformationPending, 'event information pending'],
  [ErrorRecoveryCode.available, 'available'],
  [ErrorRecoveryCode.initialized, 'initialized'],
  [ErrorRecoveryCode.temporaryError, 'temporary error'],
  [ErrorRecoveryCode.installedParametersInitialized, 'installed parameters initialized'],
  [ErrorRecoveryCode.terminal, 'terminal'],
  [ErrorRecoveryCode.permanentErrorNotInitialized, 'permanent error, facility not initialized'],
  [ErrorRecoveryCode.permanentErrorInitialized, 'permanent error, facility initialized'],
  [ErrorRecoveryCode.installedParametersModified, 'installed parameters modified'],
]);

/** A channel-report word; always the same rows in the same order. A word of zeros is no report at all. */
export function explainCrw(word: number): ExplainedRow[] {
  const crw = decodeCrw(word);
  const marks: string[] = [];
  if (crw.solicited) marks.push('solicited (S)');
  if (crw.overflow) marks.push('overflow (R): reports were lost');
  if (crw.chaining) marks.push('chaining (C): another word belongs to it');
  if (crw.ancillaryReport) marks.push('ancillary report (A)');
  const source = sourceTexts.get(crw.reportingSource) ?? 'reserved';
  const id = crw.reportingSourceId;
  return [
    ['CRW', word === 0 ? `${hex(word)} (no report)` : hex(word)],
    ['conditions', listOf(marks)],
    ['reporting source', `${hex(crw.reportingSource, 1)} ${source}`],
    [
      'error-recovery code',
      `${hex(crw.errorRecoveryCode, 2)} ${recoveryTexts.get(crw.errorRecoveryCode) ?? 'reserved'}`,
    ],
    [
      'reporting-source id',
      crw.reportingSource === ReportingSource.channelPath ? `${hex(id, 4)}: CHPID ${hex(id & 0xff, 2)}` : hex(id, 4),
    ],
  ];
}
