/**
 * Which function to blame: the first frame of a report that says something. Titles must be the same for the same bug, so frames of the
 * machinery that reports, waits, locks, allocates or copies on behalf of somebody else are passed over.
 */

/** How a kind of report names its culprit. */
export type Blame =
  /** instruction pointer first, then the trace */
  | 'fault'
  /** the trace only */
  | 'trace'
  /** the frame that a dispatcher called: where the work came in. The innermost frame of a stall is random, this one is not */
  | 'stall'
  /** the place that takes the lock, then any frame */
  | 'lock'
  /** the first frame in the text, also before `Call Trace:` where the report shows other stacks first */
  | 'first';

interface Frame {
  readonly name: string;
  /** from the instruction pointer, not from a trace */
  readonly pointer: boolean;
}

const NAME = String.raw`(?<name>[A-Za-z_][\w.$]*)`;
const OFFSET = String.raw`\+0x[0-9a-f]+(?:\/0x[0-9a-f]+)?`;
const ADDRESS = String.raw`(?:\[<[0-9a-f]{4,16}>\] *){0,2}`;

/** ` func+0x12/0x34 [module]`, ` [<addr>] func+…`, ` func file.c:12 [inline]`; not ` ? func`, which is only a leftover on the stack. */
const TRACE = new RegExp(String.raw`^ *${ADDRESS}${NAME}(?:${OFFSET}(?:$|\s)| \S+:\d+ \[inline\])`);
/** arm: ` [<addr>] (func) from [<addr>] (caller+0x…)` */
const ARM_TRACE = new RegExp(String.raw`^ *${ADDRESS}\(?${NAME}\)? from ${ADDRESS}`);
/** x86 `RIP: 0010:func+…` (0033 is userspace) and `IP: func+…`, arm64 `pc : func+…`, arm `PC is at func+…` */
const POINTER = new RegExp(
  String.raw`^(?:RIP: (?:e?0010:)?|IP: |pc : |PC is at |epc : )${ADDRESS}${NAME}(?:${OFFSET}| \S+:\d+ \[inline\])`,
);
/** Where the call trace of a report begins; the spelling differs by architecture. */
export const TRACE_START = /^ *(?:Call [Tt]race:|Backtrace:|backtrace:)/;
const LOCK_PLACE = new RegExp(String.raw`, at: ${ADDRESS}${NAME}(?:${OFFSET}| \S+:\d+)`);

/** Compilers split functions; the part has no meaning for a person. */
const base = (name: string): string =>
  name
    .replace(/(?:\.(?:isra|part|constprop|cold|llvm|lto_priv)(?:\.\d+)*)+$/, '')
    .replace(/^__(?:x64|ia32|arm64|riscv|s390x?|se|do)_sys_/, 'sys_');

/** Never the culprit, whatever the report. */
const MACHINERY = anyOf([
  // printing and reporting
  'dump_stack(?:_lvl)?|__dump_stack|show_stack|show_regs|dump_backtrace|unwind_backtrace|print_\\w+|printk|_printk|vprintk\\w*|panic|nmi_panic|vpanic',
  'oops_\\w+|die|__die\\w*|do_trap|do_error_trap|exc_\\w+|handle_bug|(?:__)?report_bug|fixup_bug|do_invalid_op|invalid_op|asm_exc_\\w+|(?:__)?warn\\w*|warn_slowpath\\w*',
  'bust_spinlocks|check_panic_on_warn|bug_handler|brk_handler|call_break_hook|do_debug_exception|el1h?_\\w+|ret_from_exception|die_kernel_fault',
  'page_fault|do_page_fault|__do_page_fault|async_page_fault|do_kern_addr_fault|bad_area\\w*|no_context|page_fault_oops|__do_kernel_fault|__panic|kernelmode_fixup_or_oops|do_mem_abort|do_translation_fault|do_tag_\\w+|panic_\\w+|arch_stack_walk|stack_trace_\\w+|unwind_\\w+|__unwind_\\w+',
  'general_protection|do_general_protection|double_fault|do_double_fault|divide_error|do_divide_error|do_undefinstr|stack_segment',
  // sanitizers and debug checks
  '_{0,3}(?:kasan|asan|kmsan|msan|kcsan|tsan|ubsan|kfence|hwasan|sanitizer)_\\w+|__ubsan_\\w+|ubsan_epilogue|check_memory_region\\w*|get_report|end_report|object_err',
  'lockdep_\\w+|_{0,2}lock_acquire|lock_release|__lock_release|check_\\w*(?:lock|deadlock|prev_add|noncircular|usage|wait_context)\\w*|mark_(?:lock|usage|held_locks)\\w*|validate_chain|valid_state|debug_check_no_\\w+|register_lock_class|assign_lock_key|look_up_lock_class|find_lock_chain|lock_chain_get_class|rcu_lockdep\\w*|___?might_sleep|___?might_resched|__might_fault|__schedule_bug|debug_smp_processor_id|check_preemption_disabled|__this_cpu_preempt_check',
  'debug_(?:object|print_object|mutex|rt_mutex|check|dma)\\w*|__debug_\\w+|debug_object\\w*|do_raw_\\w+|spin_(?:bug|dump)|rwlock_bug|refcount_\\w+|__refcount_\\w+|kref_\\w+|usercopy_\\w+|__check_(?:object_size|heap_object)|check_(?:object_size|heap_object|copy_size|page_span)|copy_overflow|fortify_panic|__fortify_\\w+|__stack_chk_fail',
  '__?list_(?:add|del)\\w*|list_(?:add|del|move|splice)\\w*|__hlist_del|hlist_\\w+|llist_\\w+|rb_(?:insert|erase|next|first|prev)\\w*|__rb_\\w+|skb_(?:over_|under_)?panic|skb_p(?:ush|ull|ut)|ref_tracker_\\w+',
  // the scheduler and sleeping
  '__schedule|schedule|io_schedule\\w*|schedule_\\w+|preempt_schedule\\w*|__cond_resched|_cond_resched|context_switch|__switch_to\\w*|wait_for_\\w*completion\\w*|__wait_for_common|do_wait_for_common|wait_for_common\\w*|do_nanosleep|__wait_on_bit\\w*|out_of_line_wait_on_bit\\w*|bit_wait\\w*|(?:prepare|finish)_(?:to_)?wait\\w*|___wait_\\w+|io_schedule_timeout|msleep\\w*',
  // locks
  '_{0,3}(?:raw_)?(?:spin|read|write|rwlock)_(?:try)?(?:un)?lock\\w*|__raw_\\w+|(?:__)?mutex_(?:lock|unlock|trylock|spin|optimistic)\\w*|__ww_mutex\\w*|ww_mutex_\\w+|(?:__)?down(?:_read|_write|_interruptible|_killable|_timeout|_trylock)*(?:_(?:killable|nested|interruptible|common|slowpath))*|up(?:_read|_write)?|(?:__)?rwsem_\\w+|call_rwsem_\\w+|rt_mutex_\\w+|__rt_mutex_\\w+|rtlock_\\w+|rt_spin_\\w+|queued_(?:spin|read|write)_\\w+|(?:native_|pv_|__pv_)queued_\\w+|__pv_\\w+|pv_wait\\w*|percpu_(?:down|up|rwsem)_\\w+|__percpu_\\w+|osq_lock|lock_(?:page|buffer)\\w*|__lock_(?:page|buffer)\\w*|folio_(?:lock|wait)\\w*|__folio_lock\\w*|wait_on_(?:page|buffer|folio)\\w*|lock_sock\\w*|__lock_sock\\w*|console_(?:un)?lock|tty_ldisc_lock\\w*|_?atomic_dec_and_\\w+|kthread_stop|release_sock|bh_lock_sock\\w*|ldsem_\\w+|__ldsem_\\w+|local_bh_\\w+|__local_bh_\\w+|trace_hardirqs_\\w+|trace_irq_\\w+|rcu_read_(?:un)?lock\\w*|rcu_lock_\\w+|rcu_is_watching',
  // references and the driver core, which act for whoever lets go
  'kobject_\\w+|__kobject_\\w+|kset_\\w+|(?:get|put)_device|device_(?:del|unregister)|sysfs_remove_\\w+|dpm_sysfs_\\w+|get_device_parent|device_remove_\\w+|device_release|fast_dput|dput|_{0,2}call_rcu\\w*|_{0,2}v(?:un)?map|vfree\\w*|init_timer_key|(?:del_timer|timer_delete)\\w*|complete(?:_all)?|i2c_(?:unregister|del)_\\w+',
  // memory and strings
  '_{0,3}k[mz]alloc\\w*|_{0,3}kfree\\w*|kvfree\\w*|kvmalloc\\w*|kvm_?alloc_node|kmem_cache_\\w+|__kmem_cache\\w+|__do_kmalloc\\w*|kcalloc\\w*|krealloc\\w*|___?slab_\\w+|slab_\\w+|(?:__)?alloc_(?:pages?|slab|skb_with)\\w*|_{0,3}alloc_frozen_pages\\w*|get_page_from_freelist|___cache_alloc|cache_(?:alloc|free)\\w*|___cache_free|__cache_(?:alloc|free)\\w*|new_slab\\w*|free_(?:unref_)?pages?\\w*|__free_(?:pages?|slab)\\w*|get_free_pages|__get_free_pages|kmalloc_\\w+|(?:__)?vmalloc\\w*|warn_alloc|bad_page\\w*|free_pcp\\w*|prep_new_page|post_alloc_hook|stack_depot\\w*|__stack_depot\\w*|save_stack\\w*|set_track\\w*|memdup_user\\w*|kmemdup\\w*|memdup_\\w+|_{0,2}page_pool_\\w+|_{0,2}(?:set|reset)_page_owner|_?compound_head|(?:folio|page)_unlock|unlock_page|free_large_kmalloc|simple_copy_\\w+|_?copy_(?:to|from)_iter\\w*',
  '_{0,3}mem(?:cpy|set|move|cmp|chr|scan)\\w*|_{0,2}str(?:n?len|l?cpy|n?cpy|scpy|n?cmp|n?casecmp|n?chr|rchr|n?cat|lcat|sep|str|spn|cspn)|sized_strscpy|_{0,2}copy_(?:from|to|user|page)\\w*|raw_copy_\\w+|_copy_(?:from|to)_\\w+|clear_(?:page|user)\\w*|rep_(?:movs|stos)\\w*|csum_partial\\w*|__(?:get|put)_user\\w*|_?find_(?:next|first)\\w*|(?:__)?(?:arch_)?atomic\\w*|(?:arch_)?(?:test|set|clear)(?:_and_(?:set|clear))?_bit\\w*|(?:__)?read_once\\w*|__write_once\\w*|instrument_\\w+|arch_static_\\w+|__xchg\\w*|__cmpxchg\\w*|delay_tsc|__delay|__const_udelay|__udelay|_?get_random\\w*|string\\w*|vsnprintf|snprintf|sprintf|vsprintf|strn?str|crc(?:16|32)\\w*|aes\\w*_(?:en|de)crypt|bitmap_\\w+|__bitmap_\\w+|hweight\\w*|__sw_hweight\\w*|ida?_(?:alloc|free|destroy)\\w*|xas_\\w+|xa_\\w+|__xa_\\w+|current_\\w+|get_current|constant_test_bit|variable_test_bit|check_bytes_and_report|slub_\\w+',
  'entry_\\w+|ret_from_fork\\w*|__sanitizer_cov_\\w+|__fentry__|ftrace_\\w+|return_to_handler|srso_\\w+|retbleed_\\w+|__x86_return_thunk|__x86_indirect_thunk\\w*|write_comp_data|cov_\\w+|kcov_\\w+|paravirt_\\w+|arch_local_\\w+|native_(?:save|restore|irq|safe)_\\w+|asm_\\w+',
]);

/** The clock tick, the watchdogs and cross-CPU backtraces: how a stall is seen, not what stalls. */
const WATCHING = anyOf([
  'rcu_gp_\\w+|__irq_svc|_?sched_show_task|nmi_\\w+|arch_trigger_\\w+|trigger_\\w+backtrace\\w*|rcu_(?:check|sched_clock|pending|dump|print|implicit|stall)\\w*|__rcu_pending|check_cpu_stall\\w*|print_(?:cpu|other_cpu)_stall\\w*|watchdog\\w*|is_softlockup',
  'update_process_times|tick_\\w+|hrtimer_(?:interrupt|run_\\w+)|__hrtimer_run_queues|__run_hrtimer|(?:smp_|local_|__sysvec_|sysvec_|asm_sysvec_|__)?apic_timer_interrupt|local_apic_timer_interrupt|instr_sysvec_\\w+|sysvec_\\w+|asm_sysvec_\\w+|__sysvec_\\w+|exiting_irq|irq_(?:enter|exit)\\w*|invoke_softirq|reschedule_interrupt|smp_reschedule_interrupt|retint_kernel|restore_regs\\w*|handle_irq\\w*|common_interrupt|do_IRQ|gic_\\w+|generic_handle_\\w*|__handle_domain_irq|arch_timer_\\w+|handle_percpu_\\w+|call_on_\\w+|do_interrupt_handler|sched_show_task|dump_cpu_task|show_state_filter|debug_show_all_locks|check_hung_\\w+|rcu_tasks_\\w+|check_all_holdout_tasks\\w*|check_holdout_task',
]);

/** Dispatchers: the frame just before one of these in a trace is where the stalled work came in. */
const DISPATCHER = anyOf([
  'do_syscall_\\w+|__do_syscall_\\w+|do_fast_syscall_\\w+|do_int80_\\w+|__do_fast_syscall_\\w+|invoke_syscall|__invoke_syscall|el0_svc\\w*|entry_SYSCALL\\w*|entry_SYSENTER\\w*|entry_INT80\\w*|ret_fast_syscall|system_call_fastpath|ia32_sysenter_target|sysenter_dispatch|tracesys\\w*|syscall_return_slowpath|exit_to_user\\w*|prepare_exit_to_usermode',
  '(?:__(?:x64|ia32|arm64|se|do)_)?(?:k|compat_)?[sS]y[sS]_(?:ioctl|p?readv?\\d*|p?writev?\\d*|close|read|write)|__(?:x64|ia32|arm64)_compat_sys_ioctl|(?:compat_)?blkdev_(?:common_|driver_)?ioctl|____fput|vfs_(?:read|write|ioctl|readv|writev|fsync\\w*|iter_\\w+)|do_vfs_ioctl|__vfs_(?:read|write)|new_sync_(?:read|write)|call_(?:read|write)_iter|do_iter_\\w+|do_loop_readv_writev|__do_compat_sys_ioctl|compat_SyS_ioctl|mmap_region|__mmap_region|call_mmap|__fput|task_work_run|do_exit|do_group_exit',
  'process_one_work|process_scheduled_works|worker_thread|kthread|call_timer_fn|expire_timers|__run_timers\\w*|run_timer_softirq|handle_softirqs|__do_softirq|do_softirq\\w*|run_ksoftirqd|smpboot_thread_fn|tasklet_action\\w*|net_rx_action|__napi_poll|napi_poll|cpu_startup_entry|start_secondary|start_kernel|rest_init|(?:__)?netif_receive_skb\\w*|process_backlog|netlink_dump|genl_(?:family_)?rcv_msg\\w*|genl_lock_dumpit|genl_dumpit|rtnetlink_rcv_msg|nfnetlink_rcv_msg|do_idle|cpuidle_enter\\w*',
]);

/** Compiles a table of alternatives into one test of a whole name. */
function anyOf(alternatives: readonly string[]): RegExp {
  return new RegExp(`^(?:${alternatives.join('|')})$`);
}

/** The frame on one line of a report, or undefined. */
export function parseFrame(message: string): Frame | undefined {
  const pointer = POINTER.exec(message);
  if (pointer?.groups?.name !== undefined) return { name: base(pointer.groups.name), pointer: true };
  const trace = TRACE.exec(message) ?? ARM_TRACE.exec(message);
  if (trace?.groups?.name !== undefined) return { name: base(trace.groups.name), pointer: false };
  return undefined;
}

/** A function's name without its offset and compiler suffixes: `foo.isra.0+0x12/0x34` is `foo`. */
export function functionName(text: string): string | undefined {
  const name = /^[A-Za-z_][\w.$]*/.exec(text)?.[0];
  return name === undefined ? undefined : base(name);
}

/** True where the function acts for somebody else and must not stand in a title. */
export const isMachinery = (name: string): boolean => MACHINERY.test(name);

/** The function to blame in a report's messages (header first), or undefined where no frame says anything. `skip` adds to the machinery. */
export function blame(messages: readonly string[], how: Blame, skip?: RegExp): string | undefined {
  const passedOver = (name: string): boolean => MACHINERY.test(name) || (skip?.test(name) ?? false);
  const frames = (how === 'trace' ? fromTrace(messages) : messages).map(parseFrame).filter((frame) => frame !== undefined);
  if (how === 'stall') return blameStall(frames);
  const lock = how === 'lock' ? lockPlaces(messages).find((name) => !passedOver(name)) : undefined;
  if (lock !== undefined) return lock;
  const says = (frame: Frame): boolean => !passedOver(frame.name);
  const found = frames.find((frame) => (how === 'fault' || !frame.pointer) && says(frame));
  // Old arm64 kernels name the place of a WARN() by the program counter alone.
  return (found ?? messages.map(parseFrame).find((frame) => frame?.pointer && says(frame)))?.name;
}

/** What `trace` looks at: before `Call Trace:` stand places that are not frames of it, such as `Preemption disabled at:`. */
function fromTrace(messages: readonly string[]): readonly string[] {
  const start = messages.findIndex((message) => TRACE_START.test(message));
  return start === -1 ? messages : messages.slice(start);
}

function lockPlaces(messages: readonly string[]): string[] {
  return messages.map((message) => LOCK_PLACE.exec(message)?.groups?.name).flatMap((name) => (name === undefined ? [] : [base(name)]));
}

function blameStall(frames: readonly Frame[]): string | undefined {
  // It waits for another CPU to answer: that wait is the stall, whoever asked.
  const waits = frames.find((frame) => /^smp_call_function/.test(frame.name));
  if (waits !== undefined) return 'smp_call_function';
  const busy = frames.filter((frame) => !WATCHING.test(frame.name) && !MACHINERY.test(frame.name));
  const meeting = busy.findIndex((frame, at) => at > 0 && DISPATCHER.test(frame.name) && !DISPATCHER.test(busy[at - 1]?.name ?? ''));
  return meeting > 0 ? busy[meeting - 1]?.name : busy.find((frame) => !DISPATCHER.test(frame.name))?.name;
}
