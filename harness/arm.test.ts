import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import type { History } from '../results/history.ts';
import { ARM_CHECKS, type HistoryEntry } from '../results/model.ts';
import type { Channel, Machine, Output } from '../targets/target.ts';
import { arm } from './arm.ts';

const dir = mkdtempSync(join(tmpdir(), 'arm-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** What the files of Debian's 6.1.0-56-cloud-amd64 hold after its boot. It has no workqueue watchdog. */
const DEBIAN = {
  '/proc/sys/kernel/printk': '4\t4\t1\t7\n',
  '/proc/sys/kernel/hung_task_timeout_secs': '120\n',
  '/proc/sys/kernel/hung_task_warnings': '10\n',
  '/proc/sys/kernel/hung_task_panic': '0\n',
  '/proc/sys/kernel/hung_task_check_interval_secs': '0\n',
  '/proc/sys/kernel/hung_task_check_count': '4194304\n',
  '/proc/sys/kernel/soft_watchdog': '1\n',
  '/proc/sys/kernel/watchdog_thresh': '10\n',
  '/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress': '0\n',
  '/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout': '21\n',
  '/sys/module/rcupdate/parameters/rcu_exp_cpu_stall_timeout': '0\n',
} as const;
type File = keyof typeof DEBIAN | '/sys/module/workqueue/parameters/watchdog_thresh';

let kernels = 0;

/** A kernel of plain files: `held` differs from Debian's, undefined for a file that it lacks, `fixed` are files that take nothing. */
function kernel(
  held: Partial<Record<File, string | undefined>> = {},
  { fixed = [] as readonly File[], how = (output: Output) => output } = {},
) {
  kernels += 1;
  const root = join(dir, String(kernels));
  for (const [file, text] of Object.entries({ ...DEBIAN, ...held })) {
    if (text === undefined) continue;
    mkdirSync(dirname(join(root, file)), { recursive: true });
    // root may write to any file, but not to this one
    if (fixed.includes(file as File)) symlinkSync('/proc/version', join(root, file));
    else writeFileSync(join(root, file), text);
  }
  const commands: (readonly string[])[] = [];
  let heard: (chunk: Buffer) => void = () => undefined;
  const channel: Pick<Channel, 'run'> = {
    run: async (argv) => {
      const message = /'(<6>.*)' > \/dev\/kmsg/.exec(argv.at(-1) as string)?.[1];
      if (message !== undefined) {
        heard(Buffer.from(`[   12.345678] ${message.replace('<6>', '')}\r\n`));
        return { code: 0, stdout: '', stderr: '' };
      }
      commands.push(argv);
      const [file = '', ...args] = argv.map((arg) => (arg in DEBIAN || arg.startsWith('/sys/') ? join(root, arg) : arg));
      // this machine's own kernel is not to be armed by a test
      if (args.some((arg) => !arg.startsWith(root) && /\/proc\/sys\/|\/sys\/module\//.test(arg))) throw new Error('not of this kernel');
      const { exitCode = 1, stdout, stderr } = await execa(file, args, { reject: false, stripFinalNewline: false });
      return how({ code: exitCode, stdout: stdout.replaceAll(root, ''), stderr });
    },
  };
  const machine = {
    name: 'head',
    manage: async () => channel,
    console: {
      subscribe: (listener: typeof heard) => {
        heard = listener;
        return () => undefined;
      },
    },
  };
  return {
    machine: machine as unknown as Machine,
    commands,
    holds: (file: File) => readFileSync(join(root, file), 'utf8').trim(),
  };
}

async function armed(machine: Machine): Promise<Record<string, { ok: boolean; detail: string }>> {
  const told: Record<string, { ok: boolean; detail: string }> = {};
  const write = (_trial: string, entry: HistoryEntry) => {
    if (entry.k === 'armed') told[entry.check] = { ok: entry.ok, detail: entry.detail };
  };
  await arm(machine, { write } as unknown as History, 'trial', 10);
  return told;
}

const failed = (told: Awaited<ReturnType<typeof armed>>) => Object.entries(told).flatMap(([check, { ok }]) => (ok ? [] : [check]));

describe('arming', () => {
  it('sets what the detectors need, with one command, and tells of each check', async () => {
    const { machine, commands, holds } = kernel();
    const told = await armed(machine);
    expect(Object.keys(told)).toEqual(ARM_CHECKS.filter((check) => check !== 'console after the storm'));
    expect(failed(told)).toEqual([]);
    expect(commands).toHaveLength(1);
    expect(holds('/proc/sys/kernel/hung_task_timeout_secs')).toBe('10');
    expect(holds('/proc/sys/kernel/hung_task_warnings')).toBe('-1');
    expect(told['workqueue.watchdog_thresh']?.detail).toMatch(
      /^this kernel has no \/sys\/module\/workqueue\/parameters\/watchdog_thresh: /,
    );
  });

  it.each<[File, string, string]>([
    // rcupdate.rcu_cpu_stall_suppress=1 and the like, in CONFIG_CMDLINE of a candidate
    ['/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress', '1', '0'],
    ['/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout', '300', '21'],
    ['/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout', '3', '3'],
    ['/sys/module/rcupdate/parameters/rcu_exp_cpu_stall_timeout', '300000', '21000'],
    ['/sys/module/workqueue/parameters/watchdog_thresh', '0', '30'],
    ['/proc/sys/kernel/hung_task_panic', '1', '0'],
  ])('makes of %s, which is %s, what detects: %s', async (file, before, after) => {
    const { machine, holds } = kernel({ [file]: `${before}\n` });
    expect(failed(await armed(machine))).toEqual([]);
    expect(holds(file)).toBe(after);
  });

  it('can do without what other kernels do not have', async () => {
    const { machine } = kernel({
      '/proc/sys/kernel/hung_task_check_interval_secs': undefined,
      '/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress': undefined,
      '/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout': undefined,
      '/sys/module/rcupdate/parameters/rcu_exp_cpu_stall_timeout': undefined,
    });
    const told = await armed(machine);
    expect(failed(told)).toEqual([]);
    expect(told.hung_task_check_interval_secs?.detail).toMatch(/^this kernel has no \/proc\/\S+: hung tasks are looked for/);
  });

  it.each<[File, string]>([
    ['/proc/sys/kernel/printk', 'printk'],
    ['/proc/sys/kernel/hung_task_timeout_secs', 'hung_task_timeout_secs'],
    ['/proc/sys/kernel/hung_task_check_count', 'hung_task_check_count'],
    ['/proc/sys/kernel/soft_watchdog', 'soft_watchdog'],
  ])('cannot do without %s', async (file, check) => {
    const told = await armed(kernel({ [file]: undefined }).machine);
    expect(failed(told)).toEqual([check]);
    expect(told[check]?.detail).toMatch(/ cannot be set to -?\d+: this kernel has no such setting$/);
  });

  it('says of a file that cannot be set what stands in it', async () => {
    const fixed = ['/proc/sys/kernel/watchdog_thresh', '/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress'] as const;
    const told = await armed(kernel({}, { fixed }).machine);
    expect(failed(told)).toEqual(['watchdog_thresh', 'rcupdate.rcu_cpu_stall_suppress']);
    expect(told.watchdog_thresh?.detail).toBe('/proc/sys/kernel/watchdog_thresh cannot be set to 10: it is Linux');
  });

  it('believes nothing that a machine did not say to the end', async () => {
    // timeout(1) ended it in the middle of `21`
    const how = ({ stdout }: Output) => ({ code: 124, stdout: stdout.slice(0, stdout.indexOf('stall_timeout:21') + 15), stderr: '' });
    const told = await armed(kernel({}, { how }).machine);
    expect(failed(told)).toEqual(['rcupdate.rcu_cpu_stall_timeout', 'rcupdate.rcu_exp_cpu_stall_timeout']);
    expect(told['rcupdate.rcu_cpu_stall_timeout']?.detail).toMatch(/ cannot be set to 21: the machine did not say what it is$/);
  });
});
