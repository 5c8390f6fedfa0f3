import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';

/** Kind and cause of each event; lines without a time of their own are 10 ms apart. */
function links(lines: readonly (string | readonly [time: number, text: string])[]): (readonly [string, number | undefined])[] {
  const detector = createDetector();
  const text = lines.map((line, at) => (typeof line === 'string' ? ([100 + at / 100, line] as const) : line));
  const bytes = text.map(([time, message]) => `[${time.toFixed(6).padStart(12)}] ${message}\n`).join('');
  const events = [...detector.push(Buffer.from(bytes)), ...detector.end()].sort((a, b) => a.id - b.id);
  return events.map(({ kind, consequenceOf }) => [kind, consequenceOf]);
}

const SOFT = 'watchdog: BUG: soft lockup - CPU#2 stuck for 26s! [fio:345]';
const RCU = 'rcu: INFO: rcu_preempt self-detected stall on CPU';
const WATCHDOG = 'NETDEV WATCHDOG: eth0 (virtio_net): transmit queue 0 timed out';
const WATCHDOG_WARNING = 'WARNING: CPU: 0 PID: 0 at net/sched/sch_generic.c:525 dev_watchdog+0x207/0x210';

describe('one fault is one event with its consequences', () => {
  it.each([
    [
      'an oops that kills the kernel',
      ['BUG: kernel NULL pointer dereference, address: 0000000000000008', 'Kernel panic - not syncing: Fatal exception'],
    ],
    [
      'a BUG() and its die line',
      ['kernel BUG at fs/a.c:1!', 'invalid opcode: 0000 [#1] SMP', 'Kernel panic - not syncing: Fatal exception'],
    ],
    [
      'a WARN() with panic_on_warn',
      ['WARNING: CPU: 3 PID: 8 at net/core/dev.c:1 foo+0x1/0x2', 'Kernel panic - not syncing: kernel: panic_on_warn set ...'],
    ],
    [
      'a hung task that panics',
      ['INFO: task fio:77 blocked for more than 120 seconds.', 'Kernel panic - not syncing: hung_task: blocked tasks'],
    ],
    [
      'a hang and the end of hang reports',
      ['INFO: task fio:77 blocked for more than 120 seconds.', 'Future hung task reports are suppressed, see sysctl'],
    ],
    ['an oops with a lock held', ['Oops: general protection fault: 0000 [#1] SMP', 'BUG: scheduling while atomic: fio/812/0x00000002']],
    ['a transmit timeout before its WARNING', [WATCHDOG, WATCHDOG_WARNING]],
    ['a transmit timeout after its WARNING', [WATCHDOG_WARNING, WATCHDOG]],
    ['a lost disk', ['block nbd0: Receive control failed (result -32)', 'I/O error, dev nbd0, sector 8 op 0x0:(READ)']],
    [
      'an I/O error',
      ['I/O error, dev vda, sector 8 op 0x1:(WRITE)', 'Buffer I/O error on dev vda1, logical block 1, lost async page write'],
    ],
    [
      'an old kernel s OOM kill in two lines',
      ['Out of memory: Kill process 9 (fio) score 3 or sacrifice child', 'Killed process 9 (fio) total-vm:81kB, anon-rss:1kB'],
    ],
  ])('%s', (_, lines) => {
    const [first, ...later] = links(lines);
    expect(first?.[1]).toBeUndefined();
    expect(later).toHaveLength(1);
    expect(later[0]?.[1]).toBe(1);
  });

  it('a file system goes down step by step with its disk', () => {
    const events = links([
      'I/O error, dev vda, sector 8 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2',
      'Buffer I/O error on dev vda1, logical block 1, lost sync page write',
      'Aborting journal on device vda1-8.',
      'EXT4-fs error (device vda1): ext4_journal_check_start:83: comm kworker/0:1: Detected aborted journal',
      'EXT4-fs (vda1): Remounting filesystem read-only',
    ]);
    expect(events).toEqual([
      ['io_error', undefined],
      ['buffer_io_error', 1],
      ['journal_abort', 2],
      ['fs_error', 3],
      ['fs_readonly', 4],
    ]);
  });

  it.each([
    ['seconds after it', 20, 1],
    ['much later', 500, undefined],
  ])('a stall seen by another watchdog %s', (_, after, cause) => {
    expect(
      links([
        [100, SOFT],
        [100 + after, RCU],
      ]).at(-1),
    ).toEqual(['rcu_stall', cause]);
    expect(
      links([
        [100, RCU],
        [100 + after, SOFT],
      ]).at(-1),
    ).toEqual(['soft_lockup', cause]);
  });

  it('a WARNING soon after a transmit timeout, but from elsewhere, is a fault of its own', () => {
    expect(links([WATCHDOG, 'WARNING: CPU: 3 PID: 8 at net/core/dev.c:1 foo+0x1/0x2']).at(-1)).toEqual(['warning', undefined]);
  });

  it('whatever a panicked kernel still prints', () => {
    expect(links(['Kernel panic - not syncing: sysrq triggered crash', [900, SOFT]]).at(-1)).toEqual(['soft_lockup', 1]);
  });
});
