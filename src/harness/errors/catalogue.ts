/** Every error code of ours, as `ccwspec explain CODE` shows it. A code is never given another meaning. */

/** Exit codes, a published contract (docs/verdicts.md). */
export const ExitCode = {
  passed: 0,
  failed: 1,
  harnessError: 2,
  nothingSelected: 3,
  nothingRan: 4,
  usage: 64,
  configuration: 78,
  interrupted: 130,
} as const;

/** One error code. */
export interface CatalogueEntry {
  /** what it means, one sentence */
  readonly meaning: string;
  /** the next thing to try */
  readonly next: string;
  /** exit code of the command that ends with it */
  readonly exit: number;
}

const { harnessError, usage, configuration } = ExitCode;

export const catalogue = {
  'E-MODEL-UNIMPLEMENTED': {
    meaning: 'A program asked the model for something that it does not implement; it never quietly succeeds.',
    next: 'Report it with the program file: the model must learn it, or the case must say that it needs a real target.',
    exit: harnessError,
  },
  'E-KERNEL-BUG': {
    meaning:
      'The modelled kernel met a condition at which Linux stops with a BUG: what the driver did broke a rule of the kernel.',
    next: 'Look at the evidence of the case: the last driver calls before it are the ones to compare with the source.',
    exit: harnessError,
  },
  'E-VFIO-OPEN': {
    meaning: 'A vfio-ccw device could not be opened: a system call on the way was refused.',
    next: 'Check that the mdev exists, that nothing else has its group or device open, and that the kernel has this way of opening.',
    exit: harnessError,
  },
  'E-ASM-SYNTAX': {
    meaning: 'A line of a channel-program file cannot be assembled.',
    next: 'Correct the line; docs/programs.md lists the mnemonics, flags and directives.',
    exit: configuration,
  },
  'E-PROGRAM-FILE': {
    meaning: 'A program file is not readable, or is not in one of the two forms (assembly, JSON).',
    next: 'Compare the file with the examples in docs/programs.md.',
    exit: configuration,
  },
  'E-DEVICE-OPTION': {
    meaning: 'A --device option names a device kind or a setting that does not exist, or a value that does not fit.',
    next: 'Run `ccwspec plugins` to see the device kinds with their settings.',
    exit: usage,
  },
  'E-IMAGE': {
    meaning: 'A volume image cannot be used: it is truncated, of another type, or damaged.',
    next: 'Check the image with the tool that made it, or name another one.',
    exit: configuration,
  },
  'E-PLUGIN-MISSING': {
    meaning: 'A plugin could not be found.',
    next: 'Install the package in this folder, or give the path of its entry file.',
    exit: configuration,
  },
  'E-PLUGIN-LOAD': {
    meaning: 'A plugin threw, or did not finish, while it was loaded.',
    next: 'Import the plugin with node alone to see its own error.',
    exit: configuration,
  },
  'E-PLUGIN-INVALID': {
    meaning: 'A plugin was loaded, but what it exports is not a plugin, or not one for this version of the API.',
    next: 'Compare it with docs/plugins.md.',
    exit: configuration,
  },
  'E-PLUGIN-CONFLICT': {
    meaning: 'Two plugins have one name, or two cases one id.',
    next: 'Load one of the two, or rename the newer.',
    exit: configuration,
  },
  'E-SUITE-FILE': {
    meaning: 'A suite file is not valid.',
    next: 'Correct the file at the line and column named; docs/suites.md describes the keys.',
    exit: configuration,
  },
  'E-TARGET': {
    meaning: 'The target is unknown or could not be started.',
    next: 'Run `ccwspec targets` to see what is available here, and why something is not.',
    exit: harnessError,
  },
  'E-GUEST-DEVICE': {
    meaning:
      "The guest's channel subsystem cannot take the vfio-ccw device, for the reasons that QEMU would refuse it.",
    next: 'Compare the device with the regions and interrupts that the message names; Linux has the regions since 5.8 and the request interrupt since 5.11.',
    exit: harnessError,
  },
  'E-OUTPUT': {
    meaning: 'Results could not be written.',
    next: 'Free some space, or name another folder with --output.',
    exit: harnessError,
  },
  'E-USAGE': {
    meaning: 'The command line has a word that the command does not know, or a value that does not fit.',
    next: 'Run the command with --help.',
    exit: usage,
  },
  'E-REQUIREMENTS': {
    meaning: 'A catalogue of requirements cannot be read, or an entry of it is not complete.',
    next: 'Correct the file at the place named; docs/requirements/README.md describes the keys.',
    exit: configuration,
  },
  'E-UNKNOWN-ID': {
    meaning: 'There is no case, requirement or error code of that name.',
    next: 'Run `ccwspec list` for the cases; docs/requirements/ has the requirements.',
    exit: usage,
  },
  'E-INTERNAL': {
    meaning: 'Something went wrong in ccwspec itself: an error that none of its parts foresaw.',
    next: 'Report it with the command line and the text that came with it; CCWSPEC_DEBUG=1 adds the call stack.',
    exit: harnessError,
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof catalogue;
