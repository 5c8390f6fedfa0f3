/**
 * Which function to blame: the first frame of a report that says something. Titles must be the same for the same bug, so frames that
 * report, wait, lock, allocate or copy on behalf of somebody else are passed over, by the words in their names.
 */
import { demangle } from './demangle.ts';

/** The name of a recipe, below: where in a report the culprit stands. */
export type Blame = keyof typeof RECIPES;

export interface Culprit {
  /** as titles name it: without compiler suffix and without the prefix of a system call's ABI */
  readonly name: string;
  /** as the trace names it */
  readonly raw: string;
}

export interface Verdict {
  readonly culprit: Culprit | undefined;
  /** false: the report ran out, or another report stands in its trace */
  readonly whole: boolean;
}

const NAME = String.raw`(?<name>[A-Za-z_]\w*)`;
/** Compilers split functions: `.isra.0`, `.constprop.1`, `.part.2`, `.cold`, `.llvm.123`. The part has no meaning for a person. */
const PART = String.raw`(?:\.[\w.]*)?`;
const FUNCTION = String.raw`${NAME}${PART}\+0x[0-9a-f]+`;
const ADDRESS = String.raw`(?:\[<?(?:0x)?[0-9a-f]{4,16}>?\] +){0,2}`;

/** ` func+0x12/0x34 [module]` or ` [<addr>] func+…`; not ` ? func`, which is only a leftover on the stack, and not what inlining adds. */
const TRACE = new RegExp(`^ *${ADDRESS}${FUNCTION}`);
/** arm: ` [<addr>] (func) from [<addr>] (caller+0x…)`, since 5.19 ` func from caller+0x…` (arch/arm/kernel/traps.c) */
const ARM_TRACE = new RegExp(String.raw`^ *${ADDRESS}\(?(?<callee>[A-Za-z_]\w*)[\w.]*\)? from ${ADDRESS}\(?${FUNCTION}`);
/** what is only left over on the stack */
const LEFTOVER = new RegExp(String.raw`^ *${ADDRESS}\? `);
/** powerpc's way to say ` ? ` (arch/powerpc/kernel/process.c) */
const UNRELIABLE = / \(unreliable\)$/;
/** x86 `RIP: 0010:func+…`, `EIP: …` and `IP: …`, arm64 `pc : func+…`, arm `PC is at func+…`, powerpc `NIP [addr] func+…`, i386 before 4.11 `EIP is at func+…`; some have no name */
const POINTER = new RegExp(
  String.raw`^(?:[RE]?IP:|EIP is at|pc :|PC is at|epc :|NIP:?|--- interrupt: \d+ at)(?: (?:[0-9a-f]{1,4}: *)?(?:${ADDRESS}${FUNCTION}|0x[0-9a-f]+|${ADDRESS}\[< *\(null\)>\] +\(null\)| *\(null\)))`,
);
/** `is trying to acquire lock: … at: func+0x…` (kernel/locking/lockdep.c print_lock); older ones with an address */
const LOCK_PLACE = new RegExp(String.raw`\bat: +${ADDRESS}${FUNCTION}`);

/** Where the call trace of a report begins; the spelling differs by architecture. */
export const TRACE_START = /Call [Tt]race:|Backtrace:/;
/** Where any trace begins, also those of who allocated, freed and stored. */
export const ANY_TRACE_START =
  /Call [Tt]race|Allocated(?: by task \d+)?:|Freed(?: by task \d+)?:|^ *backtrace(?: \(crc [0-9a-f]*\))?:|Backtrace:|Uninit was stored to memory at|^status: [0-9a-f]{16} badaddr: [0-9a-f]{16} cause:/;
/** Fault injection prints its own trace (lib/fault-inject.c), often in the middle of the report it caused. */
const FOREIGN = /^ (?:\[<?[0-9a-fx]+>?\] )?should_fail(?:slab)?(?:\.[\w.]+)?\+0x/;

/** Which of the frames is to blame, and the name for it where it is not its own. */
type Choose = (frames: readonly string[]) => { readonly at: number; readonly name?: string } | undefined;

interface Recipe {
  /** found one after the other; one that matches a frame names a candidate. The trace is read after the last. */
  readonly path: readonly RegExp[];
  /** taken one after the other where the one before finds no candidate */
  readonly otherwise?: readonly { readonly path: readonly RegExp[]; readonly choose?: Choose }[];
  /** a trace ends here too */
  readonly until?: RegExp;
  /** what the path finds is the culprit, whoever it is: no trace is read */
  readonly exact?: true;
  /** what the path finds is all: no trace is read */
  readonly noTrace?: true;
  readonly choose?: Choose;
}

const INTERRUPT = /apic_timer_interrupt/;
const INTERRUPT_END = /apic_timer_interrupt|Exception stack|el1h_64_irq/;
const ORIGIN = /^ *(?:Local variable .* created at:|Uninit was created at:)/;
const first: Choose = (frames) => (frames.length === 0 ? undefined : { at: 0 });

const RECIPES = {
  /** instruction pointer, then the trace */
  fault: { path: [POINTER, TRACE_START] },
  /** a WARN() traps on newer kernels and has an instruction pointer then; it may name the check rather than its caller */
  warning: { path: [POINTER], otherwise: [{ path: [TRACE_START] }] },
  /** the instruction pointer alone: the stack is not to be trusted */
  pointer: { path: [POINTER], noTrace: true },
  trace: { path: [TRACE_START] },
  /** frames follow the header without a heading */
  below: { path: [] },
  /** frames follow the header; where the memory came from has a trace of its own */
  origin: { path: [], until: ORIGIN },
  stall: { path: [POINTER, TRACE_START], choose: dispatched, otherwise: [{ path: [POINTER, TRACE_START] }] },
  /** the stack that the clock's interrupt found, or another CPU's, or since 5.9 the report's own, which begins where the interrupt came */
  rcu: {
    path: [INTERRUPT, POINTER],
    otherwise: [
      { path: [INTERRUPT_END], choose: dispatched },
      { path: [POINTER, TRACE_START], choose: dispatched },
      { path: [POINTER, TRACE_START] },
    ],
    choose: dispatched,
  },
  overflow: { path: [TRACE_START], choose: dispatched },
  wait: { path: [TRACE_START], choose: awaited },
  /** the lock that is asked for, the one that is held, then any frame */
  locks: { path: [LOCK_PLACE, LOCK_PLACE] },
  asked: { path: [/is trying to acquire/, LOCK_PLACE], exact: true },
  changed: { path: [/just changed the state of lock/, LOCK_PLACE], exact: true },
  taken: { path: [/ takes:?$/, LOCK_PLACE], exact: true },
  held: { path: [LOCK_PLACE], exact: true },
  unsafe: { path: [/which became .* at:/] },
  unlocked: { path: [new RegExp(String.raw`\[<?(?:0x)?[0-9a-f]{4,16}>?\] +${FUNCTION}`), TRACE_START] },
  leftLocked: { path: [/leaving the kernel with locks still held/, LOCK_PLACE], exact: true },
  /** where the page came from, if the kernel kept that (CONFIG_PAGE_OWNER), else where it was found */
  allocated: { path: [/page last allocated/], otherwise: [{ path: [TRACE_START] }] },
  leaked: { path: [/^ *backtrace(?: \(crc [0-9a-f]*\))?:/] },
} as const satisfies Record<string, Recipe>;

/** Compiles words and patterns into one test of a name that contains one of them. */
const containing = (words: readonly string[]): RegExp => new RegExp(words.join('|'));

/** Never the culprit, whatever the report. */
const MACHINERY = containing([
  // printing
  'printk|panic|dump_(?:stack|backtrace)|(?:show|walk)_stack|print_\\w*(?:report|hex_dump|tainted|unlock|usage_bug|address_description)|get_taint|imbalance_bug',
  'sc?nprintf|kv?asprintf|va_format|string|pointer|hex_dump_to_buffer|dev_(?:info|notice|warn|err|alert|crit|emerg)|arch_stack_walk|stack_trace_(?:save|consume)',
  // traps on their way to a report
  'report_bug|fixup_bug|invalid_op$|do_error|_trap$|do_trap|warn_(?:slowpath|alloc|bogus)|__warn|assertfail|__fortify_report|program_check_(?:exception|common)',
  'do_(?:kernel|translation)_fault|do_mem_abort|el1_abort|el1h_64_sync(?:_handler)?',
  // sanitizers and debug checks
  '__sanitizer|__h?w?asan|kasan|hwasan|__msan|kmsan|kcsan_setup|check_(?:memory_region|heap_object|object|bytes_and_report)|read_word_at_a_time|(?:read|write)_once_.*nocheck',
  'debug_object|(?:timer|work)_is_static_object|might_(?:fault|sleep|resched)|lockdep|lock_(?:acquire|release|class)|mark(?:_held)?_lock|reacquire_held_locks|(?:trace|lockdep)_(?:hard|soft)irq|perf_trace|seqprop_assert|__phys_addr|__virt_to_phys|ref_tracker',
  // locks
  'spin_(?:try|un)?lock|raw_spin_rq|(?:read|write)_(?:try|un)?lock|^down$|(?:down|up)_(?:read|write)|down_trylock|^_{0,2}(?:rt_)?mutex_|owner_on_cpu|osq_(?:un)?lock|^(?:un)?lock_page|bh_(?:en|dis)able',
  'finish_wait|wait_for_completion|^complete$|__wake_up',
  // counters, bits, lists and trees
  'atomic(?:64)?_(?:dec|inc|read|set|or|xor|and|add|sub|fetch|xchg|cmpxchg|try)|(?:set|clear|change|test)_bit|^(?:refcount|kref)_|list_(?:add|del|replace|move|splice)|^(?:__)?rb_|^klist_|xas_(?:start|load|find)|rhashtable_lookup|ida_free',
  // strings and copies
  'mem(?:cpy|cmp|set|chr|move|dup)|strn?(?:cmp|dup|str)|str[lns]?cpy|strscpy|strn?len|strchr|copy_(?:to|from)_(?:user|iter)|copy_(?:page|folio)_(?:to|from)_iter|^copy(?:in|out)$|[gp](?:e|u)t_user|extract_(?:user|iter)_to_sg|^crc\\d|crc_itu_t|_indirect_thunk_',
  '(?:read|write)[bwlq]$|logic_(?:in|out)',
  // memory
  'k?v?[mzc]alloc|krealloc|kmem_cache|allocate_slab|slab_|alloc_page|alloc_frozen_pages|folio_(?:alloc|unlock)|filemap_(?:alloc|get)_folio|(?:find_or_create|pagecache_get)_page|read_cache_page$|do_read_cache_folio|grab_cache_page|find_lock_entries|truncate_inode_pages_range|^kv?free$|kfree_skb|mark_buffer_dirty',
  // work and timers: who waits for them or queues them is meant
  'del_timer|__?timer_delete|lock_timer_base|__mod_timer|sk_stop_timer_sync|(?:flush|cancel|queue|insert)_(?:delayed_)?work|__cancel_work|(?:flush|drain|destroy)_workqueue|try_to_grab_pending|kthread_stop|cleanup_srcu_struct',
  // references and the driver core act for whoever lets go
  'kobject_|add_uevent_var|get_device_parent|^put_device$|device_(?:add|del|unregister|destroy|release|for_each_child|remove_file)|devres_release_all|sysfs_remove|hwrng_unregister|i2c_del_adapter|__unregister_client|rollback_registered|unregister_netdev|tty_unregister_device',
  'usb_(?:kill|submit|control|hcd_submit)_(?:urb|anchored|msg)|dummy_urb_enqueue|^iput(?:_final)?$|^ihold$|drop_nlink|dput$|__rustc::rust_begin_unwind|core::panicking',
]);

/** Where work comes in: system calls, interrupts, work items, and the calls through a file's or a socket's operations. */
const DISPATCHER = containing([
  'do_(?:fast_)?syscall_|sysenter_dispatch|tracesys_phase2|el0_svc_handler|invoke_syscall|ret_fast_syscall|exit_to_usermode|ret_from_fork|start_secondary|cpu_startup_entry|smp_call_function',
  'process_one_work|^kthread$|smpboot_thread_fn|run_ksoftirqd|do_softirq|tasklet_(?:hi_)?action|call_timer_fn|_run_timers|run_timer_softirq|hrtimer_run|task_work_run|netif_receive_skb',
  'proc_reg_|vfs_(?:write|read|iter_read|iter_write|ioctl|open)|do_iter_(?:read|write)|call_(?:read|write)_iter|new_sync_(?:read|write)|ksys_ioctl|compat_(?:sys_)?ioctl|blkdev_(?:driver_)?ioctl|^call_mmap|mmap_region|do_mmap|do_dentry_open|__fput|__do_fault|do_page_fault|^page_fault$',
  '^sock_(?:sendmsg|recvmsg|release|mmap|do_ioctl|ioctl)|^__sock_release|^compat_sock_ioctl|^(?:setsockopt|listen|accept)$|kernel_(?:setsockopt|listen|accept)|sock_common_setsockopt|sk_common_release|^(?:sys_)?(?:socketpair|connect|ioctl)',
  '^(?:nf|rt)netlink_rcv_msg|^netlink_dump',
]);

/** Waits that everybody shares are named for what is waited for: whoever waits there is a victim. */
const SHARED_WAITS: readonly (readonly [RegExp, string?])[] = [[/rtnl_lock/], [/synchronize_(?:s?rcu|net|sched)/, 'synchronize_rcu']];
/** How a task sleeps, not why. */
const SLEEPING = containing([
  'sched|_lock|_slowlock|down|rwsem|completion|kthread|(?<!no)wait|synchronize|context_switch|__switch_to|cancel_delayed_work|rcu_barrier',
]);

/** System calls are wrapped once for each ABI (SYSCALL_DEFINE, arch wrappers, compat); the wrapper has no meaning for a person. */
const WRAPPERS = [
  'SYSC_|SyS_|sys_|____sys_|___sys_|__sys_|ksys_',
  '__x64_|__ia32_|__arm64_|__se_|__se_sys_|__do_sys_|compat_SYSC_|compat_SyS_',
].flatMap((each) => each.split('|'));

/** The names that one function may have in titles: without each wrapper's prefix that it has, shortest first, and as it is. */
export function spellings(raw: string): string[] {
  const stripped = WRAPPERS.filter((prefix) => raw.startsWith(prefix)).map((prefix) => raw.slice(prefix.length));
  return [...stripped, raw].sort((a, b) => a.length - b.length);
}

const culprit = (raw: string): Culprit => ({ raw, name: spellings(raw)[0] ?? raw });

/** The frame named by whoever matched: the name is demangled, the compiler's suffix is already gone. */
const frameOf = (match: RegExpExecArray | null): string | undefined => {
  const name = match?.groups?.name;
  return name === undefined ? undefined : demangle(name);
};

/** The functions on one line of a trace, innermost first. */
export function parseFrames(message: string): string[] {
  if (UNRELIABLE.test(message)) return [];
  const frame = frameOf(TRACE.exec(message));
  if (frame !== undefined) return [frame];
  const arm = ARM_TRACE.exec(message)?.groups;
  return arm?.name === undefined || arm.callee === undefined ? [] : [arm.callee, arm.name];
}

/** True for a line that shows where a CPU or a task is. */
export const isFrame = (message: string): boolean => parseFrames(message).length > 0 || POINTER.test(message);

/** What is only left over on a stack says nothing about how the kernel got there. */
export const withoutLeftovers = (messages: readonly string[]): readonly string[] => messages.filter((message) => !LEFTOVER.test(message));

/** A function's name without offset and compiler suffix: `foo.isra.0+0x12/0x34` is `foo`. */
export const functionName = (text: string): string | undefined => /^[A-Za-z_]\w*/.exec(text)?.[0];

/**
 * The function to blame in a report's messages, header first. `named` is what the header itself names; `skip` adds to the machinery.
 * Titles stay the same over kernels by this order: a name in the header, then the recipe's path, then the trace.
 */
export function blame(all: readonly string[], how: Blame, named?: string, skip?: RegExp): Verdict {
  const recipe: Recipe = RECIPES[how];
  const messages = withoutLeftovers(all);
  const says = (name: string): boolean => !MACHINERY.test(name) && !(skip?.test(name) ?? false);
  const follow = ({ path, choose = first }: Pick<Recipe, 'path' | 'choose'>): Verdict => {
    const { frames, whole } = walk(messages, path, recipe);
    const candidates = [...(named === undefined ? [] : [named]), ...frames]
      .filter((name) => recipe.exact === true || says(name))
      .map(culprit);
    const chosen = choose(candidates.map(({ name }) => name));
    const found = chosen === undefined ? undefined : candidates[chosen.at];
    return { culprit: found && { ...found, name: chosen?.name ?? found.name }, whole };
  };
  let found = follow(recipe);
  for (const other of recipe.otherwise ?? []) if (found.culprit === undefined || !found.whole) found = follow(other);
  return found;
}

/** The frames along a path and in the trace at its end. */
function walk(messages: readonly string[], path: readonly RegExp[], recipe: Recipe): { frames: string[]; whole: boolean } {
  const frames: string[] = [];
  let whole = true;
  // A path's places stand under the header.
  let at = 1;
  for (const step of path) {
    const from = at;
    const ahead = messages.slice(from);
    const found = ahead.findIndex((message) => FOREIGN.test(message) || step.test(message));
    at = found === -1 ? messages.length : from + found + 1;
    const message = ahead[found] ?? '';
    if (FOREIGN.test(message)) whole = false;
    const frame = frameOf(step.exec(message));
    if (frame !== undefined) frames.push(frame);
  }
  if (recipe.noTrace || recipe.exact) return { frames, whole };
  for (; at < messages.length; at += 1) {
    const message = messages[at] ?? '';
    if (FOREIGN.test(message)) return { frames, whole: false };
    if (ANY_TRACE_START.test(message) || recipe.until?.test(message)) break;
    frames.push(...parseFrames(message));
  }
  return { frames, whole };
}

/** Where the memory of a KMSAN report came from: the first frame that says something under the second heading. */
export function originOf(messages: readonly string[], skip?: RegExp): string | undefined {
  const start = messages.findIndex((message) => ORIGIN.test(message));
  if (start === -1) return undefined;
  const { frames } = walk(messages.slice(start), [], RECIPES.below);
  return frames.find((name) => !MACHINERY.test(name) && !skip?.test(name));
}

/**
 * The innermost frame of a stall is random, since the kernel loops over several functions. What a dispatcher called is not.
 */
function dispatched(frames: readonly string[]): ReturnType<Choose> {
  const at = frames.findIndex((frame) => DISPATCHER.test(frame));
  if (at === -1) return undefined;
  // It waits for another CPU to answer: that wait is the stall, whoever asked.
  return frames[at]?.includes('smp_call_function') ? { at, name: 'smp_call_function' } : { at: Math.max(0, at - 1) };
}

/** A hung task is a victim: what it waits for is named where many wait for it, else the first frame that is not about waiting. */
function awaited(frames: readonly string[]): ReturnType<Choose> {
  for (const [at, frame] of frames.entries()) {
    const shared = SHARED_WAITS.find(([pattern]) => pattern.test(frame));
    if (shared !== undefined) return { at, name: shared[1] ?? frame };
  }
  const at = frames.findIndex((frame) => !SLEEPING.test(frame));
  return at === -1 ? undefined : { at };
}
