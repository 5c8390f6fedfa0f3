/** A lab machine on a real kernel: power, console, management, disk. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { CandidateError, InfraError } from '../../results/errors.ts';
import type { MachineSpec, PowerEvent } from '../target.ts';
import { openLab } from './lab.testing.ts';

const SPEC = { name: 'machine', seat: 'tenant', cpus: 1, memory_MiB: 512 } as const satisfies MachineSpec;

test('power can be paused, resumed and reset, and tells what the machine does to itself', async () => {
  await using site = await openLab({ machines: [SPEC] });
  const machine = site.machines.get('machine');
  if (machine === undefined) throw new Error('no machine');
  const events: PowerEvent[] = [];
  machine.power.subscribe((event) => events.push(event));
  await machine.boot(120);
  // nothing of the console is lost, from the first byte on
  expect(readFileSync(machine.console.path, 'latin1')).toMatch(/^\S*\[ +0\.000000\] Linux version/);

  await machine.power.pause();
  const echo = (await machine.manage()).run(['echo', 'here'], { limit_s: 30 });
  expect(await Promise.race([echo.then(() => 'answered'), sleep(1500, 'silent')])).toBe('silent');
  await machine.power.resume();
  expect((await echo).stdout).toBe('here\n');

  await machine.power.reset();
  expect(events).toContainEqual({ kind: 'reset', byGuest: false });
  await machine.rejoin(120);
  expect((await (await machine.manage()).run(['cat', '/proc/uptime'], { limit_s: 30 })).code).toBe(0);
  // the firmware's own resets after it are not the kernel's
  expect(events.filter((event) => event.kind === 'reset' && event.byGuest)).toEqual([]);

  await (await machine.manage()).start(['sh', '-c', 'echo b > /proc/sysrq-trigger'], { limit_s: 10 });
  for (const end = Date.now() + 20_000; !events.some((event) => event.kind === 'reset' && event.byGuest) && Date.now() < end; )
    await sleep(50);
  expect(events).toContainEqual({ kind: 'reset', byGuest: true });
  await machine.rejoin(120);

  await (await machine.manage()).start(['sh', '-c', 'echo c > /proc/sysrq-trigger'], { limit_s: 10 });
  for (const end = Date.now() + 20_000; !events.some((event) => event.kind === 'panicked') && Date.now() < end; ) await sleep(50);
  expect(events.at(-1)).toMatchObject({ kind: 'panicked' });
  expect(site.faults).toEqual([]);
});

test('each of many sessions side by side tells how it ended, also to a controller that is late for everything', async () => {
  await using site = await openLab({ machines: [SPEC] });
  const machine = site.machines.get('machine');
  if (machine === undefined) throw new Error('no machine');
  await machine.boot(120);
  const channel = await machine.manage();
  // what comes from the machine meanwhile comes all at once, and a session waits for its program that long
  const late = setInterval(() => {
    for (const end = performance.now() + 500; performance.now() < end; );
  }, 520);
  try {
    const codes = await Promise.all(
      Array.from({ length: 6 }, async (_, worker) => {
        const own: number[] = [];
        for (let at = 0; at < 12; at += 1) {
          // of every length, so that some end while others have only begun
          const lasts_s = ((7 * worker + 5 * at) % 11) / 10;
          own.push((await channel.run(['sh', '-c', `sleep ${lasts_s}; exit ${worker}`], { limit_s: 30 })).code);
        }
        return own;
      }),
    );
    expect(codes).toEqual(Array.from({ length: 6 }, (_, worker) => Array.from({ length: 12 }, () => worker)));
  } finally {
    clearInterval(late);
  }
  const before = (await channel.run(['pidof', 'dropbear'], { limit_s: 30 })).stdout.split(' ').length;
  const jobs = await Promise.all([1, 2, 3, 4].map(() => channel.start(['sleep', '60'], { limit_s: 90 })));
  await Promise.all(jobs.map((job) => job.stop()));
  expect((await Promise.all(jobs.map((job) => job.done))).map(({ code }) => code)).toEqual([137, 137, 137, 137]);
  // a connection that is free again is used again
  expect((await channel.run(['pidof', 'dropbear'], { limit_s: 30 })).stdout.split(' ').length).toBeLessThanOrEqual(before + 2);
});

test.for(['qemu', 'kernel'] as const)('a disk attached by %s keeps what was written while its link was cut', async (attach) => {
  await using site = await openLab({ machines: [{ ...SPEC, disk: { attach, size_MiB: 64 } }] });
  const machine = site.machines.get('machine');
  if (machine?.disk === undefined) throw new Error('no machine with a disk');
  await machine.boot(120);
  const channel = await machine.manage();
  const write = (text: string) =>
    channel.run(['sh', '-c', `echo ${text} | dd of=${machine.disk} bs=512 count=1 conv=sync oflag=direct 2>/dev/null`], { limit_s: 60 });
  expect((await write('before')).code).toBe(0);
  await site.networks.store.cut();
  const blocked = write('during');
  expect(await Promise.race([blocked.then(() => 'written'), sleep(1500, 'waiting')])).toBe('waiting');
  await site.networks.store.restore();
  expect((await blocked).code).toBe(0);
  expect(
    readFileSync(site.tailOf('machine').backing as string)
      .subarray(0, 6)
      .toString(),
  ).toBe('during');
});

test('quoting, exit codes, limits and input of programs on the machine', async () => {
  await using site = await openLab({ machines: [SPEC] });
  const machine = site.machines.get('machine');
  if (machine === undefined) throw new Error('no machine');
  await machine.boot(120);
  const channel = await machine.manage();
  const words = ["it's", '$(reboot)', 'a b', '', '*', '\n'];
  expect((await channel.run(['printf', '%s|', ...words], { limit_s: 30 })).stdout).toBe(`${words.join('|')}|`);
  expect((await channel.run(['sh', '-c', 'exit 7'], { limit_s: 30 })).code).toBe(7);
  expect((await channel.run(['cat'], { limit_s: 30, input: 'input' })).stdout).toBe('input');
  // the machine itself ends what takes too long
  expect((await channel.run(['sleep', '60'], { limit_s: 1 })).code).toBe(124);
  const job = await channel.start(['sleep', '60'], { limit_s: 60 });
  await job.stop();
  expect((await channel.run(['pgrep', '-fx', 'sleep 60'], { limit_s: 30 })).stdout).toBe('');
});

test('a kernel that hangs twice before its init does not boot', async () => {
  // it looks for ever for a disk that is not there
  await using site = await openLab({ machines: [SPEC] }, { append: ['rdinit=/nowhere', 'root=/dev/nowhere', 'rootwait'] });
  const failure = await site.machines
    .get('machine')
    ?.boot(8)
    .catch((error: Error) => error);
  expect(failure).toBeInstanceOf(CandidateError);
  expect((failure as Error).message).toMatch(
    site.accelerator.kind === 'tcg' ? /did not reach its init in 8 s, nor at a second try/ : /did not reach its init in 8 s$/,
  );
});

test('a kernel that panics twice before its init does not boot', async () => {
  await using site = await openLab({ machines: [SPEC] }, { append: ['rdinit=/nowhere', 'root=/dev/nowhere'] });
  const failure = await site.machines
    .get('machine')
    ?.boot(60)
    .catch((error: Error) => error);
  expect(failure).toBeInstanceOf(CandidateError);
  expect((failure as Error).message).toMatch(/did not boot: Kernel panic - not syncing: VFS: Unable to mount root fs/);
  if (site.accelerator.kind === 'tcg') expect((failure as Error).message).toMatch(/, nor at a second try$/);
});

test('of a kernel that hangs once under emulation nothing is said', async ({ skip }) => {
  await using site = await openLab({ machines: [SPEC] });
  skip(site.accelerator.kind !== 'tcg', 'there is KVM');
  const machine = site.machines.get('machine');
  if (machine === undefined) throw new Error('no machine');
  let seen = '';
  const forget = machine.console.subscribe((chunk) => {
    seen += chunk.toString('latin1');
    if (!seen.includes('Linux version')) return;
    forget();
    void machine.power.pause();
  });
  const failure = await machine.boot(15).catch((error: Error) => error);
  expect(failure).toBeInstanceOf(InfraError);
  expect((failure as Error).message).toMatch(/but did at a second try/);
});
