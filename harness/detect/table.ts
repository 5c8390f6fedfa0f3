/**
 * What a kernel prints when something is wrong, as one table. The first row whose pattern matches a message (the line without its
 * timestamp) opens an event. Patterns are anchored and quote the kernel's own format strings, from 3.2 to 7.x, x86-64 first; where a string
 * changed between versions, both stand in one pattern. A new kind of event is a new row with an example line; kinds.ts says what it means.
 */
import type { EventClass, Severity } from '../../results/model.ts';
import type { Blame } from './frames.ts';
import type { Kind } from './kinds.ts';

export interface Row {
  readonly kind: Kind;
  readonly class: EventClass;
  readonly severity: Severity;
  /** Named groups `task`, `pid`, `seconds` fill the event's fields, `function` is blamed before any frame, all may stand in the title. */
  readonly pattern: RegExp;
  /** `{group}` is replaced; a part in `[…]` vanishes when a group in it is missing. `{function}` reads `corrupted` where no frame says anything. */
  readonly title: string;
  /** Other titles for the same bug, filled in the same way. */
  readonly alt?: readonly string[];
  /** The title of a report that ends before its `detail`; its header line where this is missing. */
  readonly cut?: string;
  /** `line`: complete at once; `trace`: registers and call trace follow. */
  readonly body: 'line' | 'trace';
  /** Where the function to blame stands. */
  readonly blame?: Blame;
  /** Functions to pass over for this row, beside those of frames.ts. */
  readonly skip?: RegExp;
  /** A later line that belongs to the report; its groups stand in the title, and without it the report is cut short. */
  readonly detail?: RegExp;
  /** The report is whole without a call trace. */
  readonly traceless?: true;
  /** Says only how another report ends: where there is none before it, that one is lost. */
  readonly ending?: true;
  /** Only on a line that shows itself to be the kernel's: programs print such words too. */
  readonly certain?: true;
  /** A program says it, not the kernel: it counts also without a timestamp. */
  readonly byProgram?: true;
  /** Kinds whose open report this line only continues: it is no event then. */
  readonly continues?: readonly Kind[];
  /** Kinds that caused this one if they came before in this boot, where the times are known at most so many seconds ago. */
  readonly follows?: readonly Kind[];
  readonly within_s?: number;
}

/** A row of the table says also whose words it knows. */
interface TableRow extends Row {
  /** the kernels that use this wording: `3.2-`, `-5.2`, `4.15-6.12`, as far as it is known */
  readonly versions: string;
  /** a line of kernel text that this row is the first to match */
  readonly example: string;
}

export const FOLLOW_S = 5;

type Weight = Pick<Row, 'class' | 'severity'>;
const crash: Weight = { class: 'crash', severity: 'fatal' };
const broken: Weight = { class: 'crash', severity: 'error' };
const warned: Weight = { class: 'crash', severity: 'warning' };
const hang: Weight = { class: 'hang', severity: 'error' };
const memory: Weight = { class: 'memory', severity: 'error' };
const network: Weight = { class: 'network', severity: 'warning' };
const offline: Weight = { class: 'network', severity: 'error' };
const storage: Weight = { class: 'storage', severity: 'error' };
const hardware: Weight = { class: 'hardware', severity: 'error' };
const suspect: Weight = { class: 'hardware', severity: 'warning' };
const lifecycle: Weight = { class: 'lifecycle', severity: 'info' };

const line = { body: 'line' } as const;
const report = (blame: Blame) => ({ body: 'trace', blame }) as const;

/** A die line ends in its counter; `traps: foo[12] general protection fault ip:…` of a user's program does not. */
const dies = (what: string): RegExp => new RegExp(String.raw`^${what}.*\[#\d+\]`);
/**
 * __warn() in kernel/panic.c: `WARNING: CPU: 1 PID: 2 at FILE:3 func+0x4/0x5`, before 3.12 `WARNING: at FILE:3 func+…`;
 * since 6.19 `WARNING: [condition] FILE:3 at func+0x4/0x5, CPU#1: comm/2`. `func` may be a bare address.
 */
const ANYWHERE = String.raw`\S+`;
const warningAt = (file: string, func = String.raw`\S*`): RegExp =>
  new RegExp(
    String.raw`^WARNING: (?:(?:CPU: \d+ PID: (?<pid>-?\d+) )?at ${file}:\d+ ${func}|(?:\[.*\] )?${file}:\d+ at ${func}\S*, CPU#\d+: (?<task>.+)/(?<pid>\d+))`,
  );

/** What calls itself a warning, but only advises whoever set this machine up. */
const ADVICE =
  '(?:`.*\\b(?:uses|USES)|.*(?:mount option|deprecat|obsolete|will be removed|BIOS|[Ff]irmware|[Mm]icrocode|mitigation|data leaks|fbcon|cpumask|/etc/|console|clock|ACPI|TSC|MTRR|[Uu]nsupported|not supported|not compiled|disabled|[Ii]gnor|https?:))';

/** What may have killed the task or the kernel that a later line speaks of. */
const FAULTS = [
  'null_deref',
  'page_fault',
  'gpf',
  'oops',
  'double_fault',
  'stack_guard',
  'bug',
  'mm_corruption',
  'kasan',
  'kfence',
  'kmsan',
] as const;
/** What panic_on_warn takes for a reason (check_panic_on_warn). */
const WARNED = ['warning', 'lockdep', 'ubsan', 'kasan', 'kfence', 'kmsan', 'kcsan', 'atomic_sleep', 'mm_corruption'] as const;
/** What makes a disk go away. */
const DISK_GONE = ['nbd_dead', 'nbd_timeout', 'nbd_closed', 'disk_timeout', 'iscsi_error', 'path_failure'] as const;
const DISK_FAILED = ['io_error', 'buffer_io_error', ...DISK_GONE] as const;
const FS_FAILED = ['fs_error', 'journal_abort', 'fs_shutdown', ...DISK_FAILED] as const;
/** Stalls are seen by several watchdogs, each after its own time. */
const STALLS = ['soft_lockup', 'hard_lockup', 'rcu_stall', 'csd_lock', 'spinlock_lockup'] as const;
const STALL_S = 120;

const BAD_ACCESS = ['bad-access in {function}'] as const;
const HANGS = ['hang in {function}'] as const;
const STALLED = ['stall in {function}'] as const;
const OVERFLOWN = ['stack-overflow in {function}'] as const;

export const TABLE = [
  // --- lifecycle
  {
    kind: 'boot',
    ...lifecycle,
    ...line,
    // linux_banner in init/version.c
    pattern: /^Linux version (?<release>\d\S*) /,
    title: 'Linux version {release}',
    versions: '3.2-',
    example: 'Linux version 6.12.57+deb13-amd64 (debian-kernel@lists.debian.org) (gcc-14 (Debian 14.2.0-19) 14.2.0) #1 SMP',
  },
  {
    kind: 'restart',
    ...lifecycle,
    ...line,
    // kernel/reboot.c
    pattern: /^(?:reboot: )?(?<what>Restarting system|machine restart)/,
    title: 'reboot: {what}',
    follows: ['panic', 'restart'],
    versions: '3.2-',
    example: 'reboot: Restarting system',
  },
  {
    kind: 'power_off',
    ...lifecycle,
    ...line,
    pattern: /^(?:reboot: )?(?<what>Power down|System halted)/,
    title: 'reboot: {what}',
    versions: '3.2-',
    example: 'reboot: Power down',
  },
  {
    kind: 'emergency_mode',
    class: 'lifecycle',
    severity: 'error',
    ...line,
    byProgram: true,
    // systemd's units emergency.target and rescue.target, dracut's emergency_shell(), initramfs-tools' panic()
    pattern:
      /^(?:(?:systemd\[1\]: |\[ {2}OK {2}\] )?(?:Reached target|Started|Starting) .*[Ee]mergency (?:Mode|Shell)|You are in (?:emergency|rescue) mode|Entering emergency mode|dracut(?:-\w+)?(?:\[\d+\])?: .*[Ee]mergency [Mm]ode|ALERT! .* does not exist\. +Dropping to a shell|Gave up waiting for (?:root|suspend\/resume) )/,
    title: 'emergency mode',
    versions: '3.2-',
    example: 'systemd[1]: Reached target emergency.target - Emergency Mode.',
  },
  {
    kind: 'log_gap',
    class: 'lifecycle',
    severity: 'warning',
    ...line,
    // console_emit_next_record() in kernel/printk/printk.c; systemd-journald's and rsyslog's reading of /dev/kmsg
    pattern:
      /^(?:\*\* \d+ printk messages dropped|systemd-journald\[\d+\]: (?:Missed \d+ kernel messages|\/dev\/kmsg buffer overrun)|\/dev\/kmsg buffer overrun)/,
    title: 'kernel messages were lost',
    versions: '3.18-',
    example: '** 1234 printk messages dropped **',
  },

  // --- crash: panic (vpanic() in kernel/panic.c). Most only end what was told before.
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    pattern: /^Kernel panic - not syncing: Fatal exception/,
    title: 'kernel panic: Fatal exception',
    ending: true,
    follows: FAULTS,
    versions: '3.2-',
    example: 'Kernel panic - not syncing: Fatal exception in interrupt',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    pattern: /^Kernel panic - not syncing: (?:kernel: |\w+: )?panic_on_warn set/,
    title: 'kernel panic: panic_on_warn set',
    ending: true,
    follows: WARNED,
    versions: '3.19-',
    example: 'Kernel panic - not syncing: kernel: panic_on_warn set ...',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    pattern: /^Kernel panic - not syncing: (?:(?:kasan|kmsan|kfence)\.fault=panic|panic_on_kmsan) set/,
    title: 'kernel panic: sanitizer fault',
    ending: true,
    follows: ['kasan', 'kmsan', 'kfence'],
    versions: '5.12-',
    example: 'Kernel panic - not syncing: kasan.fault=panic set ...',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    // check_hung_task() in kernel/hung_task.c
    pattern: /^Kernel panic - not syncing: hung_task: blocked tasks/,
    title: 'kernel panic: hung_task: blocked tasks',
    ending: true,
    follows: ['hung_task'],
    versions: '3.2-',
    example: 'Kernel panic - not syncing: hung_task: blocked tasks',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    pattern: /^Kernel panic - not syncing: softlockup: hung tasks/,
    title: 'kernel panic: softlockup: hung tasks',
    follows: ['soft_lockup'],
    versions: '3.2-',
    example: 'Kernel panic - not syncing: softlockup: hung tasks',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    pattern: /^Kernel panic - not syncing: (?:Watchdog detected hard LOCKUP|Hard LOCKUP)/,
    title: 'kernel panic: Hard LOCKUP',
    follows: ['hard_lockup'],
    versions: '3.2-',
    example: 'Kernel panic - not syncing: Hard LOCKUP',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    // panic_on_rcu_stall() in kernel/rcu/tree_stall.h
    pattern: /^Kernel panic - not syncing: RCU Stall/,
    title: 'kernel panic: RCU Stall',
    follows: ['rcu_stall'],
    versions: '4.8-',
    example: 'Kernel panic - not syncing: RCU Stall',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    // __schedule_bug() in kernel/sched/core.c
    pattern: /^Kernel panic - not syncing: scheduling while atomic/,
    title: 'kernel panic: scheduling while atomic',
    follows: ['atomic_sleep'],
    versions: '4.9-',
    example: 'Kernel panic - not syncing: scheduling while atomic: fio/812/0x00000002',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    // mm/oom_kill.c
    pattern: /^Kernel panic - not syncing: (?:Out of memory(?:: |\. )|out of memory\. )(?:.*panic_on_oom|[Cc]ompulsory panic)/,
    title: 'kernel panic: Out of memory',
    versions: '3.2-',
    example: 'Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    pattern: /^Kernel panic - not syncing: (?:System is deadlocked on memory|Out of memory and no killable processes)/,
    title: 'kernel panic: System is deadlocked on memory',
    follows: ['oom_kill'],
    versions: '3.2-',
    example: 'Kernel panic - not syncing: System is deadlocked on memory',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    pattern:
      /^Kernel panic - not syncing: (?<what>Attempted to kill init!|Attempted to kill the idle task!|Aiee, killing interrupt handler!)/,
    title: 'kernel panic: {what}',
    follows: FAULTS,
    versions: '3.2-',
    example: 'Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('overflow'),
    // handle_bad_stack() in arch/arm64/kernel/traps.c
    pattern: /^Kernel panic - not syncing: kernel stack overflow/,
    title: 'kernel stack overflow in {function}',
    alt: OVERFLOWN,
    skip: /bad_stack/,
    follows: ['stack_guard'],
    versions: '4.14-',
    example: 'Kernel panic - not syncing: kernel stack overflow',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('overflow'),
    // schedule_debug() in kernel/sched/core.c
    pattern: /^Kernel panic - not syncing: corrupted stack end detected inside scheduler/,
    title: 'kernel panic: corrupted stack end in {function}',
    alt: OVERFLOWN,
    skip: /schedule|retint_kernel/,
    versions: '3.18-',
    example: 'Kernel panic - not syncing: corrupted stack end detected inside scheduler',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    // __stack_chk_fail() in kernel/panic.c; the caller is a bare address where symbols are not in the kernel
    pattern: /^Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in:? (?<function>[A-Za-z_]\w*)[.+]/,
    title: 'kernel panic: stack is corrupted in {function}',
    traceless: true,
    versions: '3.2-',
    example: 'Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: tcp_ack+0x12/0x34',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    pattern: /^Kernel panic - not syncing: stack-protector:/,
    title: 'kernel panic: stack is corrupted in {function}',
    skip: /stack_chk/,
    versions: '3.2-',
    example: 'Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: ffffffff81234567',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    pattern: /^Kernel panic - not syncing: Couldn't open N_TTY ldisc for/,
    title: "kernel panic: Couldn't open N_TTY ldisc",
    versions: '3.2-',
    example: "Kernel panic - not syncing: Couldn't open N_TTY ldisc for ttyS1 --- error -12",
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    pattern: /^Kernel panic - not syncing: (?<text>(?:Fatal|Timeout|Fatal local)\b.*machine check.*)/,
    title: 'kernel panic: {text}',
    follows: ['mce'],
    versions: '3.2-',
    example: 'Kernel panic - not syncing: Fatal machine check on current CPU',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    pattern: /^Kernel panic - not syncing: (?<text>Fatal hardware error.*)/,
    title: 'kernel panic: {text}',
    follows: ['ghes', 'mce'],
    versions: '3.2-',
    example: 'Kernel panic - not syncing: Fatal hardware error!',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    pattern: /^Kernel panic - not syncing: (?:EXT4-fs \(device \S+\): panic forced after error|.*errors=panic)/,
    title: 'kernel panic: EXT4-fs: panic forced after error',
    follows: FS_FAILED,
    versions: '3.2-',
    example: 'Kernel panic - not syncing: EXT4-fs (device vda1): panic forced after error',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    pattern: /^Kernel panic - not syncing: (?<text>Asynchronous SError Interrupt)/,
    title: 'kernel panic: {text}',
    follows: FAULTS,
    versions: '4.15-',
    example: 'Kernel panic - not syncing: Asynchronous SError Interrupt',
  },
  {
    kind: 'panic',
    ...crash,
    ...report('trace'),
    pattern: /^Kernel panic - not syncing: ?(?<text>.*)/,
    title: 'kernel panic: {text}',
    versions: '3.2-',
    example: 'Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
  },
  {
    kind: 'double_fault',
    ...crash,
    ...report('pointer'),
    // exc_double_fault() in arch/x86/kernel/traps.c
    pattern: /^(?:traps: )?PANIC: double fault/,
    title: 'PANIC: double fault in {function}',
    traceless: true,
    continues: ['double_fault', 'stack_guard', 'page_fault'],
    versions: '3.2-',
    example: 'traps: PANIC: double fault, error_code: 0x0',
  },
  {
    kind: 'bug',
    ...crash,
    ...report('trace'),
    // the panic handler of rust/kernel
    pattern: /^rust_kernel: panicked at /,
    title: '{text} in {function}',
    detail: /^(?<text>\S.*)/,
    versions: '6.1-',
    example: 'rust_kernel: panicked at drivers/block/rnull.rs:42:13:',
  },
  {
    kind: 'tee_panic',
    ...crash,
    ...line,
    // drivers/trusty/trusty-log.c (Android): the secure world says why it died
    pattern: /^trusty: panic \([^)]*\):(?: DEBUG)? ASSERT FAILED(?: at \([^)]*\))?: *(?<text>.*)/,
    title: 'trusty: ASSERT FAILED: {text}',
    versions: '4.9-',
    example: 'trusty: panic (caller 0xffff00000801c4a8): ASSERT FAILED at (lib/ref.c:41): !list_empty(&ref->node)',
  },
  {
    kind: 'tee_panic',
    ...crash,
    ...line,
    pattern: /^trusty: panic \([^)]*\): (?<text>.+)/,
    title: 'trusty: panic: {text}',
    versions: '4.9-',
    example: 'trusty: panic (caller 0xffff00000801c4a8): failed(-5) to start app 3',
  },

  // --- crash: sanitizers
  {
    kind: 'kasan',
    ...crash,
    ...report('trace'),
    // print_error_description() in mm/kasan/report.c
    pattern: /^BUG: KASAN: (?:double-free or invalid-free|double-free|invalid-free) in (?<function>[\w.]+)/,
    title: 'KASAN: invalid-free in {function}',
    alt: ['invalid-free in {function}'],
    skip: /slab_|kfree|vunmap|vfree/,
    versions: '4.6-',
    example: 'BUG: KASAN: double-free in kfree_sensitive+0x1c/0x90',
  },
  {
    kind: 'kasan',
    ...crash,
    ...report('trace'),
    pattern: /^BUG: KASAN: (?<text>(?<what>[a-z-]+) in (?<function>[A-Za-z_]\w*)[.+].*)/,
    title: 'KASAN: {what} {access} in {function}',
    alt: BAD_ACCESS,
    cut: 'KASAN: {text}',
    // with memory tags the check is a fault of the CPU
    skip: /kernel_fault|tag_check|mem_abort|^el1h?_/,
    detail: /(?<access>Read|Write) (?:of size|at addr) [0-9a-f]+/,
    versions: '4.0-',
    example: 'BUG: KASAN: slab-use-after-free in nbd_requeue+0x1c/0x90 [nbd]',
  },
  {
    kind: 'kasan',
    ...crash,
    ...report('trace'),
    pattern: /^BUG: KASAN: (?<text>(?<what>[a-z-]+)\b.*)/,
    title: 'KASAN: {what} {access}',
    cut: 'KASAN: {text}',
    detail: /(?<access>Read|Write) of size \d+/,
    versions: '4.0-',
    example: 'BUG: KASAN: wild-memory-access on address dead000000000110',
  },
  {
    kind: 'kfence',
    ...crash,
    ...report('below'),
    // mm/kfence/report.c
    pattern: /^BUG: KFENCE: invalid free in (?<function>\w+)/,
    title: 'KFENCE: invalid free in {function}',
    alt: ['invalid-free in {function}'],
    traceless: true,
    versions: '5.12-',
    example: 'BUG: KFENCE: invalid free in test_double_free+0xdc/0x171',
  },
  {
    kind: 'kfence',
    ...crash,
    ...report('below'),
    pattern: /^BUG: KFENCE: memory corruption in (?<function>\w+)/,
    title: 'KFENCE: memory corruption in {function}',
    traceless: true,
    versions: '5.12-',
    example: 'BUG: KFENCE: memory corruption in test_corruption+0x98/0x19f',
  },
  {
    kind: 'kfence',
    ...crash,
    ...report('below'),
    pattern: /^BUG: KFENCE: (?<what>(?:use-after-free|out-of-bounds|invalid) (?:read|write)) in (?<function>\w+)/,
    title: 'KFENCE: {what} in {function}',
    alt: BAD_ACCESS,
    traceless: true,
    versions: '5.12-',
    example: 'BUG: KFENCE: out-of-bounds read in test_out_of_bounds_read+0xa6/0x234',
  },
  {
    kind: 'kmsan',
    ...crash,
    ...report('origin'),
    // kmsan_report() in mm/kmsan/report.c
    pattern: /^BUG: KMSAN: (?<what>kernel-usb-infoleak) in \w+/,
    title: 'KMSAN: {what} in {function}',
    alt: ['KMSAN origin in {origin}'],
    traceless: true,
    skip: /alloc_skb|usb_(?:submit_urb|start_wait_urb|bulk_msg|interrupt_msg|control_msg)/,
    versions: '6.1-',
    example: 'BUG: KMSAN: kernel-usb-infoleak in usb_submit_urb+0x597/0x2350',
  },
  {
    kind: 'kmsan',
    ...crash,
    ...report('origin'),
    pattern: /^BUG: KMSAN: (?<what>[a-z-]+) in \w+/,
    title: 'KMSAN: {what} in {function}',
    alt: BAD_ACCESS,
    traceless: true,
    // ciphers read what their callers did not write
    skip: /alloc_skb|netlink_(?:ack|rcv_skb)|_encrypt$|^(?:crypto|cipher|drbg|rng)_/,
    versions: '6.1-',
    example: 'BUG: KMSAN: uninit-value in nf_hook_slow+0x1a4/0x500',
  },
  {
    kind: 'kcsan',
    ...broken,
    ...report('below'),
    // print_report() in kernel/kcsan/report.c
    pattern: /^ ?BUG: KCSAN: (?<what>data-race|assert: race) in (?<text>.*)/,
    title: 'KCSAN: {what} in {text}',
    traceless: true,
    versions: '5.8-',
    example: 'BUG: KCSAN: data-race in tcp_poll / tcp_recvmsg_locked',
  },
  {
    kind: 'ubsan',
    ...broken,
    ...report('trace'),
    // ubsan_prologue() in lib/ubsan.c
    pattern: /^UBSAN: Undefined behaviour in /,
    title: 'UBSAN: undefined-behaviour in {function}',
    skip: /ubsan|overflow/,
    versions: '4.5-5.9',
    example: 'UBSAN: Undefined behaviour in net/ipv4/fib_trie.c:504:6',
  },
  {
    kind: 'ubsan',
    ...broken,
    ...report('trace'),
    pattern: /^UBSAN: (?<what>array-index-out-of-bounds) in /,
    title: 'UBSAN: {what} in {function}',
    alt: BAD_ACCESS,
    skip: /ubsan|overflow/,
    versions: '5.10-',
    example: 'UBSAN: array-index-out-of-bounds in drivers/net/virtio_net.c:12:3',
  },
  {
    kind: 'ubsan',
    ...broken,
    ...report('trace'),
    pattern: /^UBSAN: (?<what>[a-z][a-z -]*[a-z]) in /,
    title: 'UBSAN: {what} in {function}',
    skip: /ubsan|overflow/,
    versions: '5.10-',
    example: 'UBSAN: shift-out-of-bounds in fs/ext4/super.c:5012:14',
  },
  {
    kind: 'memleak',
    ...warned,
    ...report('leaked'),
    // print_unreferenced() in mm/kmemleak.c, on the console with kmemleak.verbose=1
    pattern: /^(?:kmemleak: )?unreferenced object(?: 0x[0-9a-f]+ \(|$)/,
    title: 'memory leak in {function}',
    skip: /kmemleak|mmap|kmem|slab|alloc|create_object|idr_get|list_lru_init|kv?asprintf|pcpu_create|strn?dup|memdup/,
    versions: '3.2-',
    example: 'kmemleak: unreferenced object 0xffff88007658a9e0 (size 944):',
  },
  {
    kind: 'memleak',
    ...warned,
    ...line,
    pattern: /^kmemleak: \d+ new suspected memory leaks/,
    title: 'kmemleak: new suspected memory leaks',
    versions: '3.2-',
    example: 'kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)',
  },

  // --- crash: memory faults and other traps. The lines `Oops: 0002 [#1]` and `Internal error: Oops` continue the line that says what it was.
  {
    kind: 'null_deref',
    ...crash,
    ...report('fault'),
    // show_fault_oops() in arch/x86/mm/fault.c, die_kernel_fault() in arch/arm64/mm/fault.c, bad_page_fault() in arch/powerpc/mm/fault.c
    pattern: /^(?:BUG: )?(?:[Uu]nable to handle kernel NULL pointer dereference|[Kk]ernel NULL pointer dereference)/,
    title: 'BUG: unable to handle kernel NULL pointer dereference in {function}',
    alt: BAD_ACCESS,
    versions: '3.2-',
    example: 'BUG: kernel NULL pointer dereference, address: 0000000000000008',
  },
  {
    kind: 'page_fault',
    ...crash,
    ...report('fault'),
    pattern: /^Unable to handle kernel access to user memory/,
    title: 'BUG: unable to handle kernel access to user memory in {function}',
    alt: BAD_ACCESS,
    versions: '5.1-',
    example: 'Unable to handle kernel access to user memory outside uaccess routines at virtual address 0000000020000000',
  },
  {
    kind: 'page_fault',
    ...crash,
    ...report('fault'),
    pattern:
      /^(?:BUG: )?(?:[Uu]nable to handle kernel paging request|[Uu]nable to handle page fault for address|Unable to handle kernel data access)/,
    title: 'BUG: unable to handle kernel paging request in {function}',
    alt: BAD_ACCESS,
    versions: '3.2-',
    example: 'BUG: unable to handle page fault for address: ffffc90000a4d000',
  },
  {
    kind: 'page_fault',
    ...crash,
    ...report('fault'),
    // until 5.0 the kind of access was a print of its own; another CPU's may come between
    pattern: /^BUG: [Uu]nable to handle kernel/,
    title: 'BUG: unable to handle kernel',
    ending: true,
    versions: '-5.0',
    example: 'BUG: unable to handle kernel',
  },
  {
    kind: 'gpf',
    ...crash,
    ...report('fault'),
    // exc_general_protection() in arch/x86/kernel/traps.c
    // KASAN's remark had no line end in 4.x
    pattern:
      /^(?:kasan: GPF could be caused by NULL-ptr deref or user memory access)?(?:Oops: )?(?:segment-related )?general protection fault\b(?!.* error:[0-9a-f]+ in ).*:/,
    title: 'general protection fault in {function}',
    alt: BAD_ACCESS,
    continues: FAULTS,
    versions: '3.2-',
    example: 'Oops: general protection fault, probably for non-canonical address 0xdead000000000122: 0000 [#1] SMP NOPTI',
  },
  {
    kind: 'oops',
    ...crash,
    ...report('pointer'),
    pattern: dies('(?:Oops: )?divide[_ ]error'),
    title: 'divide error in {function}',
    continues: FAULTS,
    versions: '3.2-',
    example: 'Oops: divide error: 0000 [#1] SMP NOPTI',
  },
  {
    kind: 'oops',
    ...crash,
    ...report('fault'),
    // report_cfi_failure() in kernel/cfi.c; where it is fatal, an invalid opcode follows
    pattern: /^CFI failure (?:at (?<function>[A-Za-z_][\w.]*\+\S+)|\(target: )/,
    title: 'CFI failure in {function}',
    versions: '5.13-',
    example: 'CFI failure at nf_hook_slow+0x7b/0x120 (target: bpf_prog_6deef7357e7b4530+0x0/0x112; expected type: 0x7b2a9d31)',
  },
  {
    kind: 'oops',
    ...crash,
    ...report('pointer'),
    pattern: dies('(?:Oops: )?invalid opcode'),
    title: 'invalid opcode in {function}',
    continues: FAULTS,
    versions: '3.2-',
    example: 'Oops: invalid opcode: 0000 [#1] PREEMPT SMP NOPTI',
  },
  {
    kind: 'oops',
    ...crash,
    ...report('fault'),
    pattern: dies('(?:Oops: )?stack segment'),
    title: 'stack segment fault in {function}',
    continues: FAULTS,
    versions: '3.2-',
    example: 'stack segment: 0000 [#1] PREEMPT SMP KASAN',
  },
  {
    kind: 'double_fault',
    ...crash,
    ...report('pointer'),
    pattern: dies('(?:Oops: )?double fault'),
    title: 'PANIC: double fault in {function}',
    traceless: true,
    continues: [...FAULTS, 'double_fault'],
    versions: '3.2-',
    example: 'double fault: 0000 [#1] SMP',
  },
  {
    kind: 'oops',
    ...crash,
    ...report('fault'),
    pattern: dies('(?:Oops: )?int3: '),
    title: 'int3 in {function}',
    continues: FAULTS,
    versions: '3.2-',
    example: 'int3: 0000 [#1] PREEMPT SMP',
  },
  {
    kind: 'oops',
    ...crash,
    ...report('fault'),
    pattern: dies(
      '(?:Oops: )?(?<what>segment not present|alignment check|coprocessor segment overrun|invalid TSS|control protection|machine check|stack guard page|split lock|unexpected bounds)',
    ),
    title: '{what} in {function}',
    continues: FAULTS,
    versions: '3.2-',
    example: 'Oops: control protection: 0003 [#1] SMP NOPTI',
  },
  {
    kind: 'stack_guard',
    ...crash,
    ...report('stall'),
    // handle_stack_overflow() in arch/x86/kernel/traps.c
    pattern: /^BUG: (?:[\w#]+ )?stack guard page was hit at/,
    title: 'BUG: stack guard page was hit in {function}',
    alt: OVERFLOWN,
    versions: '4.9-',
    example: 'BUG: TASK stack guard page was hit at ffffc90000a3bff8 (stack is ffffc90000a3c000..ffffc90000a40000)',
  },
  {
    kind: 'stack_guard',
    ...crash,
    ...report('overflow'),
    pattern: /^Insufficient stack space to handle exception/,
    title: 'kernel stack overflow in {function}',
    alt: OVERFLOWN,
    skip: /bad_stack/,
    versions: '4.14-',
    example: 'Insufficient stack space to handle exception!',
  },
  {
    kind: 'oops',
    ...crash,
    ...report('fault'),
    // do_DataAbort() in arch/arm/mm/fault.c
    pattern: /^Unhandled (?:prefetch )?(?:fault|abort): /,
    title: 'Unhandled fault in {function}',
    alt: BAD_ACCESS,
    versions: '3.2-',
    example: 'Unhandled fault: page domain fault (0x01b) at 0x00000040',
  },
  {
    kind: 'oops',
    ...crash,
    ...report('fault'),
    // do_alignment() in arch/arm/mm/alignment.c; a program's own are told with its name
    pattern: /^Alignment trap: not handling instruction/,
    title: 'Alignment trap in {function}',
    versions: '3.2-',
    example: 'Alignment trap: not handling instruction e1923f9f at [<c0118ec4>]',
  },
  {
    kind: 'oops',
    ...crash,
    ...report('fault'),
    // arm64_serror_panic() in arch/arm64/kernel/traps.c
    pattern: /^SError Interrupt on CPU ?\d+/,
    title: 'SError interrupt in {function}',
    versions: '4.15-',
    example: 'SError Interrupt on CPU0, code 0xbe000011 -- SError',
  },
  {
    kind: 'oops',
    ...crash,
    ...report('fault'),
    pattern: /^Internal error: ?[-:\w]/,
    title: 'Internal error in {function}',
    alt: BAD_ACCESS,
    continues: FAULTS,
    versions: '3.2-',
    example: 'Internal error: synchronous external abort: 0000000096000210 [#1] SMP',
  },
  {
    kind: 'oops',
    ...crash,
    ...report('fault'),
    // __die() in arch/x86/kernel/dumpstack.c
    pattern: dies('(?:Oops: |Oops - )'),
    title: 'Oops in {function}',
    continues: FAULTS,
    versions: '3.2-',
    example: 'Oops: 0002 [#1] PREEMPT SMP NOPTI',
  },

  // --- crash: BUG()
  {
    kind: 'mm_corruption',
    ...crash,
    ...report('trace'),
    pattern: /^kernel BUG at \S*lib\/list_debug\.c:/,
    title: 'BUG: corrupted list in {function}',
    alt: BAD_ACCESS,
    versions: '3.2-',
    example: 'kernel BUG at lib/list_debug.c:59!',
  },
  {
    kind: 'mm_corruption',
    ...crash,
    ...report('trace'),
    pattern: /^kernel BUG at \S*mm\/usercopy\.c:/,
    title: 'BUG: bad usercopy in {function}',
    skip: /^_*(?:usercopy|check)_/,
    versions: '4.8-',
    example: 'kernel BUG at mm/usercopy.c:102!',
  },
  {
    kind: 'bug',
    ...crash,
    ...report('fault'),
    // the last step of a panic in Rust code
    pattern: /^kernel BUG at rust\/helpers/,
    title: 'kernel BUG in {function}',
    continues: ['bug'],
    versions: '6.1-',
    example: 'kernel BUG at rust/helpers/bug.c:7!',
  },
  {
    kind: 'bug',
    ...crash,
    ...report('fault'),
    // socket buffers check what their callers do
    pattern: /^[Kk]ernel BUG at /,
    title: 'kernel BUG in {function}',
    skip: /^skb_/,
    versions: '3.2-',
    example: 'kernel BUG at fs/ext4/inode.c:2721!',
  },

  // --- crash: checks of memory management
  {
    kind: 'mm_corruption',
    ...crash,
    ...report('allocated'),
    // bad_page() in mm/page_alloc.c: who allocated it says more than who noticed
    pattern: /^BUG: Bad page (?<what>state|cache) in process/,
    title: 'BUG: Bad page {what} in {function}',
    skip: /^bad_page|(?:free|put|get|update|release)_page|free_unref|^_*folio|truncate_inode_pages|page_frag_free|alloc|vmap|page_owner/,
    versions: '3.2-',
    example: 'BUG: Bad page state in process qemu-system-x86  pfn:7071f',
  },
  {
    kind: 'mm_corruption',
    ...crash,
    ...report('trace'),
    // print_bad_pte() in mm/memory.c
    pattern: /^BUG: Bad page map in process/,
    title: 'BUG: Bad page map',
    versions: '3.2-',
    example: 'BUG: Bad page map in process qemu-system-x86  pte:8000000123456067 pmd:12345067',
  },
  {
    kind: 'mm_corruption',
    ...broken,
    ...line,
    // check_mm() in kernel/fork.c
    pattern: /^BUG: (?<what>Bad rss-counter state|non-zero (?:pgtables_bytes|nr_ptes|nr_pmds) on freeing mm)/,
    title: 'BUG: {what}',
    versions: '3.2-',
    example: 'BUG: Bad rss-counter state mm:00000000d5cf3b2e type:MM_ANONPAGES val:2',
  },
  {
    kind: 'mm_corruption',
    ...crash,
    ...report('trace'),
    // slab_bug() in mm/slub.c. KASAN of 4.0 announced itself in the same way, and follows
    pattern: /^BUG (?<cache>[\w:.-]+) \((?:Not tainted|Tainted: [^)]*)\): (?<what>Object already free)/,
    title: 'BUG: {what}',
    versions: '3.2-',
    example: 'BUG kmalloc-64 (Not tainted): Object already free',
  },
  {
    kind: 'mm_corruption',
    ...crash,
    ...report('trace'),
    pattern: /^BUG (?<cache>[\w:.-]+) \((?:Not tainted|Tainted: [^)]*)\): (?<what>[A-Z][\w -]*[a-z])/,
    title: 'BUG: slab {what} in {function}',
    skip: /debug_processing|_partial|partial_|^check_/,
    versions: '3.2-',
    example: 'BUG kmalloc-64 (Not tainted): Poison overwritten',
  },
  {
    kind: 'mm_corruption',
    ...crash,
    ...line,
    // print_track() in mm/slub.c: a line of a slab report whose head is lost
    pattern: /^INFO: (?<text>(?:Freed|Allocated) in .*)/,
    title: 'INFO: {text}',
    ending: true,
    continues: ['mm_corruption', 'kasan'],
    versions: '-5.13',
    example: 'INFO: Freed in fasync_free_rcu age=12 cpu=1 pid=7',
  },
  {
    kind: 'vfs_bug',
    ...broken,
    ...report('trace'),
    // umount_check() in fs/dcache.c
    pattern: /^BUG: Dentry .* still in use \(-?\d+\) (?<where>\[unmount of .*\])/,
    title: 'BUG: Dentry still in use in unmount',
    alt: ['BUG: Dentry still in use {where}'],
    versions: '3.12-',
    example: 'BUG: Dentry ffff88807c4f1a50{i=2,n=/}  still in use (1) [unmount of ext4 vda1]',
  },
  {
    kind: 'vfs_bug',
    ...broken,
    ...line,
    // generic_shutdown_super() in fs/super.c
    pattern: /^VFS: Busy inodes after unmount/,
    title: 'VFS: Busy inodes after unmount (use-after-free)',
    versions: '3.2-',
    example: 'VFS: Busy inodes after unmount of vda1 (ext4)',
  },
  {
    kind: 'vfs_bug',
    ...broken,
    ...line,
    // filp_close() in fs/open.c
    pattern: /^VFS: Close: file count is 0/,
    title: 'VFS: Close: file count is zero (use-after-free)',
    versions: '3.2-',
    example: 'VFS: Close: file count is 0',
  },

  // --- crash: locking and context. After an oops the dying task trips over these; that is no second fault.
  {
    kind: 'atomic_sleep',
    ...broken,
    ...report('trace'),
    // __schedule_bug() in kernel/sched/core.c
    pattern: /^BUG: scheduling while atomic: (?<task>.+)\/(?<pid>\d+)\/0x/,
    title: 'BUG: scheduling while atomic in {function}',
    skip: /^(?:_*|preempt_|io_|__cond_re|_?cond_re)schedule(?:_|$)/,
    follows: [...FAULTS, 'atomic_sleep'],
    versions: '3.2-',
    example: 'BUG: scheduling while atomic: nbd0-recv/812/0x00000002',
  },
  {
    kind: 'atomic_sleep',
    ...broken,
    ...report('trace'),
    pattern: /^BUG: sleeping function called from invalid context/,
    title: 'BUG: sleeping function called from invalid context in {function}',
    follows: FAULTS,
    versions: '3.2-',
    example: 'BUG: sleeping function called from invalid context at kernel/locking/mutex.c:580',
  },
  {
    kind: 'preemptible',
    ...broken,
    ...report('trace'),
    // check_preemption_disabled() in lib/smp_processor_id.c
    pattern: /^BUG: using (?<what>\w+\(\)) in preemptible/,
    title: 'BUG: using {what} in preemptible code in {function}',
    skip: /dump_stack|preempt|debug_|processor_id|this_cpu/,
    versions: '3.2-',
    example: 'BUG: using smp_processor_id() in preemptible [00000000] code: fio/812',
  },
  {
    kind: 'workqueue_bug',
    ...broken,
    ...report('trace'),
    // process_one_work() in kernel/workqueue.c
    pattern: /^BUG: workqueue leaked (?:lock or atomic|atomic, lock or RCU)/,
    title: 'BUG: workqueue leaked lock or atomic in {last}',
    detail: /last function: (?<last>\w+)/,
    traceless: true,
    versions: '3.2-',
    example: 'BUG: workqueue leaked lock or atomic: kworker/0:3/0x00000000/2345',
  },
  {
    kind: 'spinlock_lockup',
    ...hang,
    ...report('trace'),
    // kernel/locking/spinlock_debug.c
    pattern: /^BUG: (?<what>(?:spinlock|rwlock) lockup(?: suspected)?)/,
    title: 'BUG: {what} in {function}',
    skip: /spin_|_lock|_unlock/,
    follows: STALLS,
    within_s: STALL_S,
    versions: '3.2-',
    example: 'BUG: spinlock lockup suspected on CPU#1, fio/812',
  },
  {
    kind: 'spinlock_bug',
    ...broken,
    ...report('trace'),
    pattern:
      /^BUG: (?<what>(?:spinlock|rwlock) (?:bad magic|already unlocked|wrong owner|wrong CPU|recursion|cpu recursion|uninitialized|trylock failure on UP))/,
    title: 'BUG: {what} in {function}',
    skip: /spin_|_lock|_unlock/,
    versions: '3.2-',
    example: 'BUG: spinlock bad magic on CPU#1, fio/812',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...report('locks'),
    // print_circular_bug_header() in kernel/locking/lockdep.c
    pattern: /^WARNING: possible circular locking dependency detected/,
    title: 'possible deadlock in {function}',
    detail: /is trying to acquire lock/,
    skip: /process_one_work|(?:flush|drain|destroy)_workqueue/,
    versions: '4.11-',
    example: 'WARNING: possible circular locking dependency detected',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...report('asked'),
    pattern:
      /^(?:WARNING: possible recursive locking detected|\[ INFO: possible (?:circular locking dependency|recursive locking) detected|\[ INFO: (?:SOFT|HARD)IRQ-safe -> (?:SOFT|HARD)IRQ-unsafe lock order detected)/,
    title: 'possible deadlock in {function}',
    detail: /is trying to acquire/,
    versions: '3.2-',
    example: 'WARNING: possible recursive locking detected',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...report('changed'),
    pattern: /^(?:WARNING: |\[ INFO: )possible irq lock inversion dependency detected/,
    title: 'possible deadlock in {function}',
    detail: /just changed the state of lock/,
    versions: '3.2-',
    example: 'WARNING: possible irq lock inversion dependency detected',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...report('unsafe'),
    pattern: /^WARNING: [\w-]+-safe -> [\w-]+-unsafe lock order detected/,
    title: 'possible deadlock in {function}',
    versions: '4.11-',
    example: 'WARNING: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...report('trace'),
    pattern: /^WARNING: inconsistent lock state/,
    title: 'inconsistent lock state in {function}',
    detail: / takes:?/,
    versions: '4.11-',
    example: 'WARNING: inconsistent lock state',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...report('taken'),
    pattern: /^\[ INFO: inconsistent lock state/,
    title: 'inconsistent lock state in {function}',
    detail: / takes:?/,
    versions: '-4.10',
    example: '[ INFO: inconsistent lock state ]',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...report('trace'),
    // lockdep_rcu_suspicious(); the line after it says where
    pattern: /^(?:\[ )?(?<level>WARNING|INFO): suspicious RCU usage/,
    title: '{level}: suspicious RCU usage in {function}',
    detail: /[\w/.-]+\.[a-z]+:\d+/,
    skip: /rcu|kmem|slab/,
    versions: '3.2-',
    example: 'WARNING: suspicious RCU usage',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...report('unlocked'),
    pattern: /^(?:\[ )?(?<level>WARNING|BUG): bad unlock balance detected!/,
    title: '{level}: bad unlock balance in {function}',
    versions: '3.2-',
    example: 'WARNING: bad unlock balance detected!',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...report('held'),
    pattern: /^(?:\[ )?(?<level>WARNING|BUG): held lock freed!/,
    title: '{level}: held lock freed in {function}',
    versions: '3.2-',
    example: 'WARNING: held lock freed!',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...report('held'),
    // debug_check_no_locks_held(): the task stands first, lockdep's state since 3.x too
    pattern: /^(?:\[ )?(?<level>WARNING|BUG): (?:.{1,80} )?still has locks held!/,
    title: '{level}: still has locks held in {function}',
    versions: '3.2-',
    example: 'WARNING: fio/812 still has locks held!',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...report('leftLocked'),
    // lockdep_sys_exit()
    pattern: /^(?:\[ )?(?<level>WARNING|BUG): lock held when returning to user space!/,
    title: '{level}: lock held when returning to user space in {function}',
    traceless: true,
    versions: '3.2-',
    example: 'WARNING: lock held when returning to user space!',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...report('warning'),
    pattern: /^WARNING: [Nn]ested lock was not taken/,
    title: 'WARNING: nested lock was not taken in {function}',
    versions: '3.2-',
    example: 'WARNING: Nested lock was not taken',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...report('trace'),
    // print_lock_invalid_wait_context()
    pattern: /^\[ BUG: Invalid wait context \]/,
    title: 'WARNING: locking bug in {function}',
    skip: /lock_sock|release_sock/,
    versions: '5.7-',
    example: '[ BUG: Invalid wait context ]',
  },
  {
    kind: 'lockdep',
    ...warned,
    ...report('trace'),
    // register_lock_class()
    pattern: /^INFO: trying to register non-static key/,
    title: 'INFO: trying to register non-static key in {function}',
    skip: /stack|lock|IRQ/,
    versions: '3.2-',
    example: 'INFO: trying to register non-static key.',
  },
  {
    kind: 'lockdep',
    ...warned,
    ...report('trace'),
    // print_lockdep_off(): from here on lockdep sees nothing
    pattern: /^BUG: (?<what>MAX_(?:LOCKDEP_\w+|STACK_TRACE_ENTRIES|LOCK_DEPTH) too low!)/,
    title: 'BUG: {what}',
    versions: '3.2-',
    example: 'BUG: MAX_LOCKDEP_CHAINS too low!',
  },

  // --- crash: WARN(). Those of a check that serves the whole kernel are named for what was checked.
  {
    kind: 'hard_lockup',
    ...hang,
    ...report('fault'),
    // watchdog_overflow_callback() told of it by a WARN() then
    pattern: warningAt('(?:\\S*/)?watchdog\\.c', 'watchdog_overflow_callback'),
    title: 'BUG: hard lockup in {function}',
    skip: /^(?:arch_trigger|watchdog|nmi_|perf_event|intel_pmu|x86_pmu)|^(?:do_idle|cpu_startup_entry|cpu_idle)$/,
    versions: '-3.18',
    example: 'WARNING: at kernel/watchdog.c:245 watchdog_overflow_callback+0x9c/0xd0()',
  },
  {
    kind: 'warning',
    ...warned,
    ...report('warning'),
    pattern: warningAt(String.raw`\S*lib/debugobjects\.c`),
    title: 'WARNING: ODEBUG bug in {function}',
    skip: /debug_|rcu|hrtimer_|timer_|work_|percpu_|vunmap|vfree|__free_|debug_check|kobject_/,
    versions: '3.2-',
    example: 'WARNING: CPU: 1 PID: 812 at lib/debugobjects.c:514 debug_print_object+0x16e/0x250',
  },
  {
    kind: 'mm_corruption',
    ...crash,
    ...report('trace'),
    // object_err() and slab_err() end in a WARN() since 6.15, whose trace is theirs
    pattern: warningAt(String.raw`\S*mm/slub\.c`),
    title: 'BUG: slab corruption in {function}',
    skip: /debug_processing|_partial|partial_|^check_/,
    continues: ['mm_corruption'],
    versions: '6.15-',
    example: 'WARNING: CPU: 1 PID: 167 at mm/slub.c:1127 object_err+0x1dc/0x2c0',
  },
  {
    kind: 'mm_corruption',
    ...warned,
    ...report('warning'),
    pattern: warningAt(String.raw`\S*mm/usercopy\.c`),
    title: 'WARNING: bad usercopy in {function}',
    skip: /^_*(?:usercopy|check)_/,
    versions: '4.16-',
    example: 'WARNING: CPU: 0 PID: 812 at mm/usercopy.c:81 usercopy_warn+0xdb/0x100',
  },
  {
    kind: 'warning',
    ...warned,
    ...report('warning'),
    pattern: warningAt(String.raw`\S*lib/kobject\.c`),
    title: 'WARNING: kobject bug in {function}',
    skip: /kobject_/,
    versions: '3.2-',
    example: 'WARNING: CPU: 0 PID: 812 at lib/kobject.c:240 kobject_add_internal+0x3f6/0xbc0',
  },
  {
    kind: 'warning',
    ...warned,
    ...report('warning'),
    pattern: warningAt(String.raw`\S*fs/proc/generic\.c`),
    title: 'WARNING: proc registration bug in {function}',
    skip: /proc_/,
    versions: '3.2-',
    example: 'WARNING: CPU: 0 PID: 812 at fs/proc/generic.c:379 proc_register+0x2fa/0x4a0',
  },
  {
    kind: 'warning',
    ...warned,
    ...report('warning'),
    pattern: warningAt(String.raw`\S*lib/refcount\.c`),
    title: 'WARNING: refcount bug in {function}',
    skip: /^_*refcount_|kobject_/,
    versions: '4.11-',
    example: 'WARNING: CPU: 0 PID: 1 at lib/refcount.c:28 refcount_warn_saturate+0xba/0x110',
  },
  {
    kind: 'lockdep',
    ...warned,
    ...report('warning'),
    pattern: warningAt(String.raw`\S*kernel/locking/lockdep\.c`, String.raw`\S*lock_`),
    title: 'WARNING: locking bug in {function}',
    skip: /lock_sock|release_sock/,
    versions: '3.13-',
    example: 'WARNING: CPU: 0 PID: 812 at kernel/locking/lockdep.c:3536 lock_downgrade+0x4f5/0x920',
  },
  {
    kind: 'warning',
    ...warned,
    ...report('warning'),
    pattern: warningAt(String.raw`\S*mm/[\w/]+\.c`, 'k?.?malloc'),
    title: 'WARNING: kmalloc bug in {function}',
    skip: /kmalloc|krealloc|slab|kmem/,
    versions: '3.2-',
    example: 'WARNING: CPU: 1 PID: 812 at mm/slab_common.c:996 kmalloc_slab+0x56/0x70',
  },
  {
    kind: 'warning',
    ...warned,
    ...report('warning'),
    pattern: warningAt(String.raw`\S*mm/vmalloc\.c`, String.raw`\S*__vmalloc_node`),
    title: 'WARNING: zero-size vmalloc in {function}',
    versions: '3.2-',
    example: 'WARNING: CPU: 1 PID: 812 at mm/vmalloc.c:2964 __vmalloc_node_range+0x76f/0xeb0',
  },
  {
    kind: 'warning',
    ...warned,
    ...report('warning'),
    pattern: warningAt(ANYWHERE, 'usb_submit_urb'),
    title: 'WARNING in {function}/usb_submit_urb',
    skip: /usb_(?:submit_urb|start_wait_urb|bulk_msg|interrupt_msg|control_msg)/,
    versions: '3.2-',
    example: 'WARNING: CPU: 0 PID: 30 at drivers/usb/core/urb.c:478 usb_submit_urb+0x1188/0x1460',
  },
  {
    kind: 'warning',
    ...warned,
    ...report('warning'),
    // dev_watchdog(): the text of this warning is the transmit timeout, before or after this line
    pattern: warningAt(String.raw`\S*net/sched/sch_generic\.c`),
    title: 'WARNING in {function}',
    follows: ['tx_timeout'],
    versions: '3.2-6.3',
    example: 'WARNING: CPU: 0 PID: 0 at net/sched/sch_generic.c:525 dev_watchdog+0x207/0x210',
  },
  {
    kind: 'warning',
    ...warned,
    ...report('warning'),
    pattern: warningAt(ANYWHERE),
    title: 'WARNING in {function}',
    versions: '3.2-',
    example: 'WARNING: net/core/dev.c:3320 at skb_warn_bad_offload+0xc9/0x110, CPU#3: iperf3/812',
  },
  {
    kind: 'warning',
    ...warned,
    ...line,
    // unwind_next_frame() in arch/x86/kernel/unwind_frame.c
    pattern: /^WARNING: kernel stack regs at [0-9a-f]+ in .* has bad (?<what>'\w+') value/,
    title: 'WARNING: kernel stack regs has bad {what} value',
    versions: '4.9-',
    example: "WARNING: kernel stack regs at ffff8801cf5e7d28 in fio:812 has bad 'bp' value",
  },
  {
    kind: 'warning',
    ...warned,
    ...line,
    pattern: /^WARNING: kernel stack frame pointer at [0-9a-f]+ in .* has bad value/,
    title: 'WARNING: kernel stack frame pointer has bad value',
    versions: '4.9-',
    example: 'WARNING: kernel stack frame pointer at ffff8801cf5e7d28 in fio:812 has bad value 0000000000000001',
  },
  {
    kind: 'warning',
    ...warned,
    ...line,
    // addresses are not shown before the kernel has random numbers
    pattern: /^WARNING: kernel stack (?:regs|frame pointer) at .* has bad .*value/,
    title: 'WARNING: kernel stack regs has bad value',
    versions: '4.15-',
    example: "WARNING: kernel stack regs at         (ptrval) in fio:812 has bad 'bp' value         (ptrval)",
  },

  // --- hang
  {
    kind: 'hung_task',
    ...hang,
    ...report('wait'),
    // check_hung_task() in kernel/hung_task.c; newer kernels tell waits for I/O apart
    pattern: /^INFO: task (?<task>.{1,100}?):(?<pid>\d+) blocked (?:in I\/O wait )?for more than (?<seconds>\d+) seconds/,
    title: 'INFO: task hung in {function}',
    alt: HANGS,
    versions: '3.2-',
    example: 'INFO: task jbd2/vda3-8:123 blocked for more than 120 seconds.',
  },
  {
    kind: 'hung_task',
    ...hang,
    ...report('wait'),
    // a task may call itself something with a line feed in it
    pattern: /^INFO: task (?<task>[^:]{0,15})$/,
    title: 'INFO: task hung in {function}',
    alt: HANGS,
    detail: /:(?<pid>\d+) blocked (?:in I\/O wait )?for more than (?<seconds>\d+) seconds/,
    versions: '3.2-',
    example: 'INFO: task evil',
  },
  {
    kind: 'hung_task',
    ...hang,
    ...report('trace'),
    pattern: /^INFO: task (?<task>.{1,100}?):(?<pid>\d+) can't die for more than (?<seconds>\d+) seconds/,
    title: "INFO: task can't die in {function}",
    alt: HANGS,
    skip: /schedule/,
    versions: '5.0-',
    example: "INFO: task fio:812 can't die for more than 143 seconds.",
  },
  {
    kind: 'hung_suppressed',
    class: 'hang',
    severity: 'warning',
    ...line,
    // after this line the kernel's silence proves nothing
    pattern: /^Future hung task reports are suppressed/,
    title: 'Future hung task reports are suppressed',
    follows: ['hung_task'],
    versions: '6.3-',
    example: 'Future hung task reports are suppressed, see sysctl kernel.hung_task_warnings',
  },
  {
    kind: 'soft_lockup',
    ...hang,
    ...report('stall'),
    // watchdog_timer_fn() in kernel/watchdog.c
    pattern: /^(?:NMI )?(?:watchdog: )?BUG: soft lockup(?: detected)? - CPU#\d+ stuck for (?<seconds>\d+)s! \[(?<task>.+):(?<pid>\d+)\]/,
    title: 'BUG: soft lockup in {function}',
    alt: STALLED,
    follows: STALLS.filter((kind) => kind !== 'soft_lockup'),
    within_s: STALL_S,
    versions: '3.2-',
    example: 'watchdog: BUG: soft lockup - CPU#2 stuck for 26s! [kworker/2:1:345]',
  },
  {
    kind: 'hard_lockup',
    ...hang,
    ...report('fault'),
    // watchdog_hardlockup_check() in kernel/watchdog.c
    pattern: /^(?:NMI )?(?:watchdog: )?(?:CPU\d+: )?Watchdog detected hard LOCKUP on cpu ?\d+/,
    title: 'BUG: hard lockup in {function}',
    skip: /^(?:arch_trigger|watchdog|nmi_)|^(?:do_idle|cpu_startup_entry)$/,
    continues: ['hard_lockup'],
    follows: STALLS.filter((kind) => kind !== 'hard_lockup'),
    within_s: STALL_S,
    versions: '3.2-',
    example: 'watchdog: CPU2: Watchdog detected hard LOCKUP on cpu 3',
  },
  {
    kind: 'rcu_stall',
    ...hang,
    ...report('rcu'),
    // kernel/rcu/tree_stall.h, tree_exp.h and tasks.h
    pattern: /^(?:rcu: )?INFO: rcu_\w+ (?:self-)?detected (?:expedited )?stalls? on (?:CPU|tasks)/,
    title: 'INFO: rcu detected stall in {function}',
    alt: STALLED,
    skip: /apic_timer_interrupt|rcu/,
    follows: STALLS.filter((kind) => kind !== 'rcu_stall'),
    within_s: STALL_S,
    versions: '3.2-',
    example: 'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:',
  },
  {
    kind: 'workqueue_lockup',
    ...hang,
    ...line,
    // wq_watchdog_timer_fn() in kernel/workqueue.c
    pattern: /^BUG: workqueue lockup - pool .* stuck for (?<seconds>\d+)s!/,
    title: 'BUG: workqueue lockup',
    follows: STALLS,
    within_s: STALL_S,
    versions: '4.5-',
    example: 'BUG: workqueue lockup - pool cpus=1 node=0 flags=0x0 nice=0 stuck for 42s!',
  },
  {
    kind: 'csd_lock',
    ...hang,
    ...report('trace'),
    // csd_lock_wait_toolong() in kernel/smp.c
    pattern: /^(?:smp: )?csd: (?:Detected|Continued) non-responsive CSD lock/,
    title: 'csd: non-responsive CSD lock',
    traceless: true,
    follows: STALLS,
    within_s: STALL_S,
    versions: '5.9-',
    example: 'smp: csd: Detected non-responsive CSD lock (#1) on CPU#3, waiting 5000000014 ns for CPU#01 do_flush_tlb_all+0x0/0x30(0x0).',
  },
  {
    kind: 'irq_nobody_cared',
    ...hang,
    ...line,
    // __report_bad_irq() in kernel/irq/spurious.c
    pattern: /^irq (?:event )?\d+: (?:nobody cared|bogus return value)/,
    title: 'irq: nobody cared',
    versions: '3.2-',
    example: 'irq 16: nobody cared (try booting with the "irqpoll" option)',
  },

  // --- crash: what no row above knows, but the kernel itself calls bad
  {
    kind: 'warning',
    ...warned,
    ...report('trace'),
    traceless: true,
    // dev_warn() puts the driver and the device in front
    pattern: new RegExp(String.raw`^[a-z][\w-]* [\w.:-]+: WARNING: (?!${ADVICE})(?<text>\S.*)`),
    title: 'WARNING: {text}',
    versions: '3.2-',
    example: 'usb 5-1: WARNING: endpoint does not answer',
  },
  {
    kind: 'warning',
    ...warned,
    ...report('trace'),
    certain: true,
    traceless: true,
    pattern: new RegExp(String.raw`^WARNING: (?!${ADVICE})(?<text>\S.*)`),
    title: 'WARNING: {text}',
    versions: '3.2-',
    example: 'WARNING: Adding more than 255 paths to one device',
  },
  {
    kind: 'bug',
    ...broken,
    ...report('trace'),
    certain: true,
    traceless: true,
    pattern: new RegExp(String.raw`^BUG: (?!${ADVICE})(?<text>\S.*)`),
    title: 'BUG: {text}',
    versions: '3.2-',
    example: 'BUG: atomic counter underflow',
  },
  {
    kind: 'program_died',
    ...broken,
    ...line,
    // executor/common.h and pkg/log of google/syzkaller. Programs are heard only in a log without timestamps, where all is one voice
    pattern: /^(?:\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d )?(?<text>(?<word>SYZFAIL|SYZFATAL): .*)/,
    title: '{text}',
    alt: ['{word}'],
    versions: '3.2-',
    example: 'SYZFAIL: SIGBUS',
  },
  {
    kind: 'program_died',
    ...broken,
    ...line,
    // runtime/traceback.go and runtime/panic.go of golang/go: the runtime itself gave up
    pattern: /^(?:goroutine \d+ \[running\]:|runtime stack:)/,
    title: 'go runtime error',
    versions: '3.2-',
    example: 'goroutine 1 [running]:',
  },

  // --- memory
  {
    kind: 'oom_kill',
    ...memory,
    ...line,
    // oom_kill_process() in mm/oom_kill.c
    pattern:
      /^(?<scope>Out of memory|Memory cgroup out of memory)(?: \([^)]*\))?: Kill(?:ed)? process (?<pid>\d+) \((?<task>.*?)\)(?:,? |$)/,
    title: '{scope}: Killed process',
    versions: '3.2-',
    example: 'Out of memory: Killed process 812 (qemu-system-x86) total-vm:8123456kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:0',
  },
  {
    kind: 'oom_kill',
    ...memory,
    ...line,
    pattern: /^Killed process (?<pid>\d+) \((?<task>.*?)\),? .*total-vm:/,
    title: 'Out of memory: Killed process',
    follows: ['oom_kill'],
    versions: '3.2-5.2',
    example: 'Killed process 812 (qemu-system-x86) total-vm:8123456kB, anon-rss:1kB, file-rss:0kB',
  },
  {
    kind: 'page_alloc_failure',
    class: 'memory',
    severity: 'warning',
    ...report('trace'),
    // warn_alloc() in mm/page_alloc.c
    pattern:
      /^(?<task>\S.{0,63}?): (?:page allocation (?:failure: order:|failure\. order:|stalls for )|vmalloc(?:: allocation failure| error: size))/,
    title: 'page allocation failure[ in {function}]',
    versions: '3.2-',
    example: 'kworker/0:1H: page allocation failure: order:0, mode:0x820(GFP_ATOMIC), nodemask=(null),cpuset=/,mems_allowed=0',
  },
  {
    kind: 'page_alloc_failure',
    class: 'memory',
    severity: 'warning',
    ...line,
    // slab_out_of_memory() in mm/slub.c
    pattern: /^SLUB: Unable to allocate memory on/,
    title: 'SLUB: Unable to allocate memory',
    follows: ['page_alloc_failure'],
    versions: '3.2-',
    example: 'SLUB: Unable to allocate memory on node -1, gfp=0x820(GFP_ATOMIC)',
  },

  // --- network
  {
    kind: 'neigh_overflow',
    ...network,
    ...line,
    // neigh_alloc() in net/core/neighbour.c, before 4.20 its callers
    pattern: /^(?:neighbour: |IPv[46]: |ipv[46]: )?(?:(?<table>\w+): )?[Nn]eighbou?r table overflow/,
    title: 'neighbour table overflow[ in {table}]',
    versions: '3.2-',
    example: 'neighbour: ndisc_cache: neighbor table overflow!',
  },
  {
    kind: 'conntrack_full',
    ...network,
    ...line,
    // __nf_conntrack_alloc() in net/netfilter/nf_conntrack_core.c
    pattern: /^(?:nf_conntrack: ){1,2}table full, dropping packet/,
    title: 'nf_conntrack: table full, dropping packet',
    versions: '3.2-',
    example: 'nf_conntrack: nf_conntrack: table full, dropping packet',
  },
  {
    kind: 'tcp_mem',
    ...network,
    ...line,
    // net/ipv4/tcp.c
    pattern: /^TCP: (?<what>out of memory -- consider tuning tcp_mem|too many (?:of )?orphaned sockets)/,
    title: 'TCP: {what}',
    versions: '3.2-',
    example: 'TCP: out of memory -- consider tuning tcp_mem',
  },
  {
    kind: 'syn_flood',
    ...network,
    ...line,
    // tcp_syn_flood_action() in net/ipv4/tcp_input.c
    pattern: /^(?:TCP: )?(?:\w+: )?[Pp]ossible SYN flooding on port/,
    title: 'TCP: Possible SYN flooding',
    versions: '3.2-',
    example: 'TCP: request_sock_TCPv6: Possible SYN flooding on port [::]:10809. Sending cookies.',
  },
  {
    kind: 'route_cache_full',
    ...network,
    ...line,
    // dst_alloc() in net/core/dst.c, before 3.6 net/ipv4/route.c
    pattern: /^(?:\S{1,20} )?(?:Route cache is full: consider increasing|dst cache overflow)/,
    title: 'Route cache is full',
    versions: '3.2-6.2',
    example: 'Route cache is full: consider increasing sysctl net.ipv6.route.max_size.',
  },
  {
    kind: 'tx_timeout',
    ...offline,
    ...line,
    // dev_watchdog() in net/sched/sch_generic.c; since 6.4 the device stands first, before it is the text of a WARNING
    pattern:
      /^(?:NETDEV WATCHDOG: \S+ \((?<driver>[\w-]*)\)|(?<driver>[\w-]+) (?:\S+ ){1,2}NETDEV WATCHDOG): .*transmit queue \d+ timed out/,
    title: 'NETDEV WATCHDOG: transmit queue timed out[ ({driver})]',
    follows: ['warning'],
    within_s: 1,
    versions: '3.2-',
    example: 'virtio_net virtio0 eth0: NETDEV WATCHDOG: CPU: 0: transmit queue 0 timed out 5372 ms',
  },
  {
    kind: 'tx_timeout',
    ...offline,
    ...line,
    // virtnet_tx_timeout() in drivers/net/virtio_net.c
    pattern: /^(?<driver>virtio_net) \S+(?: \S+)?: TX timeout on queue/,
    title: 'TX timeout ({driver})',
    follows: ['tx_timeout'],
    versions: '5.17-',
    example: 'virtio_net virtio0 eth0: TX timeout on queue: 0, sq: output.0, vq: 0x1, name: output.0, 5120000 usecs ago',
  },
  {
    kind: 'nic_hang',
    ...offline,
    ...line,
    // Intel's drivers: e1000_clean_tx_irq(), igb_clean_tx_irq(), ixgbe_check_tx_hang()
    pattern: /^(?<driver>\w+) \S+ \S+: (?:Detected (?:Hardware|Tx) Unit Hang|initiating reset due to tx timeout)/,
    title: 'NIC: Detected Unit Hang ({driver})',
    versions: '3.2-',
    example: 'e1000e 0000:00:1f.6 eno1: Detected Hardware Unit Hang:',
  },
  {
    kind: 'netdev_refcount',
    ...offline,
    ...line,
    // netdev_wait_allrefs_any() in net/core/dev.c
    pattern: /^unregister_netdevice: waiting for \S+ to become free/,
    title: 'unregister_netdevice: waiting for DEV to become free',
    versions: '3.2-',
    example: 'unregister_netdevice: waiting for eth0 to become free. Usage count = 2',
  },

  // --- storage. What stands further down follows from what stands above.
  {
    kind: 'nbd_closed',
    ...lifecycle,
    ...line,
    // drivers/block/nbd.c; dev_err() puts the device in front. After a wanted disconnect too: no fault by itself
    pattern: /^block nbd\d+: shutting down sockets/,
    title: 'nbd: shutting down sockets',
    follows: ['nbd_timeout', 'nbd_dead'],
    versions: '4.10-',
    example: 'block nbd0: shutting down sockets',
  },
  {
    kind: 'io_error',
    ...storage,
    ...line,
    pattern: /^block nbd\d+: Other side returned error/,
    title: 'nbd: Other side returned error',
    follows: ['io_error', 'nbd_timeout', 'nbd_dead'],
    versions: '3.2-',
    example: 'block nbd0: Other side returned error (5)',
  },
  {
    kind: 'nbd_timeout',
    ...storage,
    ...line,
    pattern: /^block nbd\d+: Connection timed out/,
    title: 'nbd: Connection timed out',
    versions: '3.2-',
    example: 'block nbd0: Connection timed out',
  },
  {
    // nothing has failed: a driver without a timeout says every 30 s that it waits (drivers/block/nbd.c, nbd_xmit_timeout())
    kind: 'nbd_stuck',
    ...network,
    ...line,
    pattern: /^block nbd\d+: Possible stuck request/,
    title: 'nbd: Possible stuck request',
    versions: '5.4-',
    example: 'block nbd0: Possible stuck request 000000005a4b7c2d: control (write@4096,8192B). Runtime 30 seconds',
  },
  {
    kind: 'nbd_dead',
    ...storage,
    ...line,
    pattern:
      /^block nbd\d+: (?<what>Receive (?:control|data) failed|Send (?:control|data) failed|Dead connection|Attempted (?:send|recv) on (?:closed|invalid) socket|[Ss]ocks array is empty|Request send failed|Raced with timeout|Unexpected (?:request|reply)|Wrong magic|Double reply|No valid socket)/,
    title: 'nbd: {what}',
    follows: ['nbd_timeout', 'nbd_dead'],
    versions: '3.2-',
    example: 'block nbd12: Receive control failed (result -32)',
  },
  {
    kind: 'disk_timeout',
    ...storage,
    ...line,
    // nvme_timeout() in drivers/nvme/host/pci.c
    pattern:
      /^nvme nvme\d+: (?:I\/O (?:tag )?\d+ .*(?<what>timeout)|(?<what>controller is down; will reset|Device not ready|Abort status|Disabling device after reset failure|Removing after probe failure))/,
    title: 'nvme: {what}',
    versions: '4.4-',
    example: 'nvme nvme0: I/O tag 12 (100c) opcode 0x1 (I/O Cmd) QID 3 timeout, aborting req_op:WRITE(1) size:4096',
  },
  {
    kind: 'disk_timeout',
    ...storage,
    ...line,
    // ata_eh_link_report() in drivers/ata/libata-eh.c
    pattern: /^(?<bus>ata)\d+(?:\.\d+)?: exception Emask/,
    title: '{bus}: exception',
    versions: '3.2-',
    example: 'ata1.00: exception Emask 0x0 SAct 0x10 SErr 0x0 action 0x6 frozen',
  },
  {
    kind: 'disk_timeout',
    ...storage,
    ...line,
    // drivers/scsi: scsi_eh_offline_sdevs(), scsi_softirq_done(), and drivers that abort
    pattern:
      /^(?:sd|scsi) \S+: (?:\[\w+\] )?(?:tag#\d+ )?(?<what>Device offlined - not ready after error recovery|timing out command|[Tt]ask abort|attempting task abort)/,
    title: 'scsi: {what}',
    versions: '3.2-',
    example: 'sd 2:0:0:0: Device offlined - not ready after error recovery',
  },
  {
    kind: 'iscsi_error',
    ...storage,
    ...line,
    // drivers/scsi/scsi_transport_iscsi.c
    pattern: /^ ?(?:connection\d+:\d+: (?<what>detected conn error)|session\d+: (?<what>session recovery timed out))/,
    title: 'iscsi: {what}',
    versions: '3.2-',
    example: ' connection1:0: detected conn error (1020)',
  },
  {
    kind: 'path_failure',
    ...storage,
    ...line,
    // drivers/md/dm-mpath.c fail_path(), drivers/md/raid1.c raid1_error()
    pattern: /^(?:device-mapper: multipath: (?:\S+ )?(?<what>Failing path)|md\/\S+: (?<what>Disk failure) on)/,
    title: 'storage: {what}',
    follows: ['disk_timeout', 'io_error', 'iscsi_error'],
    versions: '3.2-',
    example: 'device-mapper: multipath: 253:2: Failing path 8:16.',
  },
  {
    kind: 'nfs_timeout',
    ...storage,
    ...line,
    // net/sunrpc/clnt.c call_timeout()
    pattern: /^nfs4?: server \S+ not responding/,
    title: 'nfs: server not responding',
    versions: '3.2-',
    example: 'nfs: server 10.0.0.2 not responding, still trying',
  },
  {
    kind: 'io_error',
    ...storage,
    ...line,
    // blk_print_req_error() in block/blk-mq.c with the names of blk_errors[]; not of drives for media that may be out
    pattern:
      /^(?:blk_update_request: |print_req_error: |end_request: )?(?<what>I\/O|operation not supported|timeout|critical space allocation|recoverable transport|critical target|reservation conflict|critical nexus|critical medium|protection|kernel resource|nonblocking retry|dm internal retry|device resource|zone resource|device offline) error, dev (?!fd\d|sr\d)\S+, sector \d+/,
    title: '{what} error on block device',
    follows: DISK_FAILED,
    versions: '3.2-',
    example: 'I/O error, dev vda, sector 2048 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2',
  },
  {
    kind: 'io_error',
    ...storage,
    ...line,
    // scsi_print_result() in drivers/scsi/scsi_logging.c
    pattern: /^sd \S+: \[\w+\] (?:tag#\d+ )?FAILED Result: hostbyte=(?<what>\w+)/,
    title: 'scsi: FAILED {what}',
    follows: DISK_GONE,
    versions: '3.17-',
    example: 'sd 2:0:0:0: [sda] tag#12 FAILED Result: hostbyte=DID_TIME_OUT driverbyte=DRIVER_OK cmd_age=60s',
  },
  {
    kind: 'buffer_io_error',
    ...storage,
    ...line,
    // buffer_io_error() in fs/buffer.c
    pattern: /^Buffer I\/O error on dev(?:ice)? (?!fd\d|sr\d)[^ ,]+, logical block \d+(?:, (?<what>[\w ]+))?/,
    title: 'Buffer I/O error[: {what}]',
    follows: ['io_error', ...DISK_GONE],
    versions: '3.2-',
    example: 'Buffer I/O error on dev nbd0, logical block 0, async page read',
  },
  {
    kind: 'fs_error',
    ...storage,
    ...line,
    // __ext4_error() and its like in fs/ext4/super.c
    pattern: /^(?<fs>EXT[234]-fs) error \(device [^)]*\)(?::| in) (?<where>\w+)/,
    title: '{fs} error in {where}',
    follows: [...DISK_FAILED, 'journal_abort'],
    versions: '3.2-',
    example: 'EXT4-fs error (device vda3): ext4_find_entry:1463: inode #2: comm ls: reading directory lblock 0',
  },
  {
    kind: 'fs_error',
    class: 'storage',
    severity: 'warning',
    ...line,
    pattern: /^(?<fs>EXT[234]-fs) warning \(device [^)]*\): (?<where>\w+):\d+: I\/O error/,
    title: '{fs} warning in {where}: I/O error',
    follows: DISK_FAILED,
    versions: '3.2-',
    example: 'EXT4-fs warning (device nbd0): ext4_end_bio:343: I/O error 10 writing to inode 12 starting block 34304)',
  },
  {
    kind: 'fs_shutdown',
    ...storage,
    ...line,
    // xfs_do_force_shutdown() in fs/xfs/xfs_fsops.c
    pattern:
      /^XFS \([^)]*\): (?:.*Shutting down filesystem|User initiated shutdown received|xfs_do_force_shutdown|.*\. ?Filesystem has been shut down)/,
    title: 'XFS: shutting down filesystem',
    follows: ['fs_error', ...DISK_FAILED],
    versions: '3.2-',
    example: 'XFS (vdb): Log I/O Error (0x2) detected at xlog_ioend_work+0x6e/0x70 (fs/xfs/xfs_log.c:1354).  Shutting down filesystem.',
  },
  {
    kind: 'fs_shutdown',
    ...storage,
    ...line,
    pattern: /^(?<fs>EXT4-fs|F2FS-fs) \([^)]*\): shut down requested/,
    title: '{fs}: shut down requested',
    follows: ['fs_error', ...DISK_FAILED],
    versions: '4.11-',
    example: 'EXT4-fs (vda3): shut down requested (2)',
  },
  {
    kind: 'fs_error',
    ...storage,
    ...line,
    // fs/xfs: xfs_alert(), xfs_corruption_error(), xfs_buf_ioend_handle_error()
    pattern:
      /^XFS \([^)]*\): (?<what>[Mm]etadata I\/O [Ee]rror|[Mm]etadata corruption detected|[Ll]og I\/O [Ee]rror|Internal error|Corruption (?:detected|of in-memory data|warning)|writeback error|page discard|log mount\/recovery failed|Failing async write)/,
    title: 'XFS: {what}',
    follows: DISK_FAILED,
    versions: '3.2-',
    example: 'XFS (vdb): metadata I/O error in "xfs_imap_to_bp+0x5c/0xa0" at daddr 0x80 len 32 error 5',
  },
  {
    kind: 'fs_error',
    ...storage,
    ...line,
    // _btrfs_printk() in fs/btrfs/messages.c
    pattern: /^BTRFS:? (?<what>error|critical)(?:: error)? \(device [^)]*\)/,
    title: 'BTRFS: {what}',
    follows: DISK_FAILED,
    versions: '3.2-',
    example: 'BTRFS error (device vdb): bdev /dev/vdb errs: wr 1, rd 0, flush 0, corrupt 0, gen 0',
  },
  {
    kind: 'fs_error',
    ...storage,
    ...line,
    pattern: /^(?<fs>FAT|F2FS)-fs(?: error)? \([^)]*\): (?:error|inconsistent|Invalid|Corrupted)/,
    title: '{fs}-fs error',
    follows: DISK_FAILED,
    versions: '3.2-',
    example: 'FAT-fs (vdb1): error, fat_get_cluster: invalid cluster chain (i_pos 0)',
  },
  {
    kind: 'journal_abort',
    ...storage,
    ...line,
    // jbd2_journal_abort() in fs/jbd2/journal.c
    pattern: /^(?:Aborting journal on device|JBD2: .*[Aa]borting journal)/,
    title: 'Aborting journal',
    follows: ['fs_error', ...DISK_FAILED],
    versions: '3.2-',
    example: 'Aborting journal on device vda3-8.',
  },
  {
    kind: 'journal_error',
    ...storage,
    ...line,
    pattern: /^JBD2: (?<what>Error|Detected IO errors|I\/O error|Failed to|recovery failed)/,
    title: 'JBD2: {what}',
    follows: ['journal_abort', ...DISK_FAILED],
    versions: '3.2-',
    example: 'JBD2: Detected IO errors while flushing file data on vda3-8',
  },
  {
    kind: 'fs_readonly',
    ...storage,
    ...line,
    // ext4_handle_error(), btrfs_handle_fs_error(), fat_fs_error(), ubifs_ro_mode()
    pattern:
      /^(?<fs>\S+) (?:\(.*?\)|(?:info|error|warning) \(.*?\)): (?:[Rr]emounting filesystem read-only|(?:Filesystem has been )?(?:set|forced?) read-?only|forced readonly)/,
    title: '{fs}: Remounting filesystem read-only',
    follows: FS_FAILED,
    versions: '3.2-',
    example: 'EXT4-fs (vda3): Remounting filesystem read-only',
  },

  // --- hardware
  {
    kind: 'mce',
    ...hardware,
    ...line,
    // print_mce() in arch/x86/kernel/cpu/mce/core.c
    pattern: /^(?:mce: )?\[Hardware Error\]: (?:Machine check events logged|CPU \d+: Machine [Cc]heck)/,
    title: 'mce: Hardware Error',
    versions: '3.2-',
    example: 'mce: [Hardware Error]: Machine check events logged',
  },
  {
    kind: 'mce',
    ...hardware,
    ...line,
    pattern: /^mce: (?:\[Hardware Error\]|CPU\d+: (?:Machine Check|Core temperature|Package temperature))/,
    title: 'mce: Hardware Error',
    follows: ['mce'],
    versions: '3.2-',
    example: 'mce: [Hardware Error]: TSC 0 ADDR 1234 MISC 5678',
  },
  {
    kind: 'ghes',
    ...hardware,
    ...line,
    // __ghes_print_estatus() in drivers/acpi/apei/ghes.c
    pattern: /^\{\d+\}\[Hardware Error\]: Hardware error from APEI/,
    title: 'Hardware error from APEI',
    follows: ['mce'],
    versions: '3.2-',
    example: '{1}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 0',
  },
  {
    kind: 'edac',
    ...suspect,
    ...line,
    // edac_mc_printk() in drivers/edac/edac_mc.c
    pattern: /^EDAC (?:MC|PCI|DEVICE)\d+: (?:\d+ )?(?<what>CE|UE) /,
    title: 'EDAC: {what}',
    follows: ['mce'],
    versions: '3.2-',
    example: 'EDAC MC0: 1 CE memory read error on CPU_SrcID#0_MC#0_Chan#1_DIMM#0 (channel:1 slot:0 page:0x1234 offset:0x0)',
  },
  {
    kind: 'pcie_aer',
    ...hardware,
    ...line,
    // aer_print_error() in drivers/pci/pcie/aer.c
    pattern: /^pcieport \S+: (?:AER: )?(?<what>(?:Multiple )?Uncorrect(?:ed|able) (?:\([\w-]+\) )?error)/,
    title: 'PCIe AER: {what}',
    versions: '3.2-',
    example: 'pcieport 0000:00:1c.0: AER: Uncorrected (Non-Fatal) error received: 0000:01:00.0',
  },
  {
    kind: 'memory_failure',
    ...hardware,
    ...line,
    // action_result() in mm/memory-failure.c
    pattern: /^(?:Memory failure|MCE): 0x[0-9a-f]+: (?<what>recovery action for .*)/,
    title: 'Memory failure: {what}',
    follows: ['mce', 'ghes'],
    versions: '3.2-',
    example: 'Memory failure: 0x12345: recovery action for dirty LRU page: Recovered',
  },
  {
    kind: 'unknown_nmi',
    ...suspect,
    ...line,
    // unknown_nmi_error() in arch/x86/kernel/nmi.c
    pattern: /^Uhhuh\. NMI received for unknown reason/,
    title: 'NMI received for unknown reason',
    versions: '3.2-',
    example: 'Uhhuh. NMI received for unknown reason 3d on CPU 0.',
  },
  {
    kind: 'clocksource_unstable',
    ...suspect,
    ...line,
    // clocksource_watchdog() in kernel/time/clocksource.c
    pattern: /^clocksource: (?:timekeeping watchdog on CPU\d+: )?[Mm]arking clocksource '?\S+ as unstable/,
    title: 'clocksource: marked as unstable',
    versions: '4.2-',
    example: "clocksource: timekeeping watchdog on CPU2: Marking clocksource 'tsc' as unstable because the skew is too large:",
  },
  {
    kind: 'firmware_bug',
    ...suspect,
    ...line,
    // FW_BUG in include/linux/printk.h, sometimes after the name of who noticed
    pattern: /^(?:[\w .:/-]{1,40}: )?\[Firmware Bug\]: (?<text>.*)/,
    title: 'Firmware Bug: {text}',
    versions: '3.2-',
    example: '[Firmware Bug]: TSC_DEADLINE disabled due to Errata; please update microcode to version: 0x3a (or later)',
  },
  {
    kind: 'acpi_error',
    ...suspect,
    ...line,
    // acpi_error() and acpi_bios_error() in drivers/acpi/acpica/utxface.c
    pattern: /^ACPI (?:BIOS )?(?:Error(?: \(bug\))?|Exception): (?<text>.*)/,
    title: 'ACPI Error: {text}',
    versions: '3.2-',
    example: 'ACPI BIOS Error (bug): Could not resolve symbol [\\_SB.PCI0.GFX0.DD02], AE_NOT_FOUND (20250404/psargs-332)',
  },
] as const satisfies readonly TableRow[];

export interface Recognised {
  readonly row: Row;
  readonly groups: Readonly<Record<string, string | undefined>>;
}

const ROWS: readonly Row[] = TABLE;

/**
 * All patterns as one: an ordinary line is tested once. Made from the table, so that no row can be forgotten in it. The names of the groups
 * go, since the rows share them, and one anchor stands for all, or the engine would try every position.
 */
const ANY_ROW = new RegExp(`^(?:${ROWS.map(({ pattern }) => `(?:${pattern.source.slice(1).replaceAll(/\(\?<\w+>/g, '(?:')})`).join('|')})`);

const UNCERTAIN_ROWS = ROWS.filter(({ certain }) => certain !== true);
const PROGRAM_ROWS = ROWS.filter(({ byProgram }) => byProgram === true);

function firstOf(rows: readonly Row[], message: string): Recognised | undefined {
  for (const row of rows) {
    const match = row.pattern.exec(message);
    if (match !== null) return { row, groups: match.groups ?? {} };
  }
  return undefined;
}

/** The first row that matches the message, or undefined for an ordinary line. `certain`: the line shows itself to be the kernel's. */
export const recognise = (message: string, certain = true): Recognised | undefined =>
  ANY_ROW.test(message) ? firstOf(certain ? ROWS : UNCERTAIN_ROWS, message) : undefined;

/** As `recognise`, for what a program says. */
export const recogniseProgram = (message: string): Recognised | undefined => firstOf(PROGRAM_ROWS, message);
