import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { applyTweak } from './apply.ts';
import { complaintOfAdded } from './boot.ts';
import { parseTweak } from './parse.ts';

const dir = mkdtempSync(join(tmpdir(), 'boot-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** What proving a boot tweak says on a kernel with this command line and this log. */
async function proven(text: string, cmdline: string, log: string): Promise<string> {
  writeFileSync(join(dir, 'cmdline'), `${cmdline}\n`);
  writeFileSync(join(dir, 'log'), `[    0.000000] Command line: ${cmdline}\n[    0.012600] Kernel command line: ${cmdline}\n${log}\n`);
  writeFileSync(join(dir, 'dmesg'), `#!/bin/sh\ncat ${join(dir, 'log')}\n`);
  chmodSync(join(dir, 'dmesg'), 0o755);
  const [step] = applyTweak(
    parseTweak(text, () => ''),
    { device: 'front' },
  ).verify;
  const [file = '', ...args] = (step?.argv ?? []).map((arg) => arg.replaceAll('/proc/cmdline', join(dir, 'cmdline')));
  const { stdout, stderr } = await execa(file, args, { reject: false, env: { PATH: `${dir}:${process.env.PATH}` } });
  return stdout || stderr;
}

describe('a boot parameter', () => {
  const USUAL = '[    0.026941] Unknown kernel command line parameters "nonsense x=1", will be passed to user space.';

  it.each([
    ['threadirqs', 'console=ttyS0 threadirqs', USUAL],
    ['mitigations=off', 'console=ttyS0 mitigations=auto mitigations=off', USUAL],
    // the complaint is about another value, or another word
    ['mitigations=off', 'mitigations=of mitigations=off', '[    0.01] Unsupported mitigations=of, system may still be vulnerable'],
    ['x=1', 'x=10 x=1', '[    0.01] Unsupported x=10'],
    ['pti=on', 'pti=on', "[    0.000000] Malformed early option 'nopti'"],
    ['sense', 'sense', USUAL],
  ])('is in force where the kernel had nothing to say against it: %s', async (word, cmdline, log) => {
    expect(await proven(`boot:${word}`, cmdline, log)).toBe(word);
  });

  it.each([
    ['nonsense', 'nonsense', USUAL, 'this kernel does not know it'],
    ['x=1', 'x=1', USUAL, 'this kernel does not know it'],
    // a line of the log has an end, wherever that is
    ['x=1', 'x=1', '[    0.026941] Unknown kernel command line parameters "nonsense x=1', 'this kernel does not know it'],
    [
      'mitigations=of',
      'mitigations=of',
      '[    0.010000] Unsupported mitigations=of, system may still be vulnerable',
      'this kernel says: Unsupported mitigations=of, system may still be vulnerable',
    ],
    ['pti=invalid', 'pti=invalid', "[    0.000000] Malformed early option 'pti'", "this kernel says: Malformed early option 'pti'"],
    [
      'nosmp=x',
      'nosmp=x',
      "[    0.020000] Booting kernel: `x' invalid for parameter `nosmp'",
      "this kernel says: Booting kernel: `x' invalid for parameter `nosmp'",
    ],
    ['threadirqs', 'console=ttyS0', USUAL, 'it is not on the command line of this kernel'],
    // what stands behind the two dashes is for init
    ['threadirqs', 'console=ttyS0 -- threadirqs', USUAL, 'it is not on the command line of this kernel'],
  ])('is not where it did: %s on "%s"', async (word, cmdline, log, why) => {
    expect(await proven(`boot:${word}`, cmdline, log)).toBe(`tweak boot:${word} is not in force: ${why}`);
  });
});

describe('what is added to the command line', () => {
  it.each([
    'rcupdate.rcu_cpu_stall_suppress=1',
    'rcupdate.rcu-cpu-stall-timeout=300',
    'workqueue.watchdog_thresh=0',
    'printk.time=0',
    'nowatchdog',
    'nosoftlockup',
    'nmi-watchdog=0',
    'console=tty0',
    'root=/dev/vda',
    'sysctl.kernel.hung_task_warnings=0',
    'sysctl.kernel.printk=1',
    'sysctl/kernel/soft_watchdog=0',
    'mitigations=off workqueue.watchdog_thresh=0',
    'dyndbg="file x.c +p" nowatchdog',
    '"rcupdate.rcu_cpu_stall_suppress=1"',
  ])('may not be what stormproof sees by, or boots by: %s', (words) => {
    expect(complaintOfAdded(words)).toMatch(/^\S+ is set by stormproof itself, which boots by it or sees by it what the kernel reports$/);
  });

  it.each([
    'mitigations=off',
    'quiet',
    'loglevel=3',
    'panic=5',
    'rdinit=/bin/sh',
    'rdinit=/nowhere',
    'earlycon=uart8250,io,0x3f8',
    'slub_debug=FZPU',
    'dyndbg="file nowatchdog +p"',
    'sysctl.vm.swappiness=10',
    '',
  ])('may be anything else: %s', (words) => {
    expect(complaintOfAdded(words)).toBeUndefined();
  });
});
