/** From a target's name on the command line to the target. */

import { CcwspecError, didYouMean } from '../errors/index.js';
import { kernelProfiles, withDefect, type Defect, type KernelProfile } from '../passthrough/profiles/index.js';
import type { Target } from '../ports/index.js';
import type { DeviceKind } from '../../plugins/api.js';
import { DEFAULT_DEVICE, parseDeviceOption } from './device-option.js';
import { isHostName, LOCAL_HOST, makeHostTarget } from './host/reach.js';
import type { DeviceName } from './host/subchannels.js';
import { isLabName, labNames, makeLabTarget, type LabWishes } from './lab/lab-target.js';
import { ModelTarget } from './model/index.js';
import { readModelOptions } from './model/model-options.js';

/** What targets are made of. */
export interface TargetEnvironment {
  /** device kinds of the loaded plugins */
  readonly deviceKinds: readonly DeviceKind[];
  /** targets of the loaded plugins */
  readonly targets: readonly Target[];
  /** the device option; undefined: DEFAULT_DEVICE */
  readonly device: string | undefined;
  /** the device of a real host that is named; default: none */
  readonly named?: DeviceName;
  /** what a lab is made of; default: what it has by itself */
  readonly lab?: LabWishes;
  /** is told what takes time before a target can start; default: nobody */
  readonly progress?: (what: string) => void;
  /** `-o key=value` and the parameters of suites */
  readonly options: ReadonlyMap<string, string>;
  /** true if a named image may be changed in place */
  readonly inPlace: boolean;
  /** true if the run may write on the volume at all */
  readonly writable: boolean;
  /** known bugs that `-o defect=ID` can bring back in the model's driver */
  readonly defects: readonly Defect[];
  /** a folder for scratch copies, made when it is first asked for */
  readonly scratch: () => string;
}

const MODEL = 'model';
const modelNameOf = ({ name }: KernelProfile): string => `${MODEL}:${name}`;

/** Names of our own targets; `model` alone is the first. */
export const targetNames: readonly string[] = kernelProfiles.map(modelNameOf);

/**
 * Makes the target that `name` names: one of ours, or one of a plugin.
 * @throws CcwspecError E-TARGET for a name that does not exist, E-DEVICE-OPTION, or E-USAGE for a setting of the target that
 * does not fit
 */
export function createTarget(name: string, environment: TargetEnvironment): Target {
  const { named = {}, lab = {}, progress = () => undefined } = environment;
  if (isLabName(name)) return makeLabTarget(name, { ...environment, device: named, wishes: lab, progress });
  refuseLab(lab);
  if (isHostName(name)) return makeHostTarget(name, { ...environment, device: named });
  const profile =
    name === MODEL ? kernelProfiles[0] : kernelProfiles.find((candidate) => modelNameOf(candidate) === name);
  if (profile !== undefined) {
    refuseNamed(named);
    const choice = parseDeviceOption(environment.device ?? DEFAULT_DEVICE, environment.deviceKinds);
    const played = defective(profile, environment);
    return new ModelTarget(modelNameOf(played), played, choice, readModelOptions(environment.options), environment);
  }
  const target = environment.targets.find((candidate) => candidate.name === name);
  if (target !== undefined) return target;
  const known = [
    MODEL,
    ...targetNames,
    ...labNames,
    LOCAL_HOST,
    'ssh:HOST',
    ...environment.targets.map((candidate) => candidate.name),
  ];
  throw new CcwspecError(
    'E-TARGET',
    `there is no target '${name}'${didYouMean(name, known) || `; there is ${known.join(', ')}`}`,
  );
}

/** @throws CcwspecError E-USAGE: the model has no devices but the one that --device makes */
function refuseNamed(named: DeviceName): void {
  const [given] = Object.keys(named);
  if (given === undefined) return;
  throw new CcwspecError(
    'E-USAGE',
    `the model has no ${named.volser === undefined ? 'devices' : 'volumes'} of a real host`,
    'Say what its device is with --device; --subchannel, --device-number and --volser are for real hosts and labs.',
  );
}

/** @throws CcwspecError E-USAGE: only a lab is made of a kernel and an emulator */
function refuseLab(lab: LabWishes): void {
  if (Object.values(lab).every((wish) => wish === undefined)) return;
  throw new CcwspecError(
    'E-USAGE',
    '--kernel, --kernel-config and --qemu say what a lab is made of, and the target is none',
    `Name a lab with --target: ${labNames.join(' or ')}.`,
  );
}

/** The profile with the defect that the options ask for. */
function defective(profile: KernelProfile, { options, defects }: TargetEnvironment): KernelProfile {
  const id = options.get('defect');
  if (id === undefined) return profile;
  const defect = defects.find((candidate) => candidate.id === id);
  if (defect !== undefined) return withDefect(profile, defect);
  const known = defects.map((candidate) => candidate.id);
  throw new CcwspecError(
    'E-USAGE',
    `-o defect=${id}: there is no such bug${didYouMean(id, known)}`,
    `Known are ${known.join(', ')}.`,
  );
}
