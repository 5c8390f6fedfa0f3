/**
 * Consoles of real kernels, each with an event that was really provoked (see capture/), and what somebody who knows kernels reads in them.
 * The table is written from the consoles, never from what the detector says.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');

/** Kind, title, and the kind of the event that it all began with where that is another one. */
type Expected = readonly [kind: string, title: string, began?: string];

const NULL_DEREF: Expected = ['null_deref', 'BUG: unable to handle kernel NULL pointer dereference in provoke_null_deref'];
const fatal = (began: string): Expected => ['panic', 'kernel panic: Fatal exception', began];

/** After the boot, in the order of their first appearance; one that comes again with the same title counts once. */
const EXPECTED: Readonly<Record<string, readonly Expected[]>> = {
  // --- nothing wrong at all
  healthy: [['power_off', 'reboot: Power down']],
  user_faults: [],
  sysrq_backtraces: [],
  reboot: [
    ['restart', 'reboot: Restarting system'],
    ['restart', 'reboot: machine restart', 'restart'],
    ['restart', 'Linux version {release} (booted again)', 'restart'],
  ],
  reset: [['restart', 'Linux version {release} (booted again)']],

  // --- panics
  sysrq_crash: [['panic', 'kernel panic: sysrq triggered crash']],
  panic: [['panic', 'kernel panic: provoke: on request']],
  panic_on_oops: [NULL_DEREF, fatal('null_deref')],
  panic_on_warn: [
    ['warning', 'WARNING in provoke_warning'],
    ['panic', 'kernel panic: panic_on_warn set', 'warning'],
  ],
  panic_on_oom: [['panic', 'kernel panic: Out of memory']],
  softlockup_panic: [
    ['soft_lockup', 'BUG: soft lockup in provoke_write'],
    ['panic', 'kernel panic: softlockup: hung tasks', 'soft_lockup'],
  ],
  rcu_stall_panic: [
    ['rcu_stall', 'INFO: rcu detected stall in provoke_write'],
    ['panic', 'kernel panic: RCU Stall', 'rcu_stall'],
  ],
  hung_task_panic: [
    ['hung_task', 'INFO: task hung in provoke_hung_task'],
    ['panic', 'kernel panic: hung_task: blocked tasks', 'hung_task'],
  ],
  stack_smash: [['panic', 'kernel panic: stack is corrupted in provoke_stack_smash']],

  // --- faults
  null_deref: [NULL_DEREF],
  null_deref_irq: [NULL_DEREF, fatal('null_deref')],
  null_call: [['null_deref', 'BUG: unable to handle kernel NULL pointer dereference in provoke_null_call']],
  page_fault: [['page_fault', 'BUG: unable to handle kernel paging request in provoke_page_fault']],
  write_rodata: [['page_fault', 'BUG: unable to handle kernel paging request in provoke_write_rodata']],
  // the instruction pointer stands in the data that was called
  exec_data: [['page_fault', 'BUG: unable to handle kernel paging request in code']],
  gpf: [['gpf', 'general protection fault in provoke_gpf']],
  divide_error: [['oops', 'divide error in provoke_divide_error']],
  invalid_opcode: [['oops', 'invalid opcode in provoke_invalid_opcode']],
  int3: [['oops', 'int3 in provoke_int3'], fatal('oops')],
  stack_overflow: [['stack_guard', 'BUG: stack guard page was hit in provoke_write'], fatal('stack_guard')],
  double_fault: [['double_fault', 'PANIC: double fault in provoke_double_fault'], fatal('double_fault')],
  bug: [['bug', 'kernel BUG in provoke_bug']],
  fortify: [['bug', 'kernel BUG in provoke_fortify']],
  usercopy: [['mm_corruption', 'BUG: bad usercopy in provoke_usercopy']],
  list_corruption: [['mm_corruption', 'BUG: corrupted list in provoke_list_corruption']],
  double_free: [['bug', 'kernel BUG in provoke_double_free']],

  // --- warnings
  warning: [['warning', 'WARNING in provoke_warning']],
  warning_bare: [['warning', 'WARNING in provoke_warning_bare']],
  refcount: [['warning', 'WARNING: refcount bug in provoke_refcount']],
  // returning to the task with the counter set right, preempt_enable() makes it wrong again, and the task trips over it when it ends
  atomic_schedule: [
    ['atomic_sleep', 'BUG: scheduling while atomic in provoke_atomic_schedule'],
    ['atomic_sleep', 'BUG: scheduling while atomic in do_task_dead', 'atomic_sleep'],
  ],
  irq_nobody_cared: [['irq_nobody_cared', 'irq: nobody cared']],

  // their lines are mixed, but each names its function in its first
  warnings_at_once: [
    ['warning', 'WARNING in provoke_second'],
    ['warning', 'WARNING in provoke_first'],
  ],

  // --- memory that somebody else wrote
  slab_double_free: [['mm_corruption', 'BUG: Object already free']],
  slab_poison: [['mm_corruption', 'BUG: slab Poison overwritten in provoke_use_after_free']],
  slab_redzone: [['mm_corruption', 'BUG: slab Right Redzone overwritten in provoke_redzone']],
  bad_page: [['mm_corruption', 'BUG: Bad page state in provoke_bad_page']],
  kfence: [['kfence', 'KFENCE: use-after-free read in provoke_kfence_read']],

  // --- hangs
  hung_task: [['hung_task', 'INFO: task hung in provoke_hung_task']],
  soft_lockup: [['soft_lockup', 'BUG: soft lockup in provoke_write']],
  rcu_stall: [['rcu_stall', 'INFO: rcu detected stall in provoke_write']],
  rcu_stall_irqs_off: [['rcu_stall', 'INFO: rcu detected stall in provoke_write']],
  rcu_expedited_stall: [['rcu_stall', 'INFO: rcu detected stall in stay_irqs_off']],

  // --- memory runs out
  oom_kill: [['oom_kill', 'Out of memory: Killed process']],
  oom_cgroup: [['oom_kill', 'Memory cgroup out of memory: Killed process']],
  memory_failure: [['memory_failure', 'Memory failure: recovery action for dirty LRU page: Recovered']],
  page_alloc_failure: [['page_alloc_failure', 'page allocation failure in provoke_page_alloc_failure']],

  // --- network
  conntrack_full: [['conntrack_full', 'nf_conntrack: table full, dropping packet']],
  neigh_overflow: [['neigh_overflow', 'neighbour table overflow in ndisc_cache']],
  arp_overflow: [['neigh_overflow', 'neighbour table overflow in arp_cache']],
  tcp_orphans: [['tcp_mem', 'TCP: too many orphaned sockets']],

  // --- storage
  io_error: [
    ['io_error', 'I/O error on block device'],
    ['buffer_io_error', 'Buffer I/O error: lost async page write', 'io_error'],
  ],
  // the journal is given up first, then everything that would go through it
  ext4_io_error: [
    ['io_error', 'I/O error on block device'],
    ['fs_error', 'EXT4-fs error in ext4_wait_block_bitmap', 'io_error'],
    ['journal_abort', 'Aborting journal', 'io_error'],
    ['buffer_io_error', 'Buffer I/O error: lost sync page write', 'io_error'],
    ['journal_error', 'JBD2: I/O error', 'io_error'],
    ['fs_readonly', 'EXT4-fs: Remounting filesystem read-only', 'io_error'],
    ['fs_error', 'EXT4-fs error in ext4_check_bdev_write_error', 'io_error'],
    ['fs_error', 'EXT4-fs error in ext4_writepages', 'io_error'],
  ],
  ext4_nbd_disconnected: [
    ['nbd_closed', 'nbd: shutting down sockets'],
    ['io_error', 'I/O error on block device', 'nbd_closed'],
    ['fs_error', 'EXT4-fs warning in ext4_end_bio: I/O error', 'nbd_closed'],
    ['buffer_io_error', 'Buffer I/O error', 'nbd_closed'],
  ],
  // it refuses what comes while it ends, then its connection breaks
  ext4_tail_dies: [
    ['io_error', 'nbd: Other side returned error'],
    ['io_error', 'I/O error on block device', 'io_error'],
    ['fs_error', 'EXT4-fs error in ext4_wait_block_bitmap', 'io_error'],
    ['journal_abort', 'Aborting journal', 'io_error'],
    ['buffer_io_error', 'Buffer I/O error: lost sync page write', 'io_error'],
    ['journal_error', 'JBD2: I/O error', 'io_error'],
    ['fs_readonly', 'EXT4-fs: Remounting filesystem read-only', 'io_error'],
    ['nbd_dead', 'nbd: Receive control failed'],
    ['fs_error', 'EXT4-fs error in ext4_journal_check_start', 'nbd_dead'],
    ['nbd_dead', 'nbd: Dead connection', 'nbd_dead'],
    ['nbd_closed', 'nbd: shutting down sockets', 'nbd_dead'],
    ['fs_error', 'EXT4-fs error in ext4_setattr', 'nbd_dead'],
  ],
  xfs_io_error: [
    ['io_error', 'nbd: Other side returned error'],
    ['io_error', 'I/O error on block device', 'io_error'],
    ['fs_error', 'XFS: metadata I/O error', 'io_error'],
    ['fs_shutdown', 'XFS: shutting down filesystem', 'io_error'],
  ],
  storage_cut: [['hung_task', 'INFO: task hung in ext4_read_block_bitmap_nowait']],
  storage_cut_panic: [
    ['hung_task', 'INFO: task hung in ext4_read_block_bitmap_nowait'],
    ['panic', 'kernel panic: hung_task: blocked tasks', 'hung_task'],
  ],
  nbd_timeout: [
    ['nbd_timeout', 'nbd: Connection timed out'],
    ['nbd_dead', 'nbd: Dead connection', 'nbd_timeout'],
    ['nbd_dead', 'nbd: Receive control failed', 'nbd_timeout'],
    ['nbd_closed', 'nbd: shutting down sockets', 'nbd_timeout'],
    ['io_error', 'I/O error on block device', 'nbd_timeout'],
    ['buffer_io_error', 'Buffer I/O error: async page read', 'nbd_timeout'],
  ],
};

/** Where a kernel says it otherwise. */
const OTHERWISE: Readonly<Record<string, Readonly<Record<string, readonly Expected[]>>>> = {
  '6.12.117+deb12-cloud-amd64': {
    ext4_io_error: [
      ['io_error', 'I/O error on block device'],
      ['fs_error', 'EXT4-fs error in ext4_wait_block_bitmap', 'io_error'],
      ['journal_abort', 'Aborting journal', 'io_error'],
      ['buffer_io_error', 'Buffer I/O error: lost sync page write', 'io_error'],
      ['journal_error', 'JBD2: I/O error', 'io_error'],
      ['fs_readonly', 'EXT4-fs: Remounting filesystem read-only', 'io_error'],
    ],
    // nothing writes any more before its connection breaks
    ext4_tail_dies: [
      ['io_error', 'nbd: Other side returned error'],
      ['io_error', 'I/O error on block device', 'io_error'],
      ['fs_error', 'EXT4-fs error in ext4_wait_block_bitmap', 'io_error'],
      ['journal_abort', 'Aborting journal', 'io_error'],
      ['buffer_io_error', 'Buffer I/O error: lost sync page write', 'io_error'],
      ['journal_error', 'JBD2: I/O error', 'io_error'],
      ['fs_readonly', 'EXT4-fs: Remounting filesystem read-only', 'io_error'],
      ['nbd_dead', 'nbd: Receive control failed'],
    ],
    hung_task_panic: [
      ['hung_task', 'INFO: task hung in provoke_hung_task'],
      ['hung_suppressed', 'Future hung task reports are suppressed', 'hung_task'],
      ['panic', 'kernel panic: hung_task: blocked tasks', 'hung_task'],
    ],
    // whose receiver says nothing when the socket is shut under it
    nbd_timeout: [
      ['nbd_timeout', 'nbd: Connection timed out'],
      ['nbd_dead', 'nbd: Dead connection', 'nbd_timeout'],
      ['nbd_closed', 'nbd: shutting down sockets', 'nbd_timeout'],
      ['io_error', 'I/O error on block device', 'nbd_timeout'],
      ['buffer_io_error', 'Buffer I/O error: async page read', 'nbd_timeout'],
    ],
    // the trace is printed by a WARN_ON() at the end of the report
    slab_poison: [['mm_corruption', 'BUG: slab Object corrupt in provoke_use_after_free']],
  },
};

const files = globSync('*/*.log', { cwd: FIXTURES }).sort();

function read(file: string) {
  const detector = createDetector();
  const events = [...detector.push(readFileSync(join(FIXTURES, file))), ...detector.end()].sort((a, b) => a.id - b.id);
  const byId = new Map(events.map((event) => [event.id, event]));
  const begin = (id: number): number => {
    const before = byId.get(id)?.consequenceOf;
    return before === undefined ? id : begin(before);
  };
  const told = events.map(({ id, kind, title }): Expected => {
    const began = begin(id);
    return began === id ? [kind, title] : [kind, title, byId.get(began)?.kind ?? ''];
  });
  const same = (one: Expected) => told.find(([kind, title]) => kind === one[0] && title === one[1]);
  return { events, told: told.filter((each) => same(each) === each) };
}

describe('consoles of real kernels', () => {
  it.each(files)('%s', (file) => {
    const [release, name] = [dirname(file), basename(file, '.log')];
    const expected = OTHERWISE[release]?.[name] ?? EXPECTED[name] ?? [];
    const titled = expected.map(([kind, title, ...began]) => [kind, title.replace('{release}', release), ...began]);
    expect(read(file).told).toEqual([['boot', `Linux version ${release}`], ...titled]);
  });

  it.each(files.filter((file) => basename(file, '.log') !== 'warnings_at_once'))('%s is whole', (file) => {
    expect(
      read(file)
        .events.filter(({ corrupted }) => corrupted)
        .map(({ title }) => title),
    ).toEqual([]);
  });

  it('all stand in the table, and nothing else', () => {
    expect([...new Set(files.map((file) => basename(file, '.log')))].sort()).toEqual(Object.keys(EXPECTED).sort());
  });
});
