import { describe, expect, it } from 'vitest';
import { blame, parseFrames, spellings } from './frames.ts';

describe('a line of a trace', () => {
  it.each([
    [' __schedule+0x505/0xbf0', ['__schedule']],
    [' [<ffffffff81d90469>] dump_stack+0xc1/0x128', ['dump_stack']],
    ['[c000000000123450] [c000000000123450] foo+0x1/0x2', ['foo']],
    [' foo.isra.0.cold+0x12/0x34 [nbd]', ['foo']],
    ['[<8010ef84>] (show_stack) from [<807bb0d8>] (dump_stack+0xa0/0xc0)', ['show_stack', 'dump_stack']],
    [' unwind_backtrace from show_stack+0x18/0x1c', ['unwind_backtrace', 'show_stack']],
    [' _RNvMs2_NtCshgDM7dBCdno_11rust_binder6threadNtB5_6Thread10write_read+0x1/0x2', ['<rust_binder::thread::Thread>::write_read']],
    [' ? foo+0x12/0x34', []],
    ['[c000000000123450] [c000000000123450] foo+0x1/0x2 (unreliable)', []],
    [' __read_once_size include/linux/compiler.h:245 [inline]', []],
    ['RIP: 0033:0x7f4117ebd1b7', []],
  ])('%s', (line, names) => {
    expect(parseFrames(line)).toEqual(names);
  });
});

const blamed = (text: string, ...[how, named]: [Parameters<typeof blame>[1], string?]) => {
  const { culprit, whole } = blame(text.trim().split('\n'), how, named);
  return [culprit?.name, whole];
};

const TRACE = `
header
RIP: 0010:__list_del_entry_valid+0x1/0x2
Call Trace:
 dump_stack+0x1/0x2
 kfree+0x1/0x2
 nbd_requeue+0x1/0x2
 recv_work+0x1/0x2
 process_one_work+0x1/0x2`;

describe('blame', () => {
  it('passes over who acts for somebody else', () => {
    expect(blamed(TRACE, 'fault')).toEqual(['nbd_requeue', true]);
  });

  it('falls on what was called, in a stall', () => {
    expect(blamed(TRACE, 'stall')).toEqual(['recv_work', true]);
  });

  it('falls on what the header names, if that says something', () => {
    expect(blamed(TRACE, 'trace', 'nbd_foo')).toEqual(['nbd_foo', true]);
    expect(blamed(TRACE, 'trace', 'memcpy')).toEqual(['nbd_requeue', true]);
  });

  it('falls on what many wait for, in a hang', () => {
    const text = 'header\nCall Trace:\n __schedule+0x1/0x2\n wait_for_completion+0x1/0x2\n synchronize_srcu+0x1/0x2\n foo+0x1/0x2';
    expect(blamed(text, 'wait')).toEqual(['synchronize_rcu', true]);
  });

  it('falls on nobody where the trace is another s', () => {
    const text = 'header\nCall Trace:\n dump_stack+0x1/0x2\n should_fail+0x1/0x2\n foo+0x1/0x2';
    expect(blamed(text, 'trace')).toEqual([undefined, false]);
  });
});

describe('the spellings of a name', () => {
  it.each([
    ['__x64_sys_mount', ['sys_mount', '__x64_sys_mount']],
    ['SyS_mount', ['mount', 'SyS_mount']],
    ['foo', ['foo']],
  ])('%s', (raw, names) => {
    expect(spellings(raw)).toEqual(names);
  });
});
