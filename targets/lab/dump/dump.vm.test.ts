/** What is taken of real kernels' memory after they panicked. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Interrupted } from '../../../results/errors.ts';
import type { Machine, MachineSpec } from '../../target.ts';
import { openLab } from '../lab.testing.ts';

const SPEC = { name: 'machine', seat: 'head', cpus: 2, memory_MiB: 1024 } as const satisfies MachineSpec;
const MIBI = 2 ** 20;
const BUDGET = { limit_s: 60, most_bytes: 256 * MIBI };
/** As `monitor.ts` waits: what the kernel says after QEMU has told of the panic is still on its way. */
const LAST_WORDS_MS = 1500;

/** Has the kernel say something that its console is not told, and panic. */
async function panic(machine: Machine, saying: string): Promise<void> {
  const panicked = new Promise<void>((resolve) => {
    machine.power.subscribe(({ kind }) => kind === 'panicked' && resolve());
  });
  const say = `echo 4 > /proc/sys/kernel/printk; echo '<7>${saying}' > /dev/kmsg; echo c > /proc/sysrq-trigger`;
  await (await machine.manage()).start(['sh', '-c', say], { limit_s: 20 });
  await Promise.race([panicked, sleep(20_000)]);
  await sleep(LAST_WORDS_MS);
}

test.for([
  ['deb:linux-image-cloud-amd64', /^6\.1\./],
  ['deb:linux-image-6.12-cloud-amd64', /^6\.12\./],
] as const)('of %s the whole log and a core are taken, of the boot that panicked', async ([kernel, release]) => {
  await using site = await openLab({ machines: [SPEC] }, { kernel });
  const machine = site.machines.get('machine') as Machine;
  await machine.boot(120);
  const { stdout } = await (await machine.manage()).run(['uname', '-r'], { limit_s: 20 });
  expect(stdout).toMatch(release);
  await panic(machine, 'too quiet for the console');
  const dir = join(site.dir, 'artefacts');
  mkdirSync(dir);

  const log = join(dir, 'log');
  const { bytes } = await machine.power.dump('log', log, BUDGET);
  const text = readFileSync(log, 'utf8');
  expect(bytes).toBe(Buffer.byteLength(text));
  expect(text).toMatch(/^\[ {4}0\.000000\] Linux version /);
  expect(text).toMatch(/^\[ *\d+\.\d{6}\] Kernel panic - not syncing: sysrq triggered crash$/m);
  expect(text).toMatch(/---\[ end Kernel panic - not syncing: sysrq triggered crash \]---\n$/);
  expect(text).toMatch(/^\[ *\d+\.\d{6}\] too quiet for the console$/m);
  expect(readFileSync(machine.console.path, 'latin1')).not.toContain('too quiet');

  const vmcore = join(dir, 'vmcore');
  const account = await machine.power.dump('vmcore', vmcore, BUDGET);
  expect(account.bytes).toBe(statSync(vmcore).size);
  const used_MiB = Number(/^of (\d+) MiB in use, without zero, free(, cache and user| and cache) pages/.exec(account.detail)?.[1]);
  expect(used_MiB, account.detail).toBeGreaterThan(100);
  expect(account.bytes).toBeLessThan((used_MiB * MIBI) / 3);
  // KDUMP_SIGNATURE (makedumpfile's diskdump_mod.h), and both read the log alike
  expect(readFileSync(vmcore).subarray(0, 8).toString('latin1')).toBe('KDUMP   ');
  const again = join(site.dir, 'again');
  execFileSync('makedumpfile', ['--dump-dmesg', vmcore, again], { stdio: 'ignore' });
  const lines = (all: string) => all.split('\n').map((line) => line.replace(/^(\[ *\d+\.\d{6}\]|) */, ''));
  expect(lines(text)).toEqual(lines(readFileSync(again, 'utf8')));

  // what does not fit is told, and nothing of it is left
  const reason = (path: string, most_bytes: number, limit_s = BUDGET.limit_s) =>
    machine.power.dump('vmcore', path, { limit_s, most_bytes }).then(
      () => 'taken',
      (error: Error) => error.message,
    );
  expect(await reason(join(dir, 'small'), MIBI)).toMatch(/^what is left of it takes more than 1048576 bytes$/);
  expect(await reason('/proc/nowhere', BUDGET.most_bytes)).toMatch(/^it takes [\d.]+ GiB of disk on the way, and \/proc has 0\.0 GiB$/);
  expect(await reason(join(dir, 'late'), BUDGET.most_bytes, 0.05)).toMatch(/^not done in 0\.05 s$/);
  const enough = AbortSignal.abort(new Interrupted('interrupted by SIGINT'));
  await expect(machine.power.dump('vmcore', join(dir, 'none'), { ...BUDGET, signal: enough })).rejects.toThrow(Interrupted);
  expect(readdirSync(dir).sort()).toEqual(['log', 'vmcore']);

  // the memory outlives the reset, and with it what the last boot has left
  await machine.power.reset();
  await machine.rejoin(120);
  await panic(machine, 'in another boot');
  await machine.power.dump('log', log, BUDGET);
  expect(readFileSync(log, 'utf8')).toContain('in another boot');
  expect(readFileSync(log, 'utf8')).not.toContain('too quiet');
  expect(site.faults).toEqual([]);
});

test('the log of a kernel that panics before its init is taken too, and a reset waits for it', async () => {
  await using site = await openLab({ machines: [SPEC] }, { append: ['rdinit=/nowhere', 'root=/dev/nowhere', 'loglevel=3'] });
  const machine = site.machines.get('machine') as Machine;
  const logs: Promise<string>[] = [];
  machine.power.subscribe(({ kind }) => {
    if (kind !== 'panicked') return;
    const path = join(site.dir, `log.${logs.length}`);
    const taken = sleep(LAST_WORDS_MS).then(() => machine.power.dump('log', path, BUDGET));
    logs.push(taken.then(() => readFileSync(path, 'utf8')));
  });
  await expect(machine.boot(60)).rejects.toThrow(/VFS: Unable to mount root fs/);
  const texts = await Promise.all(logs);
  expect(texts).toHaveLength(site.accelerator.kind === 'tcg' ? 2 : 1);
  for (const text of texts) expect(text).toMatch(/Kernel panic - not syncing: VFS: Unable to mount root fs.*end Kernel panic/s);
});
