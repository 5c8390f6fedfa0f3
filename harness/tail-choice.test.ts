import { expect, it } from 'vitest';
import { whyNoTail } from './tail-choice.ts';

const having = (...programs: string[]) => ({ find: (program: string) => (programs.includes(program) ? `/usr/bin/${program}` : undefined) });

it.each([
  ['nbdkit, where it is installed', {}, ['nbdkit'], undefined],
  ['not nbdkit, where it is not', {}, [], /served by nbdkit here, there is no nbdkit \(package nbdkit\)/],
  ['not nbd-server, where it is not', { kind: 'nbd-server' }, ['nbdkit'], /nbd-server \(package nbd-server\)/],
  [
    'not flexnbd, and what to do about it',
    { kind: 'flexnbd' },
    ['nbdkit'],
    /no flexnbd: put its binary in PATH, or name it in stormproof.yaml/,
  ],
  ['flexnbd where a config names it', { kind: 'flexnbd', program: '/opt/flexnbd' }, ['nbdkit', '/opt/flexnbd'], undefined],
  [
    'not a kind that cannot fail a share of requests',
    { kind: 'qemu-storage-daemon', failing: { errno: 'EIO', share: 0.1 } },
    ['qemu-storage-daemon'],
    /./,
  ],
] as const)('tails are served by %s', (_what, plan, programs, why) => {
  const said = whyNoTail(plan, having(...programs));
  if (why === undefined) expect(said).toBeUndefined();
  else expect(said).toMatch(why);
});
