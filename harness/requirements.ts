/** What a machine needs for the lab: one row per program, with the Debian package that brings it. */

export interface Requirement {
  readonly program: string;
  /** what is looked for where it is no program: the path of a file */
  readonly file?: string;
  readonly debian: string;
  /** what for, in a few words */
  readonly purpose: string;
  /** `tests`: no run needs it, only the tests of stormproof itself */
  readonly need: 'required' | 'optional' | 'tests';
  /** asks it for its version; a program without that is only looked for */
  readonly version?: string;
}

export const PROGRAMS: readonly Requirement[] = [
  { program: 'qemu-system-x86_64', debian: 'qemu-system-x86', purpose: 'machines of the lab', need: 'required', version: '--version' },
  { program: 'nbdkit', debian: 'nbdkit', purpose: 'tails: disks over NBD', need: 'required', version: '--version' },
  { program: 'trafgen', debian: 'netsniff-ng', purpose: 'IPv6 floods', need: 'required', version: '--version' },
  { program: 'iperf3', debian: 'iperf3', purpose: 'established TCP', need: 'required', version: '--version' },
  { program: 'socat', debian: 'socat', purpose: 'management of machines', need: 'required', version: '-V' },
  { program: 'mmdebstrap', debian: 'mmdebstrap', purpose: 'the guest image', need: 'required', version: '--version' },
  { program: 'mksquashfs', debian: 'squashfs-tools', purpose: 'the guest image', need: 'required', version: '-version' },
  { program: 'sqfstar', debian: 'squashfs-tools', purpose: 'the guest image', need: 'required' },
  { program: 'sqfscat', debian: 'squashfs-tools', purpose: 'the guest image', need: 'required' },
  { program: 'ip', debian: 'iproute2', purpose: 'networks of the lab', need: 'required', version: '-V' },
  { program: 'tc', debian: 'iproute2', purpose: 'rate of the storage link', need: 'required', version: '-V' },
  { program: 'ethtool', debian: 'ethtool', purpose: 'floods reach their link', need: 'required', version: '--version' },
  { program: 'unshare', debian: 'util-linux', purpose: 'network namespaces', need: 'required', version: '--version' },
  { program: 'nsenter', debian: 'util-linux', purpose: 'network namespaces', need: 'required' },
  { program: 'setpriv', debian: 'util-linux', purpose: 'ending programs with the run', need: 'required' },
  { program: 'flock', debian: 'util-linux', purpose: 'runs beside each other', need: 'required' },
  { program: 'timeout', debian: 'coreutils', purpose: 'ending programs in time', need: 'required', version: '--version' },
  { program: 'stdbuf', debian: 'coreutils', purpose: 'probes line by line', need: 'required', version: '--version' },
  { program: 'ping', debian: 'iputils-ping', purpose: 'the network probe', need: 'required', version: '-V' },
  { program: 'xz', debian: 'xz-utils', purpose: 'compressed kernel modules', need: 'required', version: '--version' },
  { program: 'depmod', debian: 'kmod', purpose: 'the order of kernel modules', need: 'required', version: '--version' },
  { program: 'dpkg-deb', debian: 'dpkg', purpose: 'kernels from packages', need: 'required', version: '--version' },
  { program: 'qemu-storage-daemon', debian: 'qemu-system-common', purpose: 'tails of that kind', need: 'optional', version: '--version' },
  // its service ends by itself: the configuration that comes with the package has no export ("No configured exports; quitting")
  { program: 'nbd-server', debian: 'nbd-server', purpose: 'tails of that kind', need: 'optional', version: '-V' },
  { program: 'makedumpfile', debian: 'makedumpfile', purpose: 'cores of kernels that panicked', need: 'optional', version: '-v' },
  { program: 'prlimit', debian: 'util-linux', purpose: 'cores of kernels that panicked', need: 'optional', version: '--version' },
  { program: 'openssl', debian: 'openssl', purpose: 'certificates for tails with TLS', need: 'optional', version: 'version' },
  { program: 'jq', debian: 'jq', purpose: 'tests of certificates', need: 'tests', version: '--version' },
  { program: 'qemu-io', debian: 'qemu-utils', purpose: 'tests of tails', need: 'tests', version: '--version' },
  { program: 'nbdinfo', debian: 'libnbd-bin', purpose: 'tests of tails', need: 'tests', version: '--version' },
  { program: 'apt-get', debian: 'apt', purpose: 'kernels from the package archive', need: 'optional', version: '--version' },
  // its package starts a server of its own, on loopback; the tests make another one, in a directory that goes with them
  { program: 'initdb', debian: 'postgresql', purpose: 'tests of the store of a team', need: 'tests', version: '--version' },
  { program: 'xmllint', debian: 'libxml2-utils', purpose: 'tests of JUnit reports', need: 'tests', version: '--version' },
  { program: 'cmark-gfm', debian: 'cmark-gfm', purpose: 'tests of Markdown reports', need: 'tests', version: '--version' },
  {
    program: 'prometheus_client',
    file: '/usr/lib/python3/dist-packages/prometheus_client/openmetrics/parser.py',
    debian: 'python3-prometheus-client',
    purpose: 'tests of OpenMetrics reports',
    need: 'tests',
  },
  { program: 'fio', debian: 'fio', purpose: 'a test of what it prints', need: 'tests', version: '--version' },
  { program: 'nft', debian: 'nftables', purpose: 'the sink of npm run bench -- flood', need: 'tests', version: '--version' },
  { program: 'chromium', debian: 'chromium', purpose: 'tests of pages', need: 'tests', version: '--version' },
  { program: 'strip', debian: 'binutils', purpose: 'smaller modules from built trees', need: 'optional', version: '--version' },
];

/** The packages of `requirements`, each once. */
export const packagesOf = (requirements: readonly Requirement[]): string[] => [...new Set(requirements.map(({ debian }) => debian))];

export const installArgv = (packages: readonly string[]): string[] => ['apt-get', 'install', '-y', '--no-install-recommends', ...packages];

/** Whether the text of /etc/os-release says Debian, or something made of it. */
export function isDebian(osRelease: string): boolean {
  const values = [...osRelease.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].flatMap(([, value = '']) => value.replaceAll(/["']/g, '').split(/\s+/));
  return values.some((value) => value === 'debian' || value === 'ubuntu');
}
