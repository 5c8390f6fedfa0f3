/** How each event is provoked on a lab machine, as one table: a new fixture is a new row. */
import type { MachineSpec, Site } from '../../../targets/target.ts';

export interface Provocation {
  /** what the console must show, or the event did not happen */
  readonly shows: RegExp;
  /** a fault of the module's own, by the name in `provoke.c` */
  readonly fault?: string;
  /** shell text on the machine; nobody waits for its end, since the machine may not outlive it */
  readonly run?: string;
  /** what is done from outside, before the above */
  readonly outside?: (site: Site) => PromiseLike<void>;
  /** shell text that makes the machine ready; it must succeed and leaves no trace in the fixture */
  readonly before?: string;
  /** what the kernel's own watchdogs are set to, by path below /proc/sys or /sys */
  readonly settings?: Readonly<Record<string, number>>;
  /** the configuration option that the kernel must have, without `CONFIG_`; others are passed over */
  readonly config?: string;
  /** kernel parameters */
  readonly append?: readonly string[];
  readonly disk?: MachineSpec['disk'];
}

const disk = (attach: 'qemu' | 'kernel') => ({ disk: { attach, size_MiB: attach === 'qemu' ? 64 : 512 } }) as const;

/** the only machine of a capture's lab */
export const MACHINE = 'machine';
/** Writes and syncs, over and over, until it is refused. */
const WRITER = 'for n in $(seq 20); do dd if=/dev/zero of=/mnt/disk/file bs=64k count=4 conv=fsync || break; sleep 0.2; done';
const ext4 = {
  before: 'mkfs.ext4 -q -E nodiscard $DISK && mount -o errors=remount-ro,noinit_itable $DISK /mnt/disk && touch /mnt/disk/file && sync',
  run: WRITER,
} as const;
const xfs = {
  before: 'modprobe xfs; mkfs.xfs -q -K -f $DISK && mount $DISK /mnt/disk && sync',
  run: 'touch /mnt/disk/file; sync; ls /mnt/disk',
} as const;

/** Programs that the kernel ends, each for another trap: ud2, hlt, a division by zero, a read from address 0. No fault of the kernel's. */
const USER_FAULTS = `python3 -c "
import os, struct
for code in '0f0b', 'f4', 'a1' + 8 * '00', '31c9f7f1':
    size = 120 + len(code) // 2
    head = struct.pack('<4s12sHHIQQQIHHHHHH', b'\\x7fELF', b'\\2\\1\\1', 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack('<IIQQQQQQ', 1, 5, 0, 0x400000, 0x400000, size, size, 4096)
    with open('/tmp/trap', 'wb') as program: program.write(head + segment + bytes.fromhex(code))
    os.chmod('/tmp/trap', 0o755)
    os.system('/tmp/trap')
"`;

const OOPS = /---\[ end trace/;
const HUNG = { 'sys/kernel/hung_task_timeout_secs': 3, 'sys/kernel/hung_task_warnings': 1 } as const;
const STALLED = { 'sys/kernel/soft_watchdog': 0, 'module/rcupdate/parameters/rcu_cpu_stall_timeout': 3 } as const;
const LOCKED = { 'sys/kernel/watchdog_thresh': 2 } as const;
const CHECKED = { append: ['slub_debug=FZPU'] } as const;

export const PROVOCATIONS = {
  // --- nothing wrong at all
  healthy: {
    run: 'stress-ng --quiet --cpu 2 --fork 2 --udp 1 -t 5; sync; busybox poweroff -f',
    shows: /reboot: Power down/,
  },
  user_faults: { run: USER_FAULTS, shows: /divide error/ },
  sysrq_backtraces: { run: 'for key in l w m; do echo $key > /proc/sysrq-trigger; sleep 1; done', shows: /sysrq: Show Memory/ },
  reboot: { run: 'busybox reboot -f', shows: /reboot: .*stormproof: ready/s },
  reset: { run: 'echo b > /proc/sysrq-trigger', shows: /sysrq: Resetting.*stormproof: ready/s },

  // --- panics
  sysrq_crash: { run: 'echo c > /proc/sysrq-trigger', shows: /end Kernel panic/ },
  panic: { fault: 'panic', shows: /end Kernel panic/ },
  panic_on_oops: { fault: 'null_deref', settings: { 'sys/kernel/panic_on_oops': 1 }, shows: /end Kernel panic/ },
  panic_on_warn: { fault: 'warning', settings: { 'sys/kernel/panic_on_warn': 1 }, shows: /end Kernel panic/ },
  panic_on_oom: {
    run: 'python3 -c "[b\'x\' * 10**7 for n in range(1000)]"',
    settings: { 'sys/vm/panic_on_oom': 1 },
    shows: /end Kernel panic/,
  },
  softlockup_panic: { fault: 'soft_lockup', settings: { ...LOCKED, 'sys/kernel/softlockup_panic': 1 }, shows: /end Kernel panic/ },
  rcu_stall_panic: { fault: 'rcu_stall', settings: { ...STALLED, 'sys/kernel/panic_on_rcu_stall': 1 }, shows: /end Kernel panic/ },
  hung_task_panic: { fault: 'hung_task', settings: { ...HUNG, 'sys/kernel/hung_task_panic': 1 }, shows: /end Kernel panic/ },
  stack_smash: { fault: 'stack_smash', shows: /end Kernel panic/ },

  // --- faults
  null_deref: { fault: 'null_deref', shows: OOPS },
  null_deref_irq: { fault: 'null_deref_irq', shows: /end Kernel panic/ },
  null_call: { fault: 'null_call', shows: OOPS },
  page_fault: { fault: 'page_fault', shows: OOPS },
  write_rodata: { fault: 'write_rodata', shows: OOPS },
  exec_data: { fault: 'exec_data', shows: OOPS },
  gpf: { fault: 'gpf', shows: OOPS },
  divide_error: { fault: 'divide_error', shows: OOPS },
  invalid_opcode: { fault: 'invalid_opcode', shows: OOPS },
  int3: { fault: 'int3', shows: OOPS },
  stack_overflow: { fault: 'stack_overflow', shows: OOPS },
  double_fault: { fault: 'double_fault', shows: /double fault/ },
  bug: { fault: 'bug', shows: OOPS },
  fortify: { fault: 'fortify', shows: OOPS },
  usercopy: { fault: 'usercopy', shows: OOPS },
  list_corruption: { fault: 'list_corruption', shows: OOPS },
  double_free: { fault: 'double_free', shows: OOPS },

  // --- warnings
  warning: { fault: 'warning', shows: OOPS },
  warning_bare: { fault: 'warning_bare', shows: OOPS },
  warnings_at_once: { fault: 'warnings_at_once', shows: /end trace.*end trace/s },
  refcount: { fault: 'refcount', shows: OOPS },
  atomic_schedule: { fault: 'atomic_schedule', shows: /scheduling while atomic/ },
  irq_nobody_cared: { fault: 'irq_nobody_cared', shows: /Disabling IRQ/ },

  // --- memory that somebody else wrote
  slab_double_free: { fault: 'double_free', ...CHECKED, shows: /already free/ },
  slab_poison: { fault: 'use_after_free', ...CHECKED, shows: /Poison overwritten/ },
  slab_redzone: { fault: 'redzone', ...CHECKED, shows: /Redzone overwritten/ },
  bad_page: { fault: 'bad_page', append: ['debug_pagealloc=on', 'page_poison=1'], shows: /Bad page state/ },
  kfence: { fault: 'kfence', config: 'KFENCE', append: ['kfence.sample_interval=1'], shows: /BUG: KFENCE/ },

  // --- hangs
  hung_task: { fault: 'hung_task', settings: HUNG, shows: /blocked for more/ },
  soft_lockup: { fault: 'soft_lockup', settings: LOCKED, shows: /soft lockup/ },
  rcu_stall: { fault: 'rcu_stall', settings: STALLED, shows: /self-detected stall/ },
  rcu_stall_irqs_off: { fault: 'rcu_stall_irqs_off', settings: STALLED, shows: /detected stalls/ },
  rcu_expedited_stall: {
    fault: 'rcu_expedited_stall',
    settings: { 'sys/kernel/soft_watchdog': 0, 'module/rcupdate/parameters/rcu_exp_cpu_stall_timeout': 3000 },
    shows: /expedited stalls/,
  },
  workqueue_lockup: {
    fault: 'workqueue_lockup',
    config: 'WQ_WATCHDOG',
    settings: { 'sys/kernel/soft_watchdog': 0, 'module/workqueue/parameters/watchdog_thresh': 3 },
    shows: /workqueue lockup/,
  },

  // --- memory runs out
  oom_kill: { run: 'python3 -c "[b\'x\' * 10**7 for n in range(1000)]"', shows: /Killed process/ },
  oom_cgroup: {
    before:
      'mount -t cgroup2 none /sys/fs/cgroup; echo +memory > /sys/fs/cgroup/cgroup.subtree_control; mkdir /sys/fs/cgroup/small && echo 20M > /sys/fs/cgroup/small/memory.max',
    run: 'echo $$ > /sys/fs/cgroup/small/cgroup.procs; python3 -c "[b\'x\' * 10**6 for n in range(1000)]"',
    shows: /Killed process/,
  },
  page_alloc_failure: { fault: 'page_alloc_failure', shows: /page allocation failure/ },
  memory_failure: {
    config: 'MEMORY_FAILURE',
    run: 'python3 -c "import mmap; page = mmap.mmap(-1, 4096); page[0] = 1; page.madvise(100)"',
    shows: /Memory failure: .*recovery action/,
  },

  // --- network
  conntrack_full: {
    before: 'modprobe nf_conntrack enable_hooks=1',
    run: 'echo 1 > /proc/sys/net/netfilter/nf_conntrack_max; ping -c 3 -i 0.2 -W 1 127.0.0.1; ping -c 3 -i 0.2 -W 1 127.0.0.2',
    shows: /table full/,
  },
  neigh_overflow: {
    before: 'for n in 1 2 3; do echo 1 > /proc/sys/net/ipv6/neigh/default/gc_thresh$n; done',
    run: 'for n in $(seq 20 60); do ping -c 1 -W 1 $FRONT$n & done',
    shows: /table overflow/,
  },
  arp_overflow: {
    before: 'for n in 1 2 3; do echo 1 > /proc/sys/net/ipv4/neigh/default/gc_thresh$n; done',
    run: 'for n in $(seq 20 60); do ping -c 1 -W 1 10.0.2.$n & done',
    shows: /table overflow/,
  },
  // they are counted ten times a second: the second one finds the first
  tcp_orphans: {
    settings: { 'sys/net/ipv4/tcp_max_orphans': 0 },
    run: `for port in 5001 5002; do
  iperf3 -s -B 127.0.0.1 -p $port & server=$!
  sleep 1; iperf3 -c 127.0.0.1 -p $port -t 60 &
  sleep 1; kill -STOP $server; sleep 1; kill -KILL $!; sleep 1
done`,
    shows: /orphaned sockets/,
  },

  // --- storage
  io_error: {
    ...disk('qemu'),
    outside: (site) => site.tailOf(MACHINE).inject({ kind: 'error', errno: 'EIO', share: 1 }),
    run: 'dd if=/dev/zero of=$DISK bs=64k count=4 conv=fsync; dd if=$DISK of=/dev/null bs=4k count=1 skip=100',
    shows: /Buffer I\/O error/,
  },
  ext4_io_error: {
    ...disk('qemu'),
    ...ext4,
    outside: (site) => site.tailOf(MACHINE).inject({ kind: 'error', errno: 'EIO', share: 1 }),
    shows: /EXT4-fs/,
  },
  ext4_nbd_disconnected: { ...disk('kernel'), ...ext4, run: `nbd-client -d $DISK; ${WRITER}`, shows: /EXT4-fs/ },
  ext4_tail_dies: { ...disk('kernel'), ...ext4, outside: (site) => site.tailOf(MACHINE)[Symbol.asyncDispose](), shows: /block nbd/ },
  nbd_timeout: {
    ...disk('kernel'),
    before: 'nbd-client -d $DISK; sleep 1; nbd-client $TAIL 10809 $DISK -timeout 3',
    outside: (site) => site.tailOf(MACHINE).inject({ kind: 'pause' }),
    run: 'dd if=$DISK of=/dev/null bs=4k count=1',
    shows: /block nbd0: .*timed out/,
  },
  xfs_io_error: {
    ...disk('kernel'),
    ...xfs,
    outside: (site) => site.tailOf(MACHINE).inject({ kind: 'error', errno: 'EIO', share: 1 }),
    shows: /XFS .*[Ss]hut/,
  },
  storage_cut: {
    ...disk('kernel'),
    ...ext4,
    settings: { ...HUNG, 'sys/kernel/hung_task_warnings': 4 },
    outside: (site) => site.networks.store.cut(),
    shows: /blocked for more/,
  },
  storage_cut_panic: {
    ...disk('qemu'),
    ...ext4,
    settings: { ...HUNG, 'sys/kernel/hung_task_panic': 1 },
    outside: (site) => site.networks.store.cut(),
    shows: /end Kernel panic/,
  },
} as const satisfies Record<string, Provocation>;
