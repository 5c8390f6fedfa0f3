import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Milestones } from './milestones.ts';

/** Lines of a real boot: Debian's 6.1.0-56-cloud-amd64 in the lab. */
const BANNER = '[    0.000000] Linux version 6.1.0-56-cloud-amd64 (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2';
const BOOT = [
  BANNER,
  '[    0.000000] Command line: console=ttyS0,115200 printk.time=1 panic=0 net.ifnames=0 random.trust_cpu=on',
  '[    1.824504] Run /init as init process',
  '[    1.911700] stormproof: init',
  '[    2.701130] stormproof: listening',
  '[    2.844982] stormproof: ready',
];
const PANIC = 'Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)';
const NO_ROOT = [BANNER, `[    1.612345] ${PANIC}`, '[    1.613001] CPU: 0 PID: 1 Comm: swapper/0 Not tainted 6.1.0-56-cloud-amd64'];
const NO_USERLAND = [...BOOT.slice(0, 4), '[    2.100000] stormproof: init failed: no overlayfs in this kernel?'];

/** What is known after the console gave `text` in pieces of these sizes, the last one repeated; the clock counts pieces. */
function read(text: string, sizes: readonly number[]): Milestones {
  const milestones = new Milestones();
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0, piece = 0; at < bytes.length; piece += 1) {
    const size = sizes[Math.min(piece, sizes.length - 1)] ?? bytes.length;
    milestones.push(bytes.subarray(at, at + size), piece);
    at += size;
  }
  return milestones;
}
const console_ = (lines: readonly string[]): string => lines.map((line) => `${line}\r\n`).join('');
const known = ({ reached, panic, initFailed }: Milestones) => ({ reached: [...reached.keys()].sort(), panic, initFailed });

describe('how far a machine has come', () => {
  it.each([
    ['nowhere, without a byte', [], []],
    ['a firmware that only talks', ['SeaBIOS (version 1.16.2-debian-1.16.2-1)', 'Booting from ROM...'], []],
    ['its kernel', BOOT.slice(0, 2), ['kernel']],
    ['the hand-over to its init', BOOT.slice(0, 3), ['handover', 'kernel']],
    ['our init', BOOT.slice(0, 4), ['handover', 'init', 'kernel']],
    ['management', BOOT.slice(0, 5), ['handover', 'init', 'kernel', 'listening']],
    ['all the way', BOOT, ['handover', 'init', 'kernel', 'listening', 'ready']],
  ])('%s', (_what, lines, reached) => {
    expect(known(read(console_(lines), []))).toEqual({ reached, panic: undefined, initFailed: undefined });
  });

  it("is told with the kernel's words when it panicked", () => {
    expect(known(read(console_(NO_ROOT), []))).toEqual({ reached: ['kernel'], panic: PANIC, initFailed: undefined });
  });

  it("is told with our init's words when that gave up", () => {
    expect(read(console_(NO_USERLAND), []).initFailed).toBe('no overlayfs in this kernel?');
  });

  it('is not told from half a line: the rest of it may be on its way', () => {
    const milestones = new Milestones();
    milestones.push(Buffer.from(`${BANNER}\r\n[    1.612345] Kernel panic - not syncing: VFS: Unable to mou`), 1);
    expect(milestones.panic).toBeUndefined();
    milestones.push(Buffer.from('nt root fs on unknown-block(0,0)\r\n'), 2);
    expect(milestones.panic).toBe(PANIC);
  });

  it('knows the first panic, not what followed from it', () => {
    const both = console_([...NO_ROOT, '[    2.0] Kernel panic - not syncing: Fatal exception in interrupt']);
    expect(read(both, []).panic).toBe(PANIC);
  });

  it('keeps the time at which each was seen first, and that of the first byte', () => {
    const milestones = new Milestones();
    milestones.push(Buffer.from('x'), 0.5);
    for (const [index, line] of [...BOOT, ...BOOT].entries()) milestones.push(Buffer.from(`${line}\r\n`), index + 1);
    expect(milestones.firstByte).toBe(0.5);
    expect(Object.fromEntries(milestones.reached)).toEqual({ kernel: 1, handover: 3, init: 4, listening: 5, ready: 6 });
  });

  it("knows the kernel's own clock at its last step, torn or not", () => {
    expect(read(console_(BOOT), []).readyTime).toBe(2.844982);
    expect(read(console_(BOOT), [7]).readyTime).toBe(2.844982);
    expect(read(console_(BOOT.slice(0, 5)), []).readyTime).toBeUndefined();
  });

  it('is the same however the console is torn into pieces', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(BOOT, NO_ROOT, NO_USERLAND),
        // what the machine printed between its milestones: the kernel's longest line has 1024 bytes (kernel/panic.c, printk.c)
        fc.array(fc.string({ unit: fc.constantFrom('a', ' ', '[', '-', '\xff', '\0'), maxLength: 1000 }), { minLength: 5, maxLength: 5 }),
        fc.array(fc.oneof(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 5000 })), { minLength: 1, maxLength: 40 }),
        (lines, noise, sizes) => {
          const text = console_(lines.flatMap((line, index) => [noise[index] ?? '', line]));
          expect(known(read(text, sizes))).toEqual(known(read(text, [text.length])));
        },
      ),
    );
  });

  it("has a panic's words whole, byte by byte, as long as the kernel can make them", () => {
    const words = `Kernel panic - not syncing: ${'x'.repeat(1000)}`;
    expect(read(console_([words]), [1]).panic).toBe(words);
  });
});
