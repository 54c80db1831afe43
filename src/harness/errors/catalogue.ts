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
  'E-PROCESS-MISSING': {
    meaning: 'A program of another package is needed, and is not on this machine (not in PATH).',
    next: 'Install it, or put its folder into PATH; `ccwspec doctor` lists what is here.',
    exit: harnessError,
  },
  'E-PROCESS-START': {
    meaning: 'A program is here, but could not be started.',
    next: 'Start it by hand, in the same folder, to see why.',
    exit: harnessError,
  },
  'E-PROCESS-TIME': {
    meaning: 'A program of another package ran longer than it may, and was stopped.',
    next: 'Try again when the machine has less to do; run the program by hand if it happens again.',
    exit: harnessError,
  },
  'E-PROCESS-ENDED': {
    meaning: 'A program of another package ended in another way than it should.',
    next: 'Run the command line that the message shows by hand.',
    exit: harnessError,
  },
  'E-AGENT-BUILD': {
    meaning: 'The agent could not be built from its C sources.',
    next: 'Install the compiler with its C library; `make -C agent native` shows the whole output.',
    exit: harnessError,
  },
  'E-AGENT-GONE': {
    meaning: 'The agent of a real target ended, or the connection to it broke, while something was asked of it.',
    next: 'Look at the console and the kernel log of the target; the run starts it again for the next case.',
    exit: harnessError,
  },
  'E-AGENT-CONNECT': {
    meaning: 'The agent of a real target could not be reached.',
    next: 'Check that the target runs and that nothing else is connected to its agent.',
    exit: harnessError,
  },
  'E-AGENT-FORK': {
    meaning: 'The kernel of a real target gave no further process.',
    next: 'Look at the limits on processes and memory of the target.',
    exit: harnessError,
  },
  'E-AGENT-PROTOCOL': {
    meaning: 'The agent of a real target refused a request, or sent something that is not an answer to one.',
    next: 'Put the agent of this version of ccwspec on the target; over ssh, see that no start-up file of the shell prints anything.',
    exit: harnessError,
  },
  'E-AGENT-SSH': {
    meaning: 'ssh did not bring up the agent on a host.',
    next: 'Run the same ssh command by hand until it asks for nothing and prints nothing.',
    exit: harnessError,
  },
  'E-AGENT-TIMEOUT': {
    meaning: 'The agent of a real target did not answer a request in time.',
    next: 'Look at the console and the kernel log of the target: the call may sleep in its kernel.',
    exit: harnessError,
  },
  'E-AGENT-VERSION': {
    meaning: 'The agent of a real target speaks another version of the protocol than this ccwspec.',
    next: 'Put the agent of this version of ccwspec on the target.',
    exit: harnessError,
  },
  'E-LAB-PACKAGE': {
    meaning: 'The lab needs a Debian package that is not on this machine, or that no archive has.',
    next: 'Run `ccwspec lab setup` to see the one command that installs what is missing.',
    exit: harnessError,
  },
  'E-LAB-KERNEL-IMAGE': {
    meaning: 'What --kernel names is no kernel for s390x: nothing, another file, or a kernel for another architecture.',
    next: 'Name arch/s390/boot/bzImage of a build with ARCH=s390, a kernel source tree, or debian:6.12.',
    exit: usage,
  },
  'E-LAB-KERNEL-DRIVER': {
    meaning: 'The kernel is one for s390x, but lacks the vfio-ccw driver or something that the lab cannot do without.',
    next: 'Build it with these options as y, or give the source tree to --kernel: the lab then configures it.',
    exit: harnessError,
  },
  'E-LAB-KERNEL-TREE': {
    meaning:
      'A kernel source tree cannot be built in a folder of its own, because it was built or configured in place.',
    next: 'Clean the tree, or name the bzImage that was built there.',
    exit: harnessError,
  },
  'E-LAB-KERNEL-CONFIG': {
    meaning: "An option that the lab's configuration asks for is not in the kernel that would come out.",
    next: 'The tree may be older or newer than the lab knows, or the option was renamed: compare with lab/kernel/base.config.',
    exit: harnessError,
  },
  'E-LAB-KERNEL-BUILD': {
    meaning: 'A kernel could not be compiled.',
    next: 'Correct what the compiler says; the log has all of it.',
    exit: harnessError,
  },
  'E-LAB-QEMU': {
    meaning: 'What --qemu names is no QEMU, or one that emulates another machine than s390-ccw-virtio.',
    next: 'Name a qemu-system-s390x.',
    exit: usage,
  },
  'E-LAB-BOOT': {
    meaning: "The lab's machine did not come up, or not as far as the agent.",
    next: 'The last lines of its console say how far it came; `ccwspec lab logs` shows all of them.',
    exit: harnessError,
  },
  'E-LAB-DIED': {
    meaning: "The lab's machine ended, or its kernel stopped, while something was running on it.",
    next: 'The last lines of its console say why; `ccwspec lab logs` shows all of them.',
    exit: harnessError,
  },
  'E-LAB-MONITOR': {
    meaning: "The lab's machine did not do what was asked of it through its monitor (QMP, or the Hercules console).",
    next: '`ccwspec lab logs` shows what it said.',
    exit: harnessError,
  },
  'E-LAB-VOLUME': {
    meaning: 'A volume file cannot be used for a disk of the lab.',
    next: 'Name a CKD or compressed CKD image of a 3390, as dasdinit writes it.',
    exit: configuration,
  },
  'E-LAB-COVERAGE': {
    meaning:
      'What a kernel counted of its vfio-ccw driver cannot be had, or does not belong to the kernel that was built.',
    next: 'Let `ccwspec lab coverage` build the kernel: name a source tree or debian:VERSION, not a bzImage.',
    exit: harnessError,
  },
  'E-HOST-NO-MDEV': {
    meaning:
      'The host cannot pass a subchannel through: it has no channel subsystem, no vfio_ccw driver, or no mediated devices.',
    next: 'Load the driver on the host (`modprobe vfio_ccw`); a kernel without it needs CONFIG_VFIO_CCW, CONFIG_VFIO_MDEV and, before 6.3, CONFIG_S390_CCW_IOMMU.',
    exit: harnessError,
  },
  'E-HOST-SUBCHANNEL': {
    meaning: 'The host has no such subchannel or device, or it is not one that vfio-ccw takes.',
    next: 'Run `ccwspec target status` to see the subchannels; a device that the host ignores is freed with `cio_ignore -r`.',
    exit: harnessError,
  },
  'E-HOST-IN-USE': {
    meaning: 'Somebody has the device: the host itself (a file system, swap space), another guest, or another run.',
    next: 'Unmount or shut down what uses it, or name another device; `ccwspec target status` shows who has what.',
    exit: harnessError,
  },
  'E-HOST-SERIAL': {
    meaning: 'The volume is not the one that was named: nothing was written on it.',
    next: 'Compare --device-number and --volser with the volume that you mean.',
    exit: harnessError,
  },
  'E-HOST-REFUSED': {
    meaning: 'The host refused a step of attaching a device or of putting it back.',
    next: 'Look at the kernel log of the host, and make sure that the agent runs as root.',
    exit: harnessError,
  },
  'E-HOST-RESTORE': {
    meaning: 'Something that was changed on the host could not be put back.',
    next: 'Correct what the message names (close what has the device open), then run `ccwspec target detach`.',
    exit: harnessError,
  },
  'E-HOST-JOURNAL': {
    meaning: 'The file that says what is attached on a host, and how it was before, cannot be read or written.',
    next: 'Free some space, or set XDG_STATE_HOME to a folder that can be written; a file that is damaged has to be put back by hand, with what it says.',
    exit: harnessError,
  },
  'E-INSTALL': {
    meaning: 'A package that ccwspec needs is not installed where it looks for it.',
    next: 'Run `npm ci` in the folder of ccwspec, or `npm start`, which does it by itself.',
    exit: harnessError,
  },
  'E-INTERNAL': {
    meaning: 'Something went wrong in ccwspec itself: an error that none of its parts foresaw.',
    next: 'Report it with the command line and the text that came with it; CCWSPEC_DEBUG=1 adds the call stack.',
    exit: harnessError,
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof catalogue;
