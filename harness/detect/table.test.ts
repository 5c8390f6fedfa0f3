import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';
import { recognise, TABLE } from './table.ts';

/** Kernel text as printed, the kind, the title where no trace follows. */
const LINES: readonly (readonly [text: string, kind: string, title: string])[] = [
  [
    'Linux version 6.12.57+deb13-cloud-amd64 (debian-kernel@lists.debian.org) (x86_64-linux-gnu-gcc-14)',
    'boot',
    'Linux version 6.12.57+deb13-cloud-amd64',
  ],
  ['reboot: Restarting system', 'restart', 'reboot: Restarting system'],
  ['reboot: Power down', 'power_off', 'reboot: Power down'],
  ['Kernel panic - not syncing: Fatal exception in interrupt', 'panic', 'kernel panic: Fatal exception'],
  ['Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009', 'panic', 'kernel panic: Attempted to kill init!'],
  [
    'Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
    'panic',
    'kernel panic: VFS: Unable to mount root fs on unknown-block(NUM,NUM)',
  ],
  [
    'Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: tcp_ack+0x12/0x34',
    'panic',
    'kernel panic: stack is corrupted in tcp_ack',
  ],
  ['BUG: kernel NULL pointer dereference, address: 0000000000000008', 'oops', 'BUG: unable to handle kernel NULL pointer dereference'],
  ['BUG: unable to handle page fault for address: ffffc90000a4d000', 'oops', 'BUG: unable to handle kernel paging request'],
  [
    'Unable to handle kernel NULL pointer dereference at virtual address 0000000000000010',
    'oops',
    'BUG: unable to handle kernel NULL pointer dereference',
  ],
  [
    'general protection fault, probably for non-canonical address 0xdead000000000122: 0000 [#1] PREEMPT SMP NOPTI',
    'oops',
    'general protection fault',
  ],
  [
    'Oops: general protection fault, probably for non-canonical address 0xdead000000000122: 0000 [#1] SMP NOPTI',
    'oops',
    'general protection fault',
  ],
  ['divide error: 0000 [#1] SMP', 'oops', 'divide error'],
  ['Oops: divide error: 0000 [#1] SMP NOPTI', 'oops', 'divide error'],
  ['Internal error: Oops: 0000000096000004 [#1] SMP', 'oops', 'Oops'],
  ['kernel BUG at fs/ext4/inode.c:2721!', 'bug', 'kernel BUG'],
  ['kernel BUG at lib/list_debug.c:59!', 'list_corruption', 'BUG: corrupted list'],
  ['WARNING: CPU: 3 PID: 812 at net/core/dev.c:3320 skb_warn_bad_offload+0xc9/0x110', 'warning', 'WARNING in skb_warn_bad_offload'],
  ['WARNING: net/core/dev.c:3320 at skb_warn_bad_offload+0xc9/0x110, CPU#3: iperf3/812', 'warning', 'WARNING in skb_warn_bad_offload'],
  ['WARNING: CPU: 0 PID: 1 at lib/refcount.c:28 refcount_warn_saturate+0xba/0x110', 'warning', 'WARNING: refcount bug'],
  ['WARNING: possible circular locking dependency detected', 'lockdep', 'possible deadlock'],
  ['BUG: KASAN: slab-use-after-free in nbd_requeue+0x1c/0x90 [nbd]', 'kasan', 'KASAN: slab-use-after-free in nbd_requeue'],
  ['UBSAN: array-index-out-of-bounds in drivers/net/virtio_net.c:12:3', 'ubsan', 'UBSAN: array-index-out-of-bounds'],
  ['BUG: Bad page state in process qemu-system-x86  pfn:7071f', 'bad_page', 'BUG: Bad page state'],
  ['BUG kmalloc-64 (Not tainted): Poison overwritten', 'slab_corruption', 'BUG: slab Poison overwritten'],
  ['BUG: scheduling while atomic: nbd0-recv/812/0x00000002', 'atomic_sleep', 'BUG: scheduling while atomic'],
  ['INFO: task jbd2/vda3-8:123 blocked for more than 120 seconds.', 'hung_task', 'INFO: task hung'],
  ['INFO: task jbd2/vda3-8:123 blocked in I/O wait for more than 122 seconds.', 'hung_task', 'INFO: task hung'],
  [
    'Future hung task reports are suppressed, see sysctl kernel.hung_task_warnings',
    'hung_suppressed',
    'Future hung task reports are suppressed',
  ],
  ['watchdog: BUG: soft lockup - CPU#2 stuck for 26s! [kworker/2:1:345]', 'soft_lockup', 'BUG: soft lockup'],
  ['NMI watchdog: Watchdog detected hard LOCKUP on cpu 3', 'hard_lockup', 'BUG: hard lockup'],
  ['watchdog: CPU2: Watchdog detected hard LOCKUP on cpu 3', 'hard_lockup', 'BUG: hard lockup'],
  ['rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:', 'rcu_stall', 'INFO: rcu detected stall'],
  ['rcu: INFO: rcu_sched self-detected stall on CPU', 'rcu_stall', 'INFO: rcu detected stall'],
  [
    'rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-.... } 21 jiffies s: 341 root: 0x2/.',
    'rcu_stall',
    'INFO: rcu detected stall',
  ],
  ['BUG: workqueue lockup - pool cpus=1 node=0 flags=0x0 nice=0 stuck for 42s!', 'workqueue_lockup', 'BUG: workqueue lockup'],
  [
    'Out of memory: Killed process 812 (qemu-system-x86) total-vm:8123456kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:1kB oom_score_adj:0',
    'oom_kill',
    'Out of memory: Killed process',
  ],
  [
    'Memory cgroup out of memory: Killed process 9 (fio) total-vm:81kB, anon-rss:1kB',
    'oom_kill',
    'Memory cgroup out of memory: Killed process',
  ],
  [
    'kworker/0:1H: page allocation failure: order:0, mode:0x820(GFP_ATOMIC), nodemask=(null),cpuset=/,mems_allowed=0',
    'page_alloc_failure',
    'page allocation failure',
  ],
  ['neighbour: ndisc_cache: neighbor table overflow!', 'neigh_overflow', 'neighbour table overflow in ndisc_cache'],
  ['nf_conntrack: nf_conntrack: table full, dropping packet', 'conntrack_full', 'nf_conntrack: table full, dropping packet'],
  ['TCP: request_sock_TCPv6: Possible SYN flooding on port [::]:10809. Sending cookies.', 'syn_flood', 'TCP: Possible SYN flooding'],
  [
    'virtio_net virtio0 eth0: NETDEV WATCHDOG: CPU: 0: transmit queue 0 timed out 5372 ms',
    'tx_timeout',
    'NETDEV WATCHDOG: transmit queue timed out (virtio_net)',
  ],
  ['NETDEV WATCHDOG: eth0 (e1000e): transmit queue 0 timed out', 'tx_timeout', 'NETDEV WATCHDOG: transmit queue timed out (e1000e)'],
  ['I/O error, dev vda, sector 2048 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2', 'io_error', 'I/O error on block device'],
  [
    'blk_update_request: I/O error, dev nbd0, sector 0 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 0',
    'io_error',
    'I/O error on block device',
  ],
  ['Buffer I/O error on dev nbd0, logical block 0, async page read', 'buffer_io_error', 'Buffer I/O error: async page read'],
  [
    'EXT4-fs error (device vda3): ext4_find_entry:1463: inode #2: comm ls: reading directory lblock 0',
    'fs_error',
    'EXT4-fs error in ext4_find_entry',
  ],
  ['XFS (vdb): metadata I/O error in "xfs_imap_to_bp+0x5c/0xa0" at daddr 0x80 len 32 error 5', 'fs_error', 'XFS: metadata I/O error'],
  ['XFS (vdb): log I/O error -5', 'fs_error', 'XFS: log I/O error'],
  [
    'XFS (vdb): Log I/O Error (0x2) detected at xlog_ioend_work+0x6e/0x70 (fs/xfs/xfs_log.c:1354).  Shutting down filesystem.',
    'fs_shutdown',
    'XFS: shutting down filesystem',
  ],
  ['Aborting journal on device vda3-8.', 'journal_abort', 'Aborting journal'],
  ['EXT4-fs (vda3): Remounting filesystem read-only', 'fs_readonly', 'EXT4-fs: Remounting filesystem read-only'],
  ['block nbd0: Connection timed out', 'nbd_timeout', 'nbd: Connection timed out'],
  [
    'block nbd0: Possible stuck request 000000005a4b7c2d: control (write@4096,8192B). Runtime 30 seconds',
    'nbd_timeout',
    'nbd: Possible stuck request',
  ],
  ['block nbd12: Receive control failed (result -32)', 'nbd_dead', 'nbd: Receive control failed'],
  ['block nbd0: Dead connection, failed to find a fallback', 'nbd_dead', 'nbd: Dead connection'],
  ['nvme nvme0: I/O tag 12 (100c) opcode 0x1 (I/O Cmd) QID 3 timeout, aborting req_op:WRITE(1) size:4096', 'io_timeout', 'nvme: timeout'],
  ['mce: [Hardware Error]: Machine check events logged', 'mce', 'mce: Hardware Error'],
];

const QUIET = [
  'INFO: task foo:12 is blocked on a mutex likely owned by task bar:13.',
  'rcu: INFO: Stall ended before state dump start',
  'INFO: NMI handler (perf_event_nmi_handler) took too long to run: 2.277 msecs',
  'traps: foo[12] general protection fault ip:401136 sp:7ffd error:0 in foo[401000+1000]',
  'foo[12]: segfault at 0 ip 0000000000401136 sp 00007ffd error 6 in foo[401000+1000]',
  'sysrq: Trigger a crash',
  'EXT4-fs (vda3): mounted filesystem 1a2b r/w with ordered data mode. Quota mode: none.',
  'Command line: BOOT_IMAGE=/vmlinuz panic=-1 oops=panic hung_task_panic=0',
  'block nbd0: NBD_DISCONNECT',
  'INFO: task foo:12 <writer> blocked on an rw-semaphore likely owned by task bar:13 <reader>',
  'INFO: task foo:12 blocked on a semaphore likely last held by task bar:13',
  'systemd[1]: BUG: soft lockup - CPU#0 stuck for 26s! [foo:1]',
  'RCU Tasks Rude: Setting shift to 1 and lim to 1 rcu_task_cb_adjust=1.',
  'MCE: In-kernel MCE decoding enabled.',
  'mce: CPU supports 10 MCE banks',
  'EDAC MC: Ver: 3.0.0',
  'NET: Registered PF_INET6 protocol family',
  'WARNING: the mand mount option is being deprecated and',
];

describe('the table', () => {
  it.each(LINES)('%s', (text, kind, title) => {
    const detector = createDetector();
    const events = [...detector.push(Buffer.from(`[   12.000000] ${text}\r\n`)), ...detector.end()];
    expect(events.map((event) => [event.kind, event.title])).toEqual([[kind, title]]);
  });

  it.each(QUIET)('says nothing to: %s', (text) => {
    expect(recognise(text)).toBeUndefined();
  });

  it('only tries anchored patterns, so that text which quotes an alarm is none', () => {
    expect(TABLE.filter(({ pattern }) => !pattern.source.startsWith('^'))).toEqual([]);
  });
});
