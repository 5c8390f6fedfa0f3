/** The command line of a lab machine; pure. */
import { LARGE_FROM_MiB } from '../../results/memory.ts';
import type { MachineSpec } from '../target.ts';

export interface Disk {
  /** how the machine tells it apart; also its QEMU node name */
  readonly serial: 'tail' | 'userland' | 'modules';
  readonly source: { readonly file: string } | NbdSource;
}

export interface NbdSource {
  readonly nbdHost: string;
  readonly nbdPort: number;
  readonly nbdExport: string;
  /** a directory of certificates as targets/tls.ts makes it; in the clear where it is not said */
  readonly tls?: string | undefined;
}

export interface Card {
  readonly name: string;
  readonly mac: string;
  /** the size that the machine is told to use; virtio's own default of 1500 bytes else (VIRTIO_NET_F_MTU) */
  readonly mtu_bytes?: number | undefined;
  /** a tap device, or QEMU's user network with management forwarded from a loopback port of QEMU's namespace */
  readonly source: { readonly tap: string } | { readonly forwardedPort: number };
}

export interface QemuPlan {
  readonly spec: Pick<MachineSpec, 'name' | 'cpus' | 'memory_MiB' | 'nodes' | 'unused_MiB'>;
  readonly accelerator: 'kvm' | 'tcg';
  readonly kernel: string;
  readonly initrd: string;
  readonly append: readonly string[];
  readonly disks: readonly Disk[];
  readonly cards: readonly Card[];
  readonly consoleSocket: string;
  readonly qmpSocket: string;
}

/** What the process of every machine is called, within the 15 characters that a kernel keeps. */
export const PROCESS_NAME = 'stormproof-qemu';

const TLS = 'tail-tls';
/** How long QEMU's NBD client goes on trying to reach a tail that dropped the connection, as a cloud's would. */
const NBD_RECONNECT_S = 3600;

/** What every lab machine gets on its kernel command line; the candidate's own additions come last and win. */
export const KERNEL_PARAMETERS = ['console=ttyS0,115200', 'printk.time=1', 'panic=0', 'net.ifnames=0', 'random.trust_cpu=on'] as const;

/** A kernel that clears what it allocates would write to every page of a ballast (mm/page_alloc.c, want_init_on_alloc()). */
const BALLAST_PARAMETERS = ['init_on_alloc=0'] as const;

/** Whether what the guest frees is given back to the lab host. */
export const isSparse = ({ memory_MiB }: Pick<MachineSpec, 'memory_MiB'>): boolean => memory_MiB >= LARGE_FROM_MiB;

export const ACCELERATOR_ARGV = {
  kvm: ['-accel', 'kvm', '-cpu', 'host'],
  tcg: ['-accel', 'tcg,thread=multi', '-cpu', 'max'],
} as const;

/**
 * Builds the argv. The machine starts stopped (`-S`): consoles and QMP are connected first, so that no byte and no event is missed.
 * On a panic QEMU only tells (pvpanic); the controller stops the machine after it has the whole text.
 */
export function qemuArgv(plan: QemuPlan): string[] {
  return [
    'qemu-system-x86_64',
    ...['-name', `${plan.spec.name},process=${PROCESS_NAME}`],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-S'],
    ...['-machine', 'q35', ...ACCELERATOR_ARGV[plan.accelerator]],
    ...['-smp', processors(plan.spec), '-m', `${plan.spec.memory_MiB}M`],
    ...memoryArgv(plan.spec),
    ...['-kernel', plan.kernel, '-initrd', plan.initrd],
    ...['-append', [...KERNEL_PARAMETERS, ...(plan.spec.unused_MiB === undefined ? [] : BALLAST_PARAMETERS), ...plan.append].join(' ')],
    ...['-chardev', `socket,id=console,path=${plan.consoleSocket},server=on,wait=off`, '-serial', 'chardev:console'],
    ...['-qmp', `unix:${plan.qmpSocket},server=on,wait=off`],
    ...['-action', 'panic=none', '-action', 'reboot=reset', '-action', 'watchdog=none'],
    ...['-device', 'pvpanic-pci'],
    ...plan.disks.flatMap(diskArgv),
    ...plan.cards.flatMap(cardArgv),
  ];
}

/** No package reaches over two nodes: a kernel calls that insane (arch/x86/kernel/smpboot.c, topology_sane()). */
const processors = ({ cpus, nodes = 1 }: QemuPlan['spec']): string =>
  nodes === 1 ? String(cpus) : `${cpus},sockets=${cpus % nodes === 0 ? nodes : cpus}`;

/**
 * A node of NUMA each for its share of memory and processors. Nothing is reserved: the host has pages for what the guest has written to, huge ones
 * where it can (QEMU asks for them by madvise(2); it does not for a memfd, and the page structures of 768 GiB take a third longer then), and gets those back that the guest reports as free (mm/page_reporting.c).
 */
function memoryArgv({ memory_MiB, cpus, nodes = 1 }: QemuPlan['spec']): string[] {
  const reporting = isSparse({ memory_MiB }) ? ['-device', 'virtio-balloon-pci,free-page-reporting=on'] : [];
  if (nodes === 1 && reporting.length === 0) return [];
  const parts = Array.from({ length: nodes }, (_, node) => {
    const [first, end] = [Math.floor((node * cpus) / nodes), Math.floor(((node + 1) * cpus) / nodes)];
    const own = end > first ? [`cpus=${first}-${end - 1}`] : [];
    const size_MiB = Math.floor(((node + 1) * memory_MiB) / nodes) - Math.floor((node * memory_MiB) / nodes);
    return [
      ...['-object', `memory-backend-ram,id=memory${node},size=${size_MiB}M,reserve=off`],
      ...['-numa', ['node', `nodeid=${node}`, `memdev=memory${node}`, ...own].join(',')],
    ];
  });
  return [...parts.flat(), ...reporting];
}

function diskArgv(disk: Disk): string[] {
  const node =
    'file' in disk.source
      ? { driver: 'raw', 'read-only': true, file: { driver: 'file', filename: disk.source.file } }
      : {
          driver: 'nbd',
          server: { type: 'inet', host: disk.source.nbdHost, port: String(disk.source.nbdPort) },
          export: disk.source.nbdExport,
          ...(disk.source.tls === undefined ? {} : { 'tls-creds': TLS }),
          'reconnect-delay': NBD_RECONNECT_S,
        };
  const tls = 'nbdHost' in disk.source ? disk.source.tls : undefined;
  return [
    ...(tls === undefined ? [] : ['-object', `tls-creds-x509,id=${TLS},endpoint=client,dir=${tls}`]),
    ...['-blockdev', JSON.stringify({ 'node-name': disk.serial, discard: 'unmap', ...node })],
    // errors are the guest's to see; QEMU's own choice is to stop the guest at ENOSPC, until somebody lets it go on
    ...['-device', `virtio-blk-pci,id=${disk.serial}-disk,drive=${disk.serial},serial=${disk.serial},werror=report`],
  ];
}

/** Arguments of `block_set_io_throttle` (qapi/block-core.json), which makes a throttle group of the disk's own; zeros lift it. */
export const throttleOf = (serial: Disk['serial'], { bytes_per_s = 0, requests_per_s = 0 } = {}) => ({
  ...{
    id: `/machine/peripheral/${serial}-disk/virtio-backend`,
    bps: bytes_per_s,
    bps_rd: 0,
    bps_wr: 0,
    iops: requests_per_s,
    iops_rd: 0,
    iops_wr: 0,
  },
});

function cardArgv(card: Card): string[] {
  const backend =
    'tap' in card.source
      ? `tap,id=${card.name},ifname=${card.source.tap},script=no,downscript=no`
      : `user,id=${card.name},restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:${card.source.forwardedPort}-10.0.2.15:22`;
  const mtu = card.mtu_bytes === undefined ? '' : `,host_mtu=${card.mtu_bytes}`;
  return ['-netdev', backend, '-device', `virtio-net-pci,netdev=${card.name},mac=${card.mac}${mtu},romfile=`];
}
