/** The same messages in every way in which kernel text reaches a file give the same events. */
import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';

const MESSAGES = [
  'Linux version 6.1.0-56-cloud-amd64 (debian-kernel@lists.debian.org) (gcc-12) #1 SMP',
  'virtio_net virtio1 front: renamed from eth0',
  'INFO: task jbd2/vda3-8:123 blocked for more than 120 seconds.',
  '      Not tainted 6.1.0-56-cloud-amd64 #1 Debian 6.1.192-2',
  '"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.',
  'task:jbd2/vda3-8     state:D stack:0     pid:123   ppid:2      flags:0x00004000',
  'Call Trace:',
  ' <TASK>',
  ' __schedule+0x34d/0x9e0',
  ' schedule+0x5a/0xd0',
  ' io_schedule+0x42/0x70',
  ' jbd2_journal_commit_transaction+0x118d/0x1a70 [jbd2]',
  ' kjournald2+0xa9/0x280 [jbd2]',
  ' kthread+0xd7/0x100',
  ' ret_from_fork+0x1f/0x30',
  ' </TASK>',
  'eth0: link becomes ready',
] as const;

const seconds = (at: number): string => (120 + at / 1000).toFixed(6);
const usec = (at: number): string => String(120_000_000 + at * 1000);
const escaped = (text: string): string => text.replaceAll('"', '\\x22');
/** An extended netconsole record in two pieces. */
const inPieces = (text: string, at: number): string => {
  const half = Math.floor(text.length / 2);
  const head = `6,${at},${usec(at)},-,ncfrag=`;
  return `${head}0/${text.length};${text.slice(0, half)}\n${head}${half}/${text.length};${text.slice(half)}`;
};

const FORMS: Readonly<Record<string, (text: string, at: number) => string>> = {
  'a serial console': (text, at) => `[  ${seconds(at)}] ${text}\r`,
  'a serial console with colours and NULs': (text, at) => `\u001b[0m\0[  ${seconds(at)}] ${text}\u001b[K\r`,
  'a serial console behind a prompt': (text, at) => `head1 login: [  ${seconds(at)}] ${text}`,
  'a console with levels': (text, at) => `<4>[  ${seconds(at)}] ${text}`,
  'a console with callers': (text, at) => `[  ${seconds(at)}][  T123] ${text}`,
  dmesg: (text, at) => `[  ${seconds(at)}] ${text}`,
  'dmesg -x': (text, at) => `kern  :warn  : [  ${seconds(at)}] ${text}`,
  'dmesg -T': (text) => `[Sun Nov 22 18:38:11 2026] ${text}`,
  'dmesg -d': (text, at) => `[  ${seconds(at)} <    0.001000>] ${text}`,
  'dmesg -e': (text, at) => `${at === 0 ? '[Nov22 18:38]' : '[  +0.001000]'} ${text}`,
  'dmesg --time-format iso': (text) => `2026-11-22T18:38:11,123456+00:00 ${text}`,
  'dmesg -r': (text, at) => `<4>[  ${seconds(at)}] ${text}`,
  'journalctl -k': (text) => `Nov 22 18:38:11 head1 kernel: ${text}`,
  'journalctl -k -o short-iso': (text) => `2026-11-22T18:38:11+0000 head1 kernel: ${text}`,
  'journalctl -k -o short-monotonic': (text, at) => `[  ${seconds(at)}] head1 kernel: ${text}`,
  'syslog with times of the kernel': (text, at) => `Nov 22 18:38:11 head1 kernel: [  ${seconds(at)}] ${text}`,
  'syslog by RFC 5424': (text, at) => `<4>1 2026-11-22T18:38:11.123Z head1 kernel - - - [  ${seconds(at)}] ${text}`,
  '/dev/kmsg': (text, at) => `4,${at},${usec(at)},-;${escaped(text)}\n SUBSYSTEM=block\n DEVICE=b254:0`,
  '/dev/kmsg with callers': (text, at) => `4,${at},${usec(at)},-,caller=T123;${escaped(text)}`,
  netconsole: (text, at) => `[  ${seconds(at)}] ${text}`,
  'the extended netconsole': (text, at) => `4,${at},${usec(at)},-;${text}`,
  'the extended netconsole with the release': (text, at) => `6.1.0-56-cloud-amd64,4,${at},${usec(at)},-;${text}`,
  'the extended netconsole in pieces': inPieces,
  'levels without times': (text) => `<4>${text}`,
  'text without anything': (text) => text,
};

function events(text: string, chunkBytes: number) {
  const detector = createDetector({ requireTimestamp: 'auto' });
  const bytes = Buffer.from(text);
  const found = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) found.push(...detector.push(bytes.subarray(at, at + chunkBytes)));
  return [...found, ...detector.end()];
}

describe.each(Object.entries(FORMS))('%s', (_, form) => {
  const text = `${MESSAGES.map(form).join('\n')}\n`;

  it('gives the boot and the hung task, with the whole report', () => {
    const found = events(text, text.length);
    expect(found.map(({ kind }) => kind)).toEqual(['boot', 'hung_task']);
    expect(found[1]).toMatchObject({
      title: 'INFO: task hung in jbd2_journal_commit_transaction',
      task: 'jbd2/vda3-8',
      pid: 123,
      seconds: 120,
      corrupted: false,
    });
    expect(found[1]?.report).toEqual(MESSAGES.slice(2, -1));
  });

  it('gives the same byte for byte', () => {
    expect(events(text, 1)).toEqual(events(text, text.length));
  });
});

it('lines of several hosts in one log are told apart', () => {
  const log = ['head1', 'head2'].map((host) => MESSAGES.map((text) => `Nov 22 18:38:11 ${host} kernel: ${text}`));
  const mixed = (log[0] ?? []).flatMap((line, at) => [line, log[1]?.[at]]).join('\n');
  expect(events(mixed, mixed.length).map(({ kind, machine }) => `${machine} ${kind}`)).toEqual([
    'head1 boot',
    'head2 boot',
    'head1 hung_task',
    'head2 hung_task',
  ]);
});

it('records that are missing are told, since nobody knows what stood in them', () => {
  const text = ['4,10,1000,-;one', '4,11,1001,-;two', '4,20,1002,-;three', ''].join('\n');
  expect(events(text, text.length)).toMatchObject([{ kind: 'log_gap', line: 3 }]);
});
