import { describe, expect, it } from 'vitest';
import { parsePlain, parseStamped } from './prefix.ts';

describe('the prefix of a kernel line', () => {
  it.each([
    ['[    1.234567] text', { message: 'text', time: 1.234567, fromUserspace: false }],
    ['[12345.678901]  func+0x1/0x2', { message: ' func+0x1/0x2', time: 12345.678901, fromUserspace: false }],
    ['[    1.234567][   T12] text', { message: 'text', time: 1.234567, caller: 'T12', fromUserspace: false }],
    ['[    1.234567][    C0] text', { message: 'text', time: 1.234567, caller: 'C0', fromUserspace: false }],
    ['<6>[    1.234567] text', { message: 'text', time: 1.234567, fromUserspace: false }],
    ['<14>[    1.234567] systemd[1]: BUG: text', { message: 'systemd[1]: BUG: text', time: 1.234567, fromUserspace: true }],
    ['tenant1 login: [   61.000001] text', { message: 'text', time: 61.000001, fromUserspace: false }],
    ['[Sat Nov 22 18:38:11 2025] text', { message: 'text', fromUserspace: false }],
  ])('%s', (text, expected) => {
    expect(parseStamped(text)).toEqual(expected);
  });

  it.each(['BUG: soft lockup - CPU#0', 'array[1.5] = 2', '[  OK  ] Started ssh.service', '[12] 34'])('is not in: %s', (text) => {
    expect(parseStamped(text)).toBeUndefined();
  });

  it('of a log daemon is taken off a line without timestamp', () => {
    expect(parsePlain('Nov 22 18:38:11 head1 kernel: text')).toEqual({ message: 'text', fromUserspace: false, marked: true });
    expect(parsePlain('Nov 22 18:38:11 head1 sshd[1]: text').marked).toBe(false);
  });
});
