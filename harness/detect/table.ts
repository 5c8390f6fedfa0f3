/**
 * What a kernel prints when something is wrong, as one table. The first row whose pattern matches a message (the line without its
 * timestamp) opens an event. Patterns are anchored and quote the kernel's own format strings, from 5.x to 6.1x; where a string changed
 * between versions, both stand in one pattern. A new kind of event is a new row, its test a new line of kernel text.
 */
import type { EventClass, Severity } from '../../results/model.ts';
import type { Blame } from './frames.ts';

export interface Row {
  readonly kind: string;
  readonly class: EventClass;
  readonly severity: Severity;
  /** Named groups `task`, `pid`, `seconds` fill the event's fields, `function` is blamed before any frame, all may stand in the title. */
  readonly pattern: RegExp;
  /** `{group}` is replaced; a part in `[…]` vanishes when a group in it is missing. */
  readonly title: string;
  /** `line`: complete at once; `trace`: registers and call trace follow. */
  readonly body: 'line' | 'trace';
  readonly blame?: Blame;
  /** Functions to pass over for this row, beside those of frames.ts. */
  readonly skip?: RegExp;
  /** A later line of the report that adds groups to the title. */
  readonly detail?: RegExp;
  /** Kinds whose open report this line only continues: it is no event then. */
  readonly continues?: readonly string[];
  /** Kinds that caused this one if they came before in this boot, at most `FOLLOW_S` seconds ago where the times are known. */
  readonly follows?: readonly string[];
}

export const FOLLOW_S = 5;

type Verdict = Pick<Row, 'class' | 'severity'>;
const crash: Verdict = { class: 'crash', severity: 'fatal' };
const broken: Verdict = { class: 'crash', severity: 'error' };
const warned: Verdict = { class: 'crash', severity: 'warning' };
const hang: Verdict = { class: 'hang', severity: 'error' };
const memory: Verdict = { class: 'memory', severity: 'error' };
const network: Verdict = { class: 'network', severity: 'warning' };
const storage: Verdict = { class: 'storage', severity: 'error' };
const hardware: Verdict = { class: 'hardware', severity: 'error' };
const lifecycle: Verdict = { class: 'lifecycle', severity: 'info' };

const fault = { body: 'trace', blame: 'fault' } as const;
const trace = { body: 'trace', blame: 'trace' } as const;
const stall = { body: 'trace', blame: 'stall' } as const;
const first = { body: 'trace', blame: 'first' } as const;
const lock = { body: 'trace', blame: 'lock' } as const;
const line = { body: 'line' } as const;

/** A die line ends in its counter; `traps: foo[12] general protection fault ip:…` of a user's program does not. */
const DIES = String.raw`.*\[#\d+\]`;
const dies = (what: string): RegExp => new RegExp(`^(?:Oops: )?(?:${what})${DIES}`);
/** `WARNING: CPU: 1 PID: 2 at FILE:3 func+0x4/0x5`; since 6.19 `WARNING: [condition] FILE:3 at func+0x4/0x5, CPU#1: comm/2`. */
const warningAt = (file: string, func = '[A-Za-z_]'): RegExp => {
  const at = String.raw`(?:\S*/)?${file}:\d+`;
  const named = String.raw`(?<function>${func}[\w.$]*\+0x\S+)`;
  const any = func === '[A-Za-z_]' ? '?' : '';
  return new RegExp(
    String.raw`^WARNING: (?:CPU: \d+ PID: \d+ at ${at}(?: ${named})${any}|(?:\[.*\] )?${at} at (?:${named}|0x[0-9a-f]+),? CPU#\d+)`,
  );
};
const REFCOUNT = String.raw`refcount\.[ch]`;

/** Work that waits for other work, and the undoing of a device: the caller is the one that went wrong. */
const ON_BEHALF =
  /^(?:_{0,2}flush_(?:delayed_)?work\w*|_{0,2}cancel_(?:delayed_)?work\w*|_{0,2}flush_workqueue|drain_workqueue|sysfs_\w+|devres_\w+|rollback_registered\w*|unregister_netdev\w*|usb_(?:kill|free|unlink|poison)_\w+|warn_\w+|klist_\w+)$/;

/** lib/ubsan.c itself */
const UBSAN_OWN = /^(?:handle_overflow|val_to_string)$/;

const DYING = ['oops', 'bug', 'list_corruption', 'kasan'] as const;

export const TABLE = [
  // --- lifecycle
  { kind: 'boot', ...lifecycle, ...line, pattern: /^Linux version (?<release>\d\S*) /, title: 'Linux version {release}' },
  {
    kind: 'restart',
    ...lifecycle,
    ...line,
    pattern: /^reboot: (?<what>Restarting system|machine restart)/,
    title: 'reboot: {what}',
    follows: ['panic'],
  },
  { kind: 'power_off', ...lifecycle, ...line, pattern: /^reboot: (?<what>Power down|System halted)/, title: 'reboot: {what}' },

  // --- crash: panic (kernel/panic.c). The causes that a panic only repeats stand in panics.ts.
  { kind: 'panic', ...crash, ...trace, pattern: /^Kernel panic - not syncing: ?(?<text>.*)/, title: 'kernel panic: {text}' },
  {
    kind: 'oops',
    ...crash,
    ...fault,
    pattern: /^(?:traps: )?PANIC: double fault/,
    title: 'PANIC: double fault[ in {function}]',
    continues: ['oops'],
  },

  // --- crash: sanitizers
  {
    kind: 'kasan',
    ...crash,
    ...trace,
    pattern: /^BUG: KASAN: (?:double-free or )?(?<what>[\w-]+)(?: in (?<function>\S+))?/,
    title: 'KASAN: {what}[ {access}][ in {function}]',
    skip: ON_BEHALF,
    detail: /^(?<access>Read|Write) (?:of size|at addr)/,
  },
  {
    kind: 'kfence',
    ...crash,
    ...trace,
    pattern: /^BUG: KFENCE: (?<what>[\w -]+?)(?: in (?<function>\S+))?$/,
    title: 'KFENCE: {what}[ in {function}]',
  },
  {
    kind: 'kmsan',
    ...crash,
    ...trace,
    pattern: /^BUG: KMSAN: (?<what>[\w-]+)(?: in (?<function>\S+))?/,
    title: 'KMSAN: {what}[ in {function}]',
  },
  {
    kind: 'kcsan',
    ...broken,
    ...trace,
    pattern: /^BUG: KCSAN: data-race in (?<function>\S+) \/ (?<other>[\w.]+)/,
    title: 'KCSAN: data-race in {function} / {other}',
  },
  {
    kind: 'kcsan',
    ...broken,
    ...trace,
    pattern: /^BUG: KCSAN: (?<what>[\w-]+(?:: [\w-]+)?)(?: in (?<function>\S+))?/,
    title: 'KCSAN: {what}[ in {function}]',
  },
  {
    kind: 'ubsan',
    ...broken,
    ...trace,
    pattern: /^UBSAN: Undefined behaviour in \S+:\d+/,
    title: 'UBSAN: undefined-behaviour[ in {function}]',
    skip: UBSAN_OWN,
  },
  {
    kind: 'ubsan',
    ...broken,
    ...trace,
    pattern: /^UBSAN: (?<what>[\w-]+) in \S+:\d+/,
    title: 'UBSAN: {what}[ in {function}]',
    skip: UBSAN_OWN,
  },

  // --- crash: memory faults and other traps. The lines `Oops: 0002 [#1]` and `Internal error: Oops` continue the line that says what it was.
  {
    kind: 'oops',
    ...crash,
    ...fault,
    pattern:
      /^(?:BUG: unable to handle kernel NULL pointer dereference|BUG: kernel NULL pointer dereference|Unable to handle kernel NULL pointer dereference)/,
    title: 'BUG: unable to handle kernel NULL pointer dereference[ in {function}]',
  },
  {
    kind: 'oops',
    ...crash,
    ...fault,
    pattern:
      /^(?:BUG: unable to handle (?:kernel paging request|page fault for address)|Unable to handle kernel (?:paging request|access to user memory)|BUG: Unable to handle kernel data access)/,
    title: 'BUG: unable to handle kernel paging request[ in {function}]',
  },
  {
    kind: 'oops',
    ...crash,
    ...fault,
    pattern: /^BUG: unable to handle kernel *$/,
    title: 'BUG: unable to handle kernel[ access in {function}]',
  },
  {
    kind: 'oops',
    ...crash,
    ...fault,
    pattern: dies('general protection fault'),
    title: 'general protection fault[ in {function}]',
    continues: DYING,
  },
  { kind: 'oops', ...crash, ...fault, pattern: dies('divide[_ ]error'), title: 'divide error[ in {function}]', continues: DYING },
  {
    kind: 'oops',
    ...crash,
    ...fault,
    pattern: dies(
      '(?<what>int3|invalid opcode|stack segment|segment not present|alignment check|bounds|overflow|control protection|double fault|stack guard page|machine check)',
    ),
    title: '{what}[ in {function}]',
    continues: DYING,
  },
  {
    kind: 'oops',
    ...crash,
    ...fault,
    pattern: /^BUG: (?:\S+ )?stack guard page was hit at/,
    title: 'BUG: stack guard page was hit[ in {function}]',
  },
  {
    kind: 'oops',
    ...crash,
    ...fault,
    pattern: /^Insufficient stack space to handle exception/,
    title: 'kernel stack overflow[ in {function}]',
  },
  { kind: 'oops', ...crash, ...fault, pattern: /^Unhandled (?:prefetch )?(?:fault|abort): /, title: 'Unhandled fault[ in {function}]' },
  { kind: 'oops', ...crash, ...fault, pattern: /^SError Interrupt on CPU ?\d+/, title: 'SError interrupt[ in {function}]' },
  {
    kind: 'oops',
    ...crash,
    ...fault,
    pattern: new RegExp(`^(?:Oops|Internal error)(?: - |: | )${DIES}`),
    title: 'Oops[ in {function}]',
    continues: DYING,
  },

  // --- crash: BUG()
  {
    kind: 'list_corruption',
    ...crash,
    ...fault,
    pattern: /^kernel BUG at (?:\S*\/)?lib\/list_debug\.c:\d+/,
    title: 'BUG: corrupted list[ in {function}]',
  },
  { kind: 'bug', ...crash, ...fault, pattern: /^kernel BUG at (?:\S*\/)?mm\/usercopy\.c:\d+/, title: 'BUG: bad usercopy[ in {function}]' },
  { kind: 'bug', ...crash, ...fault, pattern: /^kernel BUG (?:at \S+:\d+!?|in \S+)/, title: 'kernel BUG[ in {function}]' },

  // --- crash: checks of memory management
  {
    kind: 'bad_page',
    ...crash,
    ...first,
    pattern: /^BUG: Bad page (?<what>state|map|cache) in process/,
    title: 'BUG: Bad page {what}[ in {function}]',
  },
  { kind: 'bad_page', ...broken, ...line, pattern: /^BUG: Bad rss-counter state/, title: 'BUG: Bad rss-counter state' },
  {
    kind: 'bad_page',
    ...broken,
    ...line,
    pattern: /^BUG: non-zero pgtables_bytes on freeing mm/,
    title: 'BUG: non-zero pgtables_bytes on freeing mm',
  },
  {
    kind: 'slab_corruption',
    ...crash,
    ...trace,
    pattern: /^BUG (?<cache>[\w:.-]+) \((?:Not tainted|Tainted: [^)]*)\): (?<what>[A-Z][\w ]*[a-z])/,
    title: 'BUG: slab {what}[ in {function}]',
  },
  {
    kind: 'dentry_in_use',
    ...broken,
    ...trace,
    pattern: /^BUG: Dentry .* still in use .*\[unmount of/,
    title: 'BUG: Dentry still in use in unmount',
  },
  {
    kind: 'busy_inodes',
    ...broken,
    ...line,
    pattern: /^VFS: Busy inodes after unmount/,
    title: 'VFS: Busy inodes after unmount (use-after-free)',
  },

  // --- crash: locking and context. After an oops the dying task trips over these; that is no second fault.
  {
    kind: 'atomic_sleep',
    ...broken,
    ...trace,
    pattern: /^BUG: scheduling while atomic: (?<task>.+)\/(?<pid>\d+)\/0x/,
    title: 'BUG: scheduling while atomic[ in {function}]',
    follows: DYING,
  },
  {
    kind: 'atomic_sleep',
    ...broken,
    ...trace,
    pattern: /^BUG: sleeping function called from invalid context/,
    title: 'BUG: sleeping function called from invalid context[ in {function}]',
    follows: DYING,
  },
  {
    kind: 'preemptible',
    ...broken,
    ...trace,
    pattern: /^BUG: using (?<what>\w+\(\)) in preemptible/,
    title: 'BUG: using {what} in preemptible code[ in {function}]',
    skip: /^(?:caller_\w+)$/,
  },
  {
    kind: 'spinlock',
    ...broken,
    ...trace,
    pattern:
      /^BUG: (?<what>(?:spinlock|rwlock) (?:bad magic|already unlocked|wrong owner|wrong CPU|recursion|lockup suspected|cpu recursion|trylock failure on UP|lockup))/,
    title: 'BUG: {what}[ in {function}]',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...lock,
    pattern: /^(?:WARNING: |\[? ?INFO: )?(?:possible (?:circular locking dependency|recursive locking|irq lock inversion dependency)) /,
    title: 'possible deadlock[ in {function}]',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...first,
    pattern: /^(?:WARNING: |\[ INFO: )(?:SOFT|HARD)IRQ-safe -> (?:SOFT|HARD)IRQ-unsafe lock order detected/,
    title: 'possible deadlock[ in {function}]',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...lock,
    pattern: /^(?:WARNING: |\[ INFO: )inconsistent lock state/,
    title: 'inconsistent lock state[ in {function}]',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...trace,
    pattern: /^(?:WARNING: |\[ INFO: )suspicious RCU usage/,
    title: 'WARNING: suspicious RCU usage[ in {function}]',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...first,
    pattern: /^(?:\[ )?(?<prefix>WARNING|BUG): bad unlock balance detected/,
    title: '{prefix}: bad unlock balance[ in {function}]',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...lock,
    pattern:
      /^(?:\[ )?(?<prefix>WARNING|BUG): (?:\S+ )?(?<what>held lock freed|lock held when returning to user space|still has locks held)/,
    title: '{prefix}: {what}[ in {function}]',
  },
  {
    kind: 'lockdep',
    ...broken,
    ...lock,
    pattern: /^WARNING: [Nn]ested lock was not taken/,
    title: 'WARNING: nested lock was not taken[ in {function}]',
  },
  { kind: 'lockdep', ...broken, ...trace, pattern: /^\[ BUG: Invalid wait context \]/, title: 'WARNING: locking bug[ in {function}]' },
  {
    kind: 'lockdep',
    ...warned,
    ...trace,
    pattern: /^INFO: trying to register non-static key/,
    title: 'INFO: trying to register non-static key[ in {function}]',
    skip: ON_BEHALF,
  },

  // --- crash: WARN(). Those of a check that serves the whole kernel are named for what was checked.
  {
    kind: 'warning',
    ...warned,
    ...trace,
    pattern: warningAt(REFCOUNT),
    title: 'WARNING: refcount bug[ in {function}]',
  },
  { kind: 'warning', ...warned, ...trace, pattern: warningAt(String.raw`debugobjects\.c`), title: 'WARNING: ODEBUG bug[ in {function}]' },
  {
    kind: 'warning',
    ...warned,
    ...trace,
    pattern: warningAt(String.raw`(?:slab_common|util)\.c`, 'kv?malloc'),
    title: 'WARNING: kmalloc bug[ in {function}]',
  },
  {
    kind: 'warning',
    ...warned,
    ...trace,
    pattern: warningAt(String.raw`vmalloc\.c`, '__vmalloc_node_range'),
    title: 'WARNING: zero-size vmalloc[ in {function}]',
  },
  {
    kind: 'warning',
    ...warned,
    ...trace,
    pattern: warningAt(String.raw`kernel/locking/lockdep\.c`),
    title: 'WARNING: locking bug[ in {function}]',
  },
  {
    kind: 'warning',
    ...warned,
    ...trace,
    pattern: warningAt(String.raw`\S+?`),
    title: 'WARNING[ in {function}]',
    skip: ON_BEHALF,
    continues: ['tx_timeout'],
  },
  {
    kind: 'warning',
    ...warned,
    ...trace,
    pattern: /^WARNING: at \S+:\d+(?: (?<function>[A-Za-z_][\w.$]*\+0x\S+))?/,
    title: 'WARNING[ in {function}]',
    skip: ON_BEHALF,
    continues: ['tx_timeout'],
  },
  {
    kind: 'warning',
    ...warned,
    ...trace,
    pattern: /^WARNING: kernel stack (?<what>regs|frame pointer) (?:at \S+ )?.*has bad/,
    title: 'WARNING: kernel stack {what} has bad value',
  },

  // --- hang
  {
    kind: 'hung_task',
    ...hang,
    ...trace,
    // check_hung_task() in kernel/hung_task.c; newer kernels tell waits for I/O apart
    pattern: /^INFO: task (?<task>.+):(?<pid>\d+) blocked (?:in I\/O wait )?for more than (?<seconds>\d+) seconds/,
    title: 'INFO: task hung[ in {function}]',
    skip: ON_BEHALF,
  },
  {
    kind: 'hung_suppressed',
    class: 'hang',
    severity: 'warning',
    ...line,
    // After this line the kernel's silence proves nothing.
    pattern: /^Future hung task reports are suppressed/,
    title: 'Future hung task reports are suppressed',
    follows: ['hung_task'],
  },
  {
    kind: 'soft_lockup',
    ...hang,
    ...stall,
    pattern: /^(?:NMI )?(?:watchdog: )?BUG: soft lockup(?: detected)? - CPU#\d+ stuck for (?<seconds>\d+)s! \[(?<task>.+):(?<pid>\d+)\]/,
    title: 'BUG: soft lockup[ in {function}]',
  },
  {
    kind: 'hard_lockup',
    ...hang,
    ...fault,
    pattern: /^(?:NMI )?(?:watchdog: )?(?:CPU\d+: )?Watchdog detected hard LOCKUP on cpu ?\d+/,
    title: 'BUG: hard lockup[ in {function}]',
    skip: /^(?:arch_trigger\w*|watchdog\w*|nmi_\w+|cpuidle_\w+|cpu_startup_entry|do_idle)$/,
  },
  {
    kind: 'rcu_stall',
    ...hang,
    ...stall,
    pattern: /^(?:rcu: )?INFO: (?<flavour>rcu\w*) (?:self-)?detected (?:expedited )?stalls? on (?:CPU|tasks)/,
    title: 'INFO: rcu detected stall[ in {function}]',
  },
  {
    kind: 'workqueue_lockup',
    ...hang,
    ...line,
    pattern: /^BUG: workqueue lockup - pool .* stuck for (?<seconds>\d+)s!/,
    title: 'BUG: workqueue lockup',
  },

  // --- memory
  {
    kind: 'oom_kill',
    ...memory,
    ...line,
    pattern:
      /^(?<scope>Out of memory|Memory cgroup out of memory)(?: \([^)]*\))?: Kill(?:ed)? process (?<pid>\d+) \((?<task>.*?)\)(?:,? |$)/,
    title: '{scope}: Killed process',
  },
  {
    kind: 'page_alloc_failure',
    class: 'memory',
    severity: 'warning',
    ...trace,
    pattern: /^(?<task>\S.{0,63}?): page allocation (?:failure: order:|stalls for )/,
    title: 'page allocation failure[ in {function}]',
  },

  // --- network
  {
    kind: 'neigh_overflow',
    ...network,
    ...line,
    pattern: /^(?:neighbour: |IPv6: |ipv6: )?(?:(?<table>\w+): )?(?:neighbor|neighbour|Neighbour) table overflow/,
    title: 'neighbour table overflow[ in {table}]',
  },
  {
    kind: 'conntrack_full',
    ...network,
    ...line,
    pattern: /^(?:nf_conntrack: )+table full, dropping packet/,
    title: 'nf_conntrack: table full, dropping packet',
  },
  {
    kind: 'tcp_memory',
    ...network,
    ...line,
    pattern: /^TCP: (?<what>out of memory -- consider tuning tcp_mem|too many orphaned sockets)/,
    title: 'TCP: {what}',
  },
  { kind: 'syn_flood', ...network, ...line, pattern: /^TCP: \S+: Possible SYN flooding on port/, title: 'TCP: Possible SYN flooding' },
  {
    kind: 'route_cache_full',
    ...network,
    ...line,
    pattern: /^(?:\S+ )?Route cache is full: consider increasing/,
    title: 'Route cache is full',
  },
  {
    kind: 'tx_timeout',
    class: 'network',
    severity: 'error',
    ...trace,
    // net/sched/sch_generic.c; since 6.4 the device stands first. Older kernels print it as the text of a WARNING.
    pattern:
      /^(?:NETDEV WATCHDOG: \S+ \((?<driver>[\w-]+)\)|(?<driver>[\w-]+) (?:\S+ ){1,2}NETDEV WATCHDOG): .*transmit queue \d+ timed out/,
    title: 'NETDEV WATCHDOG: transmit queue timed out[ ({driver})]',
    continues: ['tx_timeout'],
  },
  {
    kind: 'tx_timeout',
    class: 'network',
    severity: 'error',
    ...line,
    pattern: /^(?<driver>virtio_net) \S+(?: \S+)?: TX timeout on queue/,
    title: 'TX timeout ({driver})',
    continues: ['tx_timeout'],
    follows: ['tx_timeout'],
  },
  {
    kind: 'nic_hang',
    class: 'network',
    severity: 'error',
    ...line,
    pattern: /^\S+ \S+ \S+: Detected (?:Hardware|Tx) Unit Hang/,
    title: 'NIC: Detected Unit Hang',
  },

  // --- storage
  {
    kind: 'io_error',
    ...storage,
    ...line,
    // blk_print_req_error() in block/blk-mq.c with the names of blk_errors[]
    pattern:
      /^(?:blk_update_request: |print_req_error: )?(?<what>I\/O|operation not supported|timeout|critical space allocation|recoverable transport|critical target|reservation conflict|critical nexus|critical medium|protection|kernel resource|nonblocking retry|dm internal retry|device resource|zone resource|device offline) error, dev \S+, sector \d+/,
    title: '{what} error on block device',
  },
  {
    kind: 'buffer_io_error',
    ...storage,
    ...line,
    pattern: /^Buffer I\/O error on dev(?:ice)? \S+, logical block \d+(?:, (?<what>[\w ]+))?/,
    title: 'Buffer I/O error[: {what}]',
  },
  {
    kind: 'fs_error',
    ...storage,
    ...line,
    pattern: /^(?<fs>EXT[234]-fs) error \(device [^)]*\)(?::| in) (?<where>\w+)/,
    title: '{fs} error in {where}',
  },
  {
    kind: 'fs_error',
    class: 'storage',
    severity: 'warning',
    ...line,
    pattern: /^(?<fs>EXT[234]-fs) warning \(device [^)]*\): (?<where>\w+):\d+: I\/O error/,
    title: '{fs} warning in {where}: I/O error',
  },
  {
    kind: 'fs_shutdown',
    ...storage,
    ...line,
    pattern:
      /^XFS \([^)]*\): (?:.*Shutting down filesystem|User initiated shutdown received|xfs_do_force_shutdown|.*\. ?Filesystem has been shut down)/,
    title: 'XFS: shutting down filesystem',
  },
  {
    kind: 'fs_shutdown',
    ...storage,
    ...line,
    pattern: /^(?<fs>EXT4-fs|F2FS-fs) \([^)]*\): shut down requested/,
    title: '{fs}: shut down requested',
  },
  {
    kind: 'fs_error',
    ...storage,
    ...line,
    pattern:
      /^XFS \([^)]*\): (?<what>[Mm]etadata I\/O [Ee]rror|[Mm]etadata corruption detected|[Ll]og I\/O [Ee]rror|Internal error|Corruption (?:detected|of in-memory data)|writeback error|page discard|log mount\/recovery failed|Failing async write)/i,
    title: 'XFS: {what}',
  },
  {
    kind: 'fs_error',
    ...storage,
    ...line,
    pattern: /^BTRFS:? (?<what>error|critical)(?:: error)? \(device [^)]*\)/,
    title: 'BTRFS: {what}',
  },
  {
    kind: 'fs_error',
    ...storage,
    ...line,
    pattern: /^(?<fs>FAT|F2FS)-fs(?: error)? \([^)]*\): (?:error|inconsistent|Invalid|Corrupted)/,
    title: '{fs}-fs error',
  },
  {
    kind: 'journal_abort',
    ...storage,
    ...line,
    pattern: /^(?:Aborting journal on device|JBD2: .*aborting journal)/,
    title: 'Aborting journal',
  },
  {
    kind: 'journal_error',
    ...storage,
    ...line,
    pattern: /^JBD2: (?<what>Error|Detected IO errors|I\/O error|Failed to|recovery failed)/,
    title: 'JBD2: {what}',
  },
  {
    kind: 'fs_readonly',
    ...storage,
    ...line,
    pattern:
      /^(?<fs>\S+) (?:\(.*?\)|(?:info|error|warning) \(.*?\)): (?:Remounting filesystem read-only|(?:Filesystem has been )?(?:set|forced?) read-?only|forced readonly)/i,
    title: '{fs}: Remounting filesystem read-only',
  },
  // drivers/block/nbd.c; dev_err() puts the device in front. The sockets are shut down after a wanted disconnect too: no fault by itself.
  { kind: 'nbd_closed', ...lifecycle, ...line, pattern: /^block nbd\d+: shutting down sockets/, title: 'nbd: shutting down sockets' },
  {
    kind: 'nbd_timeout',
    ...storage,
    ...line,
    pattern: /^block nbd\d+: (?<what>Connection timed out|Possible stuck request)/,
    title: 'nbd: {what}',
  },
  {
    kind: 'nbd_dead',
    ...storage,
    ...line,
    pattern:
      /^block nbd\d+: (?<what>Receive (?:control|data) failed|Send (?:control|data) failed|Dead connection|Attempted (?:send|recv) on (?:closed|invalid) socket|Socks array is empty|Request send failed|Raced with timeout|Unexpected (?:request|reply)|Wrong magic|Other side returned error|Double reply|No valid socket|receive: (?:wrong|bad))/i,
    title: 'nbd: {what}',
  },
  {
    kind: 'io_timeout',
    ...storage,
    ...line,
    pattern:
      /^nvme nvme\d+: (?:I\/O (?:tag )?\d+ .*(?<what>timeout)|(?<what>controller is down; will reset|Device not ready|Abort status|Disabling device after reset failure))/,
    title: 'nvme: {what}',
  },
  { kind: 'io_timeout', ...storage, ...line, pattern: /^(?<bus>ata)\d+(?:\.\d+)?: exception Emask/, title: '{bus}: exception' },
  {
    kind: 'io_error',
    ...storage,
    ...line,
    pattern: /^sd \S+: \[\w+\] tag#\d+ FAILED Result: hostbyte=(?<what>\w+)/,
    title: 'scsi: FAILED {what}',
  },
  {
    kind: 'path_failure',
    ...storage,
    ...line,
    pattern: /^(?:device-mapper: multipath: (?:\S+ )?(?<what>Failing path)|md\/\S+: (?<what>Disk failure) on)/,
    title: 'storage: {what}',
  },
  {
    kind: 'iscsi_error',
    ...storage,
    ...line,
    pattern: /^ ?(?:connection\d+:\d+: (?<what>detected conn error)|session\d+: (?<what>session recovery timed out))/,
    title: 'iscsi: {what}',
  },
  { kind: 'nfs_timeout', ...storage, ...line, pattern: /^nfs: server \S+ not responding/, title: 'nfs: server not responding' },

  // --- hardware
  { kind: 'mce', ...hardware, ...line, pattern: /^mce: (?:\[Hardware Error\]|CPU\d+: Machine Check)/i, title: 'mce: Hardware Error' },
  {
    kind: 'hardware_error',
    ...hardware,
    ...line,
    pattern: /^\{\d+\}\[Hardware Error\]: Hardware error from APEI/,
    title: 'Hardware error from APEI',
  },
  { kind: 'edac', class: 'hardware', severity: 'warning', ...line, pattern: /^EDAC \w+: \d+ (?<what>CE|UE) /, title: 'EDAC: {what}' },
  {
    kind: 'pcie_aer',
    ...hardware,
    ...line,
    pattern: /^pcieport \S+: (?:AER: )?(?<what>(?:Multiple )?Uncorrected (?:\([\w-]+\) )?error)/i,
    title: 'PCIe AER: {what}',
  },
  {
    kind: 'memory_failure',
    ...hardware,
    ...line,
    pattern: /^Memory failure: 0x[0-9a-f]+: (?<what>recovery action for .*)/,
    title: 'Memory failure: {what}',
  },
  {
    kind: 'unknown_nmi',
    class: 'hardware',
    severity: 'warning',
    ...line,
    pattern: /^Uhhuh\. NMI received for unknown reason/,
    title: 'NMI received for unknown reason',
  },
] as const satisfies readonly Row[];

export interface Recognised {
  readonly row: Row;
  readonly groups: Readonly<Record<string, string | undefined>>;
}

const ROWS: readonly Row[] = TABLE;

/**
 * All patterns as one: an ordinary line is tested once. Made from the table, so that no row can be forgotten in it. The names of the groups
 * go, since the rows share them, and one anchor stands for all, or the engine would try every position.
 */
const ANY_ROW = new RegExp(
  `^(?:${ROWS.map(({ pattern }) => `(?${pattern.flags}:${pattern.source.slice(1).replaceAll(/\(\?<\w+>/g, '(?:')})`).join('|')})`,
);

/** The first row that matches the message, or undefined for an ordinary line. */
export function recognise(message: string): Recognised | undefined {
  if (!ANY_ROW.test(message)) return undefined;
  for (const row of ROWS) {
    const match = row.pattern.exec(message);
    if (match !== null) return { row, groups: match.groups ?? {} };
  }
  return undefined;
}
