import { describe, expect, it } from 'vitest';
import type { KernelEvent } from '../../results/model.ts';
import { createDetector } from './detector.ts';

function detect(text: string, caller = ''): KernelEvent[] {
  const detector = createDetector();
  const lines = text.trim().split('\n');
  const bytes = lines.map((line, at) => `[${(100 + at / 100).toFixed(6).padStart(12)}]${caller} ${line}\n`).join('');
  return [...detector.push(Buffer.from(bytes)), ...detector.end()].sort((a, b) => a.id - b.id);
}

const WARNING = `
WARNING: CPU: 1 PID: 812 at net/core/dev.c:3320 skb_warn_bad_offload+0xc9/0x110
Modules linked in: nbd(OE) virtio_net xt_conntrack(-) [last unloaded: br_netfilter]
CPU: 1 UID: 0 PID: 812 Comm: kworker/u9:1 Tainted: G        W  OE       6.12.57+deb13-amd64 #1
RIP: 0010:skb_warn_bad_offload+0xc9/0x110
Call Trace:
 <TASK>
 ? __warn+0xea/0x3c0
 __skb_gso_segment+0x12/0x34
 </TASK>
---[ end trace 0000000000000000 ]---`;

describe('an event', () => {
  it('says whose it was and what the kernel had been through', () => {
    const [event] = detect(WARNING);
    expect(event).toMatchObject({
      title: 'WARNING in skb_warn_bad_offload',
      task: 'kworker/u9:1',
      pid: 812,
      taints: 'GWOE',
      modules: ['nbd', 'virtio_net', 'xt_conntrack'],
      corrupted: false,
    });
    expect(event?.report).toEqual(WARNING.trim().split('\n'));
  });

  it('says nothing of what does not stand there', () => {
    const [event] = detect('BUG: workqueue lockup - pool cpus=1 node=0 flags=0x0 nice=0 stuck for 42s!');
    expect(event).not.toHaveProperty('taints');
    expect(event).not.toHaveProperty('modules');
    expect(event).not.toHaveProperty('task');
    expect(event).toMatchObject({ seconds: 42, corrupted: false });
  });

  it('knows the task of a WARN() since 6.19 from its header', () => {
    const [event] = detect('WARNING: net/core/dev.c:3320 at skb_bad+0xc9/0x110, CPU#3: iperf3/812');
    expect(event).toMatchObject({ task: 'iperf3', pid: 812 });
  });

  it('is corrupted where the report breaks off before its trace', () => {
    const cut = WARNING.slice(0, WARNING.indexOf('RIP: '));
    expect(detect(cut)[0]).toMatchObject({ function: 'skb_warn_bad_offload', corrupted: true });
  });

  it('is corrupted where the trace has no frames', () => {
    expect(detect(WARNING.replaceAll(/^ (?:\? )?\w+\+0x.*\n/gm, ''))[0]).toMatchObject({ corrupted: true });
  });

  it('is corrupted where only the end of a report is there', () => {
    expect(detect('Kernel panic - not syncing: Fatal exception')[0]).toMatchObject({ corrupted: true });
  });

  it('is known under the names that a system call has elsewhere', () => {
    const text = `
watchdog: BUG: soft lockup - CPU#0 stuck for 134s! [syz:77]
CPU: 0 PID: 77 Comm: syz Not tainted 6.1.0 #1
RIP: 0010:foo+0x1/0x2
Call Trace:
 bar+0x1/0x2
 __x64_sys_mount+0x1/0x2
 do_syscall_64+0x1/0x2`;
    expect(detect(text)[0]).toMatchObject({
      title: 'BUG: soft lockup in sys_mount',
      altTitles: ['stall in sys_mount', 'BUG: soft lockup in __x64_sys_mount', 'stall in __x64_sys_mount'],
    });
  });

  it('of a caller goes on under the next header of the same caller', () => {
    const text = `
rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
WARNING: CPU: 1 PID: 47 at kernel/sched/core.c:2698 foo+0x1/0x2
CPU: 1 PID: 47 Comm: fio Not tainted 6.1.0 #1
Call Trace:
 asm_exc_invalid_op+0x1/0x2
RIP: 0010:foo+0x1/0x2
 asm_sysvec_apic_timer_interrupt+0x1/0x2
RIP: 0010:smp_call_function_single+0x1/0x2
 on_each_cpu+0x1/0x2`;
    expect(detect(text, '[    C1]').map(({ title }) => title)).toEqual(['INFO: rcu detected stall in smp_call_function', 'WARNING in foo']);
  });
});
