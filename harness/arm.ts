/**
 * Before the silence of a detector is trusted, it is proven on this very boot: a message written to the kernel's log comes back through the
 * console, and the kernel's own detectors are on and unlimited.
 */
import { randomBytes } from 'node:crypto';
import { explain } from '../results/errors.ts';
import type { History } from '../results/history.ts';
import type { ArmCheck } from '../results/model.ts';
import type { Channel, Machine } from '../targets/target.ts';
import { createLineReader } from './detect/prefix.ts';

const ECHO_LIMIT_MS = 10_000;
const COMMAND_LIMIT_S = 30;

/** What a detector of the kernel needs of one of its files. */
interface Setting {
  readonly check: ArmCheck;
  readonly file: string;
  readonly value: number;
  /** `value` is the most; what is less is stricter, and stays */
  readonly most?: true;
  readonly why: string;
  /** why nothing is lost on a kernel without the file; undefined where its silence would prove nothing */
  readonly harmless?: string;
}

const sysctl = (file: ArmCheck, value: number, why: string, more: Pick<Setting, 'harmless'> = {}): Setting => ({
  check: file,
  file: `/proc/sys/kernel/${file}`,
  value,
  why,
  ...more,
});

/** A parameter, `MODULE.NAME`, of a part of the kernel that is always built in. */
const parameter = (
  name: ArmCheck & `${string}.${string}`,
  value: number,
  why: string,
  more: Pick<Setting, 'most' | 'harmless'>,
): Setting => ({
  check: name,
  file: `/sys/module/${name.replace('.', '/parameters/')}`,
  value,
  why,
  ...more,
});

/** CONFIG_RCU_STALL_COMMON is left out with CONFIG_TINY_RCU alone (kernel/rcu/Kconfig), where a grace period is over when it begins. */
const TINY = { harmless: 'RCU waits for nobody on a kernel for one CPU' };

/**
 * The settings, with the reason for each. Those without `harmless` must be there: `printk` is the log itself, and without the detectors of hung
 * tasks and of soft lockups no kernel's silence about hangs can be believed.
 */
const settings = (hungTaskTimeout_s: number): readonly Setting[] => [
  // the first of the four is the console's level: 7 shows all but debugging (kernel/printk/printk.c)
  sysctl('printk', 7, 'the console shows every message that the detector knows'),
  sysctl('hung_task_timeout_secs', hungTaskTimeout_s, 'the hung-task detector is on (CONFIG_DETECT_HUNG_TASK)'),
  sysctl('hung_task_warnings', -1, 'hung tasks are printed without limit'),
  sysctl('hung_task_panic', 0, 'a hung task is told and survived, so that its recovery can be seen'),
  // 0 is what older kernels do, which have no such file (kernel/hung_task.c, watchdog())
  sysctl('hung_task_check_interval_secs', 0, 'hung tasks are looked for once in each timeout', {
    harmless: 'hung tasks are looked for once in each timeout anyway',
  }),
  // PID_MAX_LIMIT, the kernel's own default: all there can be
  sysctl('hung_task_check_count', 4_194_304, 'every task is looked at'),
  sysctl('soft_watchdog', 1, 'the soft-lockup detector is on (CONFIG_SOFTLOCKUP_DETECTOR)'),
  sysctl('watchdog_thresh', 10, 'a processor that is held up for 20 s is told of, as by default'),
  parameter('rcupdate.rcu_cpu_stall_suppress', 0, 'RCU stalls are told of (kernel/rcu/update.c)', TINY),
  // seconds; the default of CONFIG_RCU_CPU_STALL_TIMEOUT, of the 3 to 300 that it may be (kernel/rcu/tree_stall.h)
  parameter('rcupdate.rcu_cpu_stall_timeout', 21, 'an RCU stall is told of after 21 s at most, as by default', { most: true, ...TINY }),
  // milliseconds; 0, the default, is the same as the one above (kernel/rcu/tree_stall.h, rcu_exp_jiffies_till_stall_check())
  parameter('rcupdate.rcu_exp_cpu_stall_timeout', 21_000, 'nor does a stall of an expedited grace period take longer', {
    most: true,
    harmless: 'before 5.19 it is the same as rcu_cpu_stall_timeout',
  }),
  // kernel/workqueue.c, wq_watchdog_thresh; 0 is off. Distributions leave it out, Debian's cloud kernel for one
  parameter('workqueue.watchdog_thresh', 30, 'a pool of workers that is stuck for 30 s is told of, as by default', {
    harmless: 'there is no workqueue watchdog (CONFIG_WQ_WATCHDOG) that could be silenced',
  }),
];

/**
 * Sets every FILE VALUE HOW and prints `FILE:` with what is read back, or `FILE:none`. Starting a program takes a hundredth of a second on an
 * emulated machine, so the shell sets and one program reads. A shell's own `read` takes a byte at a time, which gets one digit out of
 * /proc/sys (do_proc_dointvec in kernel/sysctl.c has no second read); of sysfs, where the settings with `most` are, it gets all.
 */
const SET = `files=
while [ $# -gt 0 ]; do
  if [ ! -e "$1" ]; then
    echo "$1:none"
  else
    files="$files $1"
    [ "$3" = most ] && read -r is < "$1" && [ "$is" -le "$2" ] || echo "$2" > "$1"
  fi
  shift 3
done 2>/dev/null
[ -z "$files" ] || grep -H '' $files`;

/** Arms one machine; every check goes into the history. */
export async function arm(machine: Machine, history: History, trial: string, hungTaskTimeout_s: number): Promise<void> {
  const channel = await machine.manage();
  const all = settings(hungTaskTimeout_s);
  const asked = all.flatMap(({ file, value, most }) => [file, String(value), most === true ? 'most' : 'just']);
  const { stdout } = await channel.run(['sh', '-c', SET, 'sh', ...asked], { limit_s: COMMAND_LIMIT_S });
  // what stands behind the last end of a line is no line yet: the time was up, and a figure may be cut in two
  const lines = stdout.split('\n').slice(0, -1);
  for (const setting of all) {
    const line = lines.find((each) => each.startsWith(`${setting.file}:`));
    const is = line?.slice(setting.file.length + 1).split(/\s/)[0];
    history.write(trial, { k: 'armed', machine: machine.name, check: setting.check, ...outcome(setting, is) });
  }
  await proveConsole(machine, history, trial, 'console');
}

/** What it is worth that a file holds `is`: `none` where there is no such file, undefined where the machine did not say. */
function outcome({ file, value, most, why, harmless }: Setting, is: string | undefined): { ok: boolean; detail: string } {
  if (is === 'none' && harmless !== undefined) return { ok: true, detail: `this kernel has no ${file}: ${harmless}` };
  const good = is !== undefined && /^-?\d+$/.test(is) && (most === true ? Number(is) <= value : Number(is) === value);
  if (good) return { ok: true, detail: why };
  const instead =
    is === undefined ? 'the machine did not say what it is' : is === 'none' ? 'this kernel has no such setting' : `it is ${is}`;
  return { ok: false, detail: `${file} cannot be set to ${value}: ${instead}` };
}

/** Proves that what the kernel prints still reaches the detector, before the storm or after it (`check` names which). */
export async function proveConsole(machine: Machine, history: History, trial: string, check: ArmCheck): Promise<void> {
  const why = await machine.manage().then((channel) => consoleEchoes(machine, channel), explain);
  history.write(trial, {
    k: 'armed',
    machine: machine.name,
    check,
    ok: why === undefined,
    detail: why ?? 'a message to /dev/kmsg came back',
  });
}

/** Undefined, or why not. Level 6 (info) is the least of what the detector knows, and the message must come back as a line that it takes for the log's. */
async function consoleEchoes(machine: Machine, channel: Channel): Promise<string | undefined> {
  const word = `stormproof: armed ${randomBytes(6).toString('hex')}`;
  let text = '';
  let heard: (ok: boolean) => void = () => undefined;
  const echo = new Promise<boolean>((resolve) => {
    heard = resolve;
  });
  const stop = machine.console.subscribe((chunk) => {
    text = (text + chunk.toString('latin1')).slice(-20_000);
    const line = text.split(/[\r\n]+/).find((each) => each.includes(word));
    if (line !== undefined && createLineReader().read(line)?.certain === true) heard(true);
  });
  const timer = setTimeout(() => heard(false), ECHO_LIMIT_MS);
  try {
    await channel.run(['sh', '-c', `echo '<6>${word}' > /dev/kmsg`], { limit_s: COMMAND_LIMIT_S });
    return (await echo) ? undefined : `a message to /dev/kmsg did not come back in ${ECHO_LIMIT_MS / 1000} s`;
  } finally {
    clearTimeout(timer);
    stop();
  }
}
