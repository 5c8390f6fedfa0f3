import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KernelEvent } from '../../results/model.ts';
import { createDetector, type DetectorOptions } from './detector.ts';

/** Gives every line a timestamp, 10 ms apart, as a console prints it. */
const stamp = (text: string, from = 100): string =>
  text
    .trim()
    .split('\n')
    .map((line, at) => `[${(from + at / 100).toFixed(6).padStart(12)}] ${line}\r\n`)
    .join('');

function detect(text: string, options?: DetectorOptions): KernelEvent[] {
  const detector = createDetector(options);
  return [...detector.push(Buffer.from(text)), ...detector.end()].sort((a, b) => a.id - b.id);
}

const brief = (events: readonly KernelEvent[]): unknown[] =>
  events.map(({ title, consequenceOf }) => (consequenceOf ? [title, consequenceOf] : title));

const HUNG = `
INFO: task jbd2/vda3-8:123 blocked for more than 120 seconds.
      Not tainted 6.12.57+deb13-cloud-amd64 #1
"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.
task:jbd2/vda3-8     state:D stack:0     pid:123   tgid:123   ppid:2      flags:0x00004000
Call Trace:
 <TASK>
 __schedule+0x505/0xbf0
 schedule+0x27/0xf0
 io_schedule+0x46/0x70
 bit_wait_io+0xd/0x60
 __wait_on_bit+0x44/0x140
 out_of_line_wait_on_bit+0x91/0xb0
 ? __pfx_wake_bit_function+0x10/0x10
 jbd2_journal_commit_transaction+0x1084/0x19c0 [jbd2]
 kjournald2+0xaa/0x280 [jbd2]
 kthread+0xcf/0x100
 ret_from_fork+0x31/0x50
 ret_from_fork_asm+0x1a/0x30
 </TASK>`;

const KERNEL_BUG = `
------------[ cut here ]------------
kernel BUG at drivers/block/nbd.c:812!
Oops: invalid opcode: 0000 [#1] PREEMPT SMP NOPTI
CPU: 1 UID: 0 PID: 812 Comm: kworker/u9:1 Not tainted 6.12.57+deb13-cloud-amd64 #1
Workqueue: nbd0-recv recv_work [nbd]
RIP: 0010:nbd_handle_reply+0x1f4/0x210 [nbd]
Code: 48 89 df e8 00 00 00 00 <0f> 0b
RSP: 0018:ffffb4c0c0a4fe18 EFLAGS: 00010246
RAX: 0000000000000000 RBX: ffff9a5b01d2c000 RCX: 0000000000000000
Call Trace:
 <TASK>
 recv_work+0x5c/0xf0 [nbd]
 process_one_work+0x177/0x330
 </TASK>
Modules linked in: nbd virtio_net
---[ end trace 0000000000000000 ]---
RIP: 0010:nbd_handle_reply+0x1f4/0x210 [nbd]
Kernel panic - not syncing: Fatal exception
Kernel Offset: 0x1000000 from 0xffffffff81000000 (relocation range: 0xffffffff80000000-0xffffffffbfffffff)
---[ end Kernel panic - not syncing: Fatal exception ]---`;

describe('a report', () => {
  it('of a hung task names task, seconds and where it waits', () => {
    const text = stamp(HUNG);
    const [event, ...others] = detect(text);
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      kind: 'hung_task',
      class: 'hang',
      title: 'INFO: task hung in jbd2_journal_commit_transaction',
      function: 'jbd2_journal_commit_transaction',
      task: 'jbd2/vda3-8',
      pid: 123,
      seconds: 120,
      time: 100,
      line: 1,
      endLine: 19,
      byteOffset: 0,
    });
    expect(event?.report).toHaveLength(19);
    expect(() => KernelEvent.parse(event)).not.toThrow();
  });

  it('of a BUG() takes in its die line, and the panic follows from it', () => {
    const events = detect(stamp(KERNEL_BUG));
    expect(brief(events)).toEqual(['kernel BUG in nbd_handle_reply', ['kernel panic: Fatal exception', 1]]);
    expect(events[0]).toMatchObject({ kind: 'bug', line: 2, endLine: 16 });
  });

  it('ends with another header', () => {
    const second = HUNG.replaceAll('jbd2/vda3-8:123', 'fio:77').replaceAll('120 seconds', '241 seconds');
    expect(detect(stamp(HUNG + second)).map(({ task, line }) => [task, line])).toEqual([
      ['jbd2/vda3-8', 1],
      ['fio', 20],
    ]);
  });

  it('ends with an unrelated line after its trace, and is given out at once', () => {
    const detector = createDetector();
    expect(detector.push(Buffer.from(stamp(HUNG)))).toEqual([]);
    expect(detector.push(Buffer.from(stamp('virtio_net virtio0 eth0: something else', 200)))).toHaveLength(1);
  });

  it('is given out as it stands when the text pauses, and only once', () => {
    const detector = createDetector();
    detector.push(Buffer.from(stamp(HUNG)));
    expect(brief(detector.flush())).toEqual(['INFO: task hung in jbd2_journal_commit_transaction']);
    expect(detector.flush()).toEqual([]);
    expect(detector.end()).toEqual([]);
  });

  it('is bounded', () => {
    const endless = `${HUNG.replace(' </TASK>', '')}\n${' foo+0x1/0x2\n'.repeat(5000)}`;
    const [event] = detect(stamp(endless));
    expect(event?.report).toHaveLength(1000);
  });

  it('of one CPU is told from that of another by the caller', () => {
    const mixed = [
      '[    1.000000][   T12] WARNING: CPU: 0 PID: 12 at fs/a.c:1 first+0x1/0x2',
      '[    1.000000][   T13] WARNING: CPU: 1 PID: 13 at fs/b.c:1 second+0x1/0x2',
      '[    1.000001][   T12] Call Trace:',
      '[    1.000001][   T13] Call Trace:',
      '[    1.000001][   T12]  one+0x1/0x2',
      '[    1.000002][   T13]  two+0x1/0x2',
    ];
    expect(detect(`${mixed.join('\n')}\n`).map(({ title, report }) => [title, report.at(-1)])).toEqual([
      ['WARNING in first', ' one+0x1/0x2'],
      ['WARNING in second', ' two+0x1/0x2'],
    ]);
  });
});

describe('consequences', () => {
  it.each([
    ['hung_task: blocked tasks', HUNG, 'INFO: task hung in jbd2_journal_commit_transaction'],
    ['softlockup: hung tasks', 'watchdog: BUG: soft lockup - CPU#2 stuck for 26s! [fio:345]', 'BUG: soft lockup in corrupted'],
    [
      'panic_on_warn set',
      'WARNING: CPU: 3 PID: 812 at net/core/dev.c:3320 skb_bad+0xc9/0x110\nRIP: 0010:skb_bad+0xc9/0x110',
      'WARNING in skb_bad',
    ],
  ])('a panic of %s follows from its cause', (why, cause, title) => {
    expect(brief(detect(stamp(`${cause}\nKernel panic - not syncing: ${why}`)))).toEqual([title, [`kernel panic: ${why}`, 1]]);
  });

  it('a panic without its cause in the log is a fault of its own', () => {
    expect(brief(detect(stamp('Kernel panic - not syncing: hung_task: blocked tasks')))).toEqual([
      'kernel panic: hung_task: blocked tasks',
    ]);
  });

  it('a crash through sysrq is one panic', () => {
    const text = stamp(
      'sysrq: Trigger a crash\nKernel panic - not syncing: sysrq triggered crash\nCPU: 0 UID: 0 PID: 1 Comm: sh Not tainted 6.12 #1',
    );
    expect(brief(detect(text))).toEqual(['kernel panic: sysrq triggered crash']);
  });

  it('a panic that cuts a WARNING short lends it its trace', () => {
    const text = `WARNING: CPU: 0 PID: 30 at lib/refcount.c:28 refcount_warn_saturate+0xba/0x110
Kernel panic - not syncing: panic_on_warn set ...
CPU: 0 PID: 30 Comm: foo Not tainted 5.15.0 #1
Call Trace:
 dump_stack+0x64/0x80
 panic+0xe8/0x2a0
 refcount_warn_saturate+0xba/0x110
 cdev_get+0x41/0x60`;
    expect(brief(detect(stamp(text)))).toEqual(['WARNING: refcount bug in cdev_get', ['kernel panic: panic_on_warn set', 1]]);
  });

  it('a second boot is a restart, and follows from the panic before it', () => {
    const text = 'Linux version 6.12.1 (x) #1\nKernel panic - not syncing: sysrq triggered crash\nLinux version 6.12.1 (x) #1';
    expect(detect(stamp(text)).map(({ kind, consequenceOf }) => [kind, consequenceOf])).toEqual([
      ['boot', undefined],
      ['panic', undefined],
      ['restart', 2],
    ]);
  });

  it('do not reach over a boot', () => {
    const text = `${HUNG}\nLinux version 6.12.1 (x) #1\nKernel panic - not syncing: hung_task: blocked tasks`;
    expect(detect(stamp(text)).at(-1)?.consequenceOf).toBeUndefined();
  });
});

describe('whose text it is', () => {
  const PLAIN = 'Linux version 6.12.1 (x) #1\nBUG: workqueue lockup - pool cpus=1 node=0 flags=0x0 nice=0 stuck for 42s!\n';

  it('a program cannot raise an alarm by printing', () => {
    const detector = createDetector();
    expect([...detector.push(Buffer.from(PLAIN)), ...detector.end()]).toEqual([]);
    expect(detector.seenKernel).toBe(false);
  });

  it('is not asked of what a program has to say of the host', () => {
    const text = `${stamp('Linux version 6.1.0 (x) #1\n')}You are in emergency mode. After logging in, type "journalctl -xb".\nkernel BUG at fs/a.c:1!\n`;
    expect(detect(text).map(({ kind }) => kind)).toEqual(['boot', 'emergency_mode']);
  });

  it('auto takes a log without any timestamp as it is', () => {
    expect(detect(PLAIN, { requireTimestamp: 'auto' }).map(({ kind }) => kind)).toEqual(['boot', 'workqueue_lockup']);
  });

  it('auto drops text without timestamp as soon as there is one', () => {
    const text = `${PLAIN}${stamp('kernel BUG at fs/a.c:1!')}${PLAIN}`;
    expect(detect(text, { requireTimestamp: 'auto' }).map(({ id, kind }) => [id, kind])).toEqual([[1, 'bug']]);
  });

  it('auto sees no kernel in prose', () => {
    const detector = createDetector({ requireTimestamp: 'auto' });
    detector.push(Buffer.from('# Notes\nThe kernel is fine.\n'));
    detector.end();
    expect(detector.seenKernel).toBe(false);
  });

  it('a line that shares the console with a prompt is the kernel s', () => {
    expect(brief(detect('head1 login: [   61.000001] kernel BUG at fs/a.c:1!\r\n'))).toEqual(['kernel BUG in corrupted']);
  });
});

describe('any bytes', () => {
  const text = Buffer.from(stamp(HUNG + KERNEL_BUG));

  it('give the same events in any chunking', () => {
    const whole = detect(text.toString());
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 20 }), (cuts) => {
        const detector = createDetector();
        const at = [0, ...cuts.sort((a, b) => a - b), text.length];
        const events = at.slice(1).flatMap((end, turn) => detector.push(text.subarray(at[turn], end)));
        expect([...events, ...detector.end()]).toEqual(whole);
        expect(detector.bytes).toBe(text.length);
      }),
      { numRuns: 50 },
    );
  });

  it('never throw, with byte offsets that go forward', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc.integer({ min: 0, max: text.length - 1 }).map((from) => text.subarray(from, from + 200)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), fc.constantFrom(true, false, 'auto' as const), (pieces, requireTimestamp) => {
        const detector = createDetector({ requireTimestamp });
        const events = [...pieces.flatMap((part) => [...detector.push(part), ...detector.flush()]), ...detector.end()].sort(
          (a, b) => a.id - b.id,
        );
        events.forEach((event, at) => {
          expect(() => KernelEvent.parse(event)).not.toThrow();
          expect(event.byteOffset).toBeGreaterThanOrEqual(events[at - 1]?.byteOffset ?? 0);
          expect(event.endLine).toBeGreaterThanOrEqual(event.line);
        });
      }),
    );
  });
});
