import { RegExpParser } from '@eslint-community/regexpp';
import { describe, expect, it } from 'vitest';
import type { KernelEvent } from '../../results/model.ts';
import { createDetector, type DetectorOptions } from './detector.ts';
import { KINDS } from './kinds.ts';
import { literalsOf } from './literals.ts';
import { type Row, recognise, TABLE } from './table.ts';

const ROWS: readonly Row[] = TABLE;

function detect(lines: readonly string[], options?: DetectorOptions): KernelEvent[] {
  const detector = createDetector(options);
  const text = lines.map((line, at) => `[${(12 + at / 100).toFixed(6).padStart(12)}] ${line}\r\n`).join('');
  return [...detector.push(Buffer.from(text)), ...detector.end()].sort((a, b) => a.id - b.id);
}

/** Kernel text as printed, the kind, and the title where no trace follows. */
const LINES: readonly (readonly [text: string, kind: string, title: string])[] = [
  ['Linux version 6.12.57+deb13-cloud-amd64 (debian-kernel@lists.debian.org) (gcc-14)', 'boot', 'Linux version 6.12.57+deb13-cloud-amd64'],
  ['Restarting system.', 'restart', 'reboot: Restarting system'],
  ['Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009', 'panic', 'kernel panic: Attempted to kill init!'],
  ['Kernel panic - not syncing: sysrq triggered crash', 'panic', 'kernel panic: sysrq triggered crash'],
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
  ['BUG: Bad rss-counter state mm:00000000d5cf3b2e idx:1 val:2', 'mm_corruption', 'BUG: Bad rss-counter state'],
  ['BUG: non-zero pgtables_bytes on freeing mm: 4096', 'mm_corruption', 'BUG: non-zero pgtables_bytes on freeing mm'],
  ['BUG: KCSAN: data-race in tcp_poll+0x12/0x34 / tcp_recvmsg_locked', 'kcsan', 'KCSAN: data-race in tcp_poll / tcp_recvmsg_locked'],
  [
    'BUG: KASAN: use-after-free in foo.isra.1+0x12/0x34 at addr ffff8801d5eef6d8',
    'kasan',
    'KASAN: use-after-free in foo.isra.NUM at addr ADDR',
  ],
  ['BUG: soft lockup - CPU#2 stuck for 26s! [kworker/2:1:345]', 'soft_lockup', 'BUG: soft lockup in corrupted'],
  ['NMI watchdog: Watchdog detected hard LOCKUP on cpu 3', 'hard_lockup', 'BUG: hard lockup in corrupted'],
  ['INFO: task jbd2/vda3-8:123 blocked in I/O wait for more than 122 seconds.', 'hung_task', 'INFO: task hung in corrupted'],
  ['INFO: rcu_sched self-detected stall on CPU { 1}  (t=21000 jiffies g=4 c=3 q=1)', 'rcu_stall', 'INFO: rcu detected stall in corrupted'],
  ['irq event 16: bogus return value ffffffff', 'irq_nobody_cared', 'irq: nobody cared'],
  [
    'Memory cgroup out of memory: Killed process 9 (fio) total-vm:81kB, anon-rss:1kB',
    'oom_kill',
    'Memory cgroup out of memory: Killed process',
  ],
  ['Out of memory: Kill process 9 (a b) score 3 or sacrifice child', 'oom_kill', 'Out of memory: Killed process'],
  ['fio: vmalloc error: size 4096, page order 0, failed to allocate pages', 'page_alloc_failure', 'page allocation failure'],
  ['ipv4: Neighbour table overflow.', 'neigh_overflow', 'neighbour table overflow'],
  ['nf_conntrack: table full, dropping packet', 'conntrack_full', 'nf_conntrack: table full, dropping packet'],
  ['TCP: too many orphaned sockets', 'tcp_mem', 'TCP: too many orphaned sockets'],
  ['possible SYN flooding on port 80. Sending cookies.', 'syn_flood', 'TCP: Possible SYN flooding'],
  ['NETDEV WATCHDOG: eth0 (e1000e): transmit queue 0 timed out', 'tx_timeout', 'NETDEV WATCHDOG: transmit queue timed out (e1000e)'],
  ['end_request: I/O error, dev sda, sector 2048', 'io_error', 'I/O error on block device'],
  ['Buffer I/O error on device sda1, logical block 12', 'buffer_io_error', 'Buffer I/O error'],
  [
    'EXT4-fs error (device vda3) in ext4_reserve_inode_write:5861: Journal has aborted',
    'fs_error',
    'EXT4-fs error in ext4_reserve_inode_write',
  ],
  ['XFS (vdb): log I/O error -5', 'fs_error', 'XFS: log I/O error'],
  ['BTRFS error (device vdb) : forced readonly', 'fs_error', 'BTRFS: error'],
  ['JBD2: I/O error when updating journal superblock for vda3-8.', 'journal_error', 'JBD2: I/O error'],
  ['block nbd0: Dead connection, failed to find a fallback', 'nbd_dead', 'nbd: Dead connection'],
  ['block nbd0: Connection timed out', 'nbd_timeout', 'nbd: Connection timed out'],
  ['You are in emergency mode. After logging in, type "journalctl -xb" to view', 'emergency_mode', 'emergency mode'],
  ['ALERT!  UUID=1a2b does not exist.  Dropping to a shell!', 'emergency_mode', 'emergency mode'],
  ['systemd-journald[312]: Missed 12 kernel messages', 'log_gap', 'kernel messages were lost'],
  [
    'x86/cpu: [Firmware Bug]: the BIOS has corrupted hw-PMU resources',
    'firmware_bug',
    'Firmware Bug: the BIOS has corrupted hw-PMU resources',
  ],
  ['BUG: something that nobody foresaw at 12', 'bug', 'BUG: something that nobody foresaw at NUM'],
];

const QUIET = [
  'INFO: task foo:12 is blocked on a mutex likely owned by task bar:13.',
  'INFO: task foo:12 <writer> blocked on an rw-semaphore likely owned by task bar:13 <reader>',
  'INFO: task foo:12 blocked on a semaphore likely last held by task bar:13',
  'INFO: lockdep is turned off.',
  'INFO: Stall ended before state dump start',
  'rcu: INFO: Stall ended before state dump start',
  'INFO: NMI handler (perf_event_nmi_handler) took too long to run: 2.277 msecs',
  'perf: interrupt took too long (5143 > 5080), lowering kernel.perf_event_max_sample_rate to 38000',
  'EXT4-fs (loop1): INFO: recovery required on readonly filesystem',
  'EXT4-fs (vda3): mounted filesystem 1a2b r/w with ordered data mode. Quota mode: none.',
  'XFS (vdb): WARNING: Reset corrupted AGFL on AG 0. 1 blocks leaked. Please unmount and run xfs_repair.',
  // what programs did
  'traps: foo[12] general protection fault ip:401136 sp:7ffd error:0 in foo[401000+1000]',
  'traps: foo[12] general protection ip:401136 sp:7ffd error:0 in foo[401000+1000]',
  'general protection fault ip:401136 sp:7ffd error:0 in foo[401000+1000]',
  'foo[12]: segfault at 0 ip 0000000000401136 sp 00007ffd error 6 in foo[401000+1000]',
  'Alignment trap: foo (12) PC=0x00010434 Instr=0xe5932000 Address=0x00000001 FSR 0x001',
  'foo[12] trap int3 ip:401136 sp:7ffd error:0',
  'foo[12] trap divide error ip:401136 sp:7ffd error:0 in foo[401000+1000]',
  // text that somebody made the kernel repeat
  'systemd[1]: BUG: soft lockup - CPU#0 stuck for 26s! [foo:1]',
  'systemd[1]: kernel BUG at fs/a.c:1!',
  "xfs: Unknown parameter 'kernel BUG at fs/a.c:1!'",
  "fuseblk: Unknown parameter '    Booting the kernel.   '",
  'Command line: BOOT_IMAGE=/vmlinuz panic=-1 oops=panic hung_task_panic=0',
  'audit: type=1400 audit(1.2:3): apparmor="DENIED" comm="Kernel panic - not syncing: x"',
  // words that only end like alarms
  'DEBUG: #15 pc 000000000045c4a0  /system/lib64/libart.so',
  'logger: !@Boot_DEBUG: start networkManagement',
  '[1] INVALID BTF_INFO:72000001',
  'CAM_INFO: CAM-ISP: cam_isp_dev_probe: 122 Camera ISP probe complete',
  'ODEBUG: Out of memory. ODEBUG disabled',
  'evtlog_status: enable:0, panic:1, dump:2',
  'softdog: initialized. soft_noboot=0 soft_margin=60 sec soft_panic=0 (nowayout=0)',
  'ALSA: seq fatal error: cannot create timer (-22)',
  'BUG UNIX (Not tainted): kasan: bad access detected',
  // advice, mostly at boot
  'Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on, data leaks possible via Spectre v2 BHB attacks!',
  'Speculative Return Stack Overflow: WARNING: See https://kernel.org/doc/html/latest/admin-guide/hw-vuln/srso.html for mitigation options.',
  'WARNING: the mand mount option is being deprecated and',
  'WARNING: /etc/ssh/moduli does not exist, using fixed modulus',
  "WARNING: fbcon: Driver 'vkmsdrmfb' missed to adjust virtual screen size (0x0 vs. 128x16)",
  'WARNING: workqueue cpumask: online intersect > possible intersect',
  "WARNING: BIOS bug: CPU MTRRs don't cover all of memory, losing 0MB of RAM.",
  'WARNING: Persistent clock returned invalid value!',
  "warning: `foo' uses wireless extensions which will stop working for Wi-Fi 7 hardware; use nl80211",
  'BUG: your BIOS is old, please update it',
  // drives without a medium, and disks that were told to go
  'I/O error, dev fd0, sector 0 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 0',
  'blk_update_request: I/O error, dev sr0, sector 0',
  'Buffer I/O error on dev fd0, logical block 0, async page read',
  'Buffer I/O error on device sr0, logical block 0',
  'block nbd0: NBD_DISCONNECT',
  'sysrq: Trigger a crash',
  'RCU Tasks Rude: Setting shift to 1 and lim to 1 rcu_task_cb_adjust=1.',
  'MCE: In-kernel MCE decoding enabled.',
  'mce: CPU supports 10 MCE banks',
  'mce: CPU0: Thermal monitoring enabled (TM1)',
  'EDAC MC: Ver: 3.0.0',
  'NET: Registered PF_INET6 protocol family',
  'smpboot: Booting Node 0 Processor 1',
];

describe('the table', () => {
  it.each(TABLE.map((row) => [row.example, row] as const))('has a row for: %s', (example, row) => {
    expect(recognise(example)?.row).toBe(row);
  });

  it.each(LINES)('%s', (text, kind, title) => {
    expect(detect([text]).map((event) => [event.kind, event.title])).toEqual([[kind, title]]);
  });

  it.each(QUIET)('says nothing to: %s', (text) => {
    expect(recognise(text)).toBeUndefined();
  });

  it('says nothing to text that calls itself bad without being the kernel s', () => {
    const detector = createDetector({ requireTimestamp: 'auto' });
    const text = 'WARNING: Failed to connect to lvmetad. Falling back.\nBUG: no such thing\n';
    expect([...detector.push(Buffer.from(text)), ...detector.end()]).toEqual([]);
  });

  it('only tries anchored patterns, so that text which quotes an alarm is none', () => {
    for (const { pattern } of ROWS) {
      const { alternatives } = new RegExpParser().parsePattern(pattern.source);
      expect(alternatives.map(({ elements }) => elements[0]?.raw)).toEqual(['^']);
    }
  });

  it('names kinds and only kinds', () => {
    expect(new Set(ROWS.map(({ kind }) => kind))).toEqual(new Set(Object.keys(KINDS)));
  });

  it('says of each row which kernels it belongs to', () => {
    for (const { versions } of TABLE) expect(versions).toMatch(/^(?:\d\.\d+)?-(?:\d\.\d+)?$/);
  });

  it('looks for words long enough to be found fast', () => {
    for (const { pattern } of ROWS)
      for (const literal of literalsOf(pattern)) expect(literal.length, `${pattern}`).toBeGreaterThanOrEqual(5);
  });
});
