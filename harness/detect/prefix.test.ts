import { describe, expect, it } from 'vitest';
import { createLineReader } from './prefix.ts';

const kernel = { fromUserspace: false, certain: true };
const program = { fromUserspace: true, certain: true };
const read = (text: string) => createLineReader().read(text);

describe('the prefix of a kernel line', () => {
  it.each([
    ['[    1.234567] text', { ...kernel, message: 'text', time: 1.234567 }],
    ['[12345.678901]  func+0x1/0x2', { ...kernel, message: ' func+0x1/0x2', time: 12345.678901 }],
    ['[    1.234567][   T12] text', { ...kernel, message: 'text', time: 1.234567, caller: 'T12' }],
    ['[    1.234567] [    C0] text', { ...kernel, message: 'text', time: 1.234567, caller: 'C0' }],
    ['<6>[    1.234567] text', { ...kernel, message: 'text', time: 1.234567 }],
    ['<14>[    1.234567] systemd[1]: BUG: text', { ...program, message: 'systemd[1]: BUG: text', time: 1.234567 }],
    ['tenant1 login: [   61.000001] text', { ...kernel, message: 'text', time: 61.000001 }],
    ['[Sat Nov 22 18:38:11 2025] text', { ...kernel, message: 'text' }],
    ['[Sat Nov 22 18:38:11 2025 <    0.000012>] text', { ...kernel, message: 'text' }],
    ['[    1.234567 <    0.000012>] text', { ...kernel, message: 'text', time: 1.234567 }],
    ['[Nov22 18:38] text', { ...kernel, message: 'text' }],
    ['[  +0.000012] text', { ...kernel, message: 'text' }],
    ['2025-11-22T18:38:11,123456+01:00 text', { ...kernel, message: 'text' }],
    ['kern  :warn  : [    1.234567] text', { ...kernel, message: 'text', time: 1.234567 }],
    ['daemon:info  : [    1.234567] BUG: text', { ...program, message: 'BUG: text', time: 1.234567 }],
    ['kern  :err   : [Sat Nov 22 18:38:11 2025] text', { ...kernel, message: 'text' }],
    ['Nov 22 18:38:11 head1 kernel: text', { ...kernel, message: 'text', machine: 'head1' }],
    ['Nov 22 18:38:11 head1 kernel: [    1.234567] text', { ...kernel, message: 'text', time: 1.234567, machine: 'head1' }],
    ['2025-11-22T18:38:11.123456+01:00 head1 kernel: text', { ...kernel, message: 'text', machine: 'head1' }],
    [
      '<4>1 2025-11-22T18:38:11.123Z head1 kernel - - - [    1.234567] text',
      { ...kernel, message: 'text', time: 1.234567, machine: 'head1' },
    ],
    ['[    1.234567] head1 kernel: text', { ...kernel, message: 'text', time: 1.234567, machine: 'head1' }],
    ['6,339,5140900,-;text', { ...kernel, message: 'text', time: 5.1409 }],
    ['30,340,5140900,-;systemd[1]: BUG: text', { ...program, message: 'systemd[1]: BUG: text', time: 5.1409 }],
    ['4,341,5140900,-,caller=C1;a\\x09b', { ...kernel, message: 'a\tb', time: 5.1409, caller: 'C1' }],
    ['6.4.0-rc1,13,416,1758426,-;text', { ...program, message: 'text', time: 1.758426 }],
    ['<3>text', { fromUserspace: false, certain: false, message: 'text' }],
    ['BUG: soft lockup - CPU#0', { fromUserspace: false, certain: false, message: 'BUG: soft lockup - CPU#0' }],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it.each(['BUG: soft lockup - CPU#0', 'array[1.5] = 2', '[  OK  ] Started ssh.service', '[12] 34', 'Nov 22 18:38:11 head1 sshd[1]: text'])(
    'is not in: %s',
    (text) => {
      expect(read(text)?.certain).toBe(false);
    },
  );

  it('of a log daemon tells the kernel from programs, once the log has shown its form', () => {
    const reader = createLineReader();
    reader.read('Nov 22 18:38:11 head1 kernel: text');
    expect(reader.read('Nov 22 18:38:11 head2 sshd[1]: BUG: text')).toEqual({ ...program, message: 'BUG: text', machine: 'head2' });
  });

  it('of a log daemon on a console is an echo, or another host s', () => {
    const reader = createLineReader();
    reader.read('[    1.234567] text');
    expect(reader.read('Nov 22 18:38:11 head2 kernel: [   11.000001] BUG: text')).toBeUndefined();
    expect(reader.read('head2 kernel: [   11.000001] BUG: text')).toBeUndefined();
  });

  it('with the time of day is a program s, in a log that has the kernel s own', () => {
    const reader = createLineReader();
    reader.read('[    1.234567] text');
    expect(reader.read('[Sat Nov 22 18:38:11 2025] BUG: text')?.certain).toBe(false);
  });

  it('in the middle of a line begins another that tore the first, unless it is an echo', () => {
    expect(read('[    1.000000] half a[    1.000001] whole')).toMatchObject({ message: 'half a', rest: '[    1.000001] whole' });
    const echoes = ['[    9.000000] app[1]: saw "[    1.000001] BUG: text"', '[    1.000000] log: head2 kernel: [    1.200000] BUG: text'];
    for (const echo of echoes) expect(read(echo)).not.toHaveProperty('rest');
  });

  it('of records tells which are missing, and passes over their dictionaries', () => {
    const reader = createLineReader();
    expect(reader.read('6,10,1000,-;one')?.lost).toBeUndefined();
    expect(reader.read(' SUBSYSTEM=acpi')).toBeUndefined();
    expect(reader.read('6,11,1000,-;two')?.lost).toBeUndefined();
    expect(reader.read('6,15,1000,-;three')?.lost).toBe(3);
  });

  it('of the extended netconsole puts the pieces of a record together', () => {
    const reader = createLineReader();
    expect(reader.read('6,416,1758426,-,ncfrag=0/11;the ')).toBeUndefined();
    expect(reader.read('6,416,1758426,-,ncfrag=4/11;message')).toMatchObject({ message: 'the message', certain: true });
  });

  it('of a record whose pieces never end lets it go at the length of a line', () => {
    const reader = createLineReader();
    const lengths = Array.from({ length: 20 }, (_, at) =>
      reader.read(`6,416,1758426,-,ncfrag=${at * 1000}/999999999;${'x'.repeat(1000)}`),
    ).map((line) => line?.message.length);
    expect(lengths.slice(0, 8)).toEqual(Array(8).fill(undefined));
    expect(new Set(lengths.slice(8))).toEqual(new Set([8192]));
  });
});
