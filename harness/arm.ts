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

/** Kernel settings that the detectors need: file below /proc/sys/kernel, the value wanted, and why. */
const settings = (hungTaskTimeout_s: number) =>
  [
    // the first of the four is the console's level: 7 shows all but debugging (kernel/printk/printk.c)
    { file: 'printk', value: 7, why: 'the console shows every message that the detector knows' },
    { file: 'hung_task_timeout_secs', value: hungTaskTimeout_s, why: 'the hung-task detector is on (CONFIG_DETECT_HUNG_TASK)' },
    { file: 'hung_task_warnings', value: -1, why: 'hung tasks are printed without limit' },
    { file: 'hung_task_panic', value: 0, why: 'a hung task is told and survived, so that its recovery can be seen' },
    { file: 'hung_task_check_interval_secs', value: 0, why: 'hung tasks are looked for once in each timeout' },
    // PID_MAX_LIMIT, the kernel's own default: all there can be
    { file: 'hung_task_check_count', value: 4_194_304, why: 'every task is looked at' },
    { file: 'soft_watchdog', value: 1, why: 'the soft-lockup detector is on (CONFIG_SOFTLOCKUP_DETECTOR)' },
    { file: 'watchdog_thresh', value: 10, why: 'a processor that is held up for 20 s is told of, as by default' },
  ] as const satisfies readonly { file: ArmCheck; value: number; why: string }[];

/** Arms one machine; every check goes into the history. */
export async function arm(machine: Machine, history: History, trial: string, hungTaskTimeout_s: number): Promise<void> {
  const tell = (check: ArmCheck, ok: boolean, detail: string) =>
    history.write(trial, { k: 'armed', machine: machine.name, check, ok, detail });
  const channel = await machine.manage();
  for (const { file, value, why } of settings(hungTaskTimeout_s)) {
    const path = `/proc/sys/kernel/${file}`;
    const { code, stdout } = await channel.run(['sh', '-c', `echo ${value} > ${path} && cat ${path}`], { limit_s: COMMAND_LIMIT_S });
    const ok = code === 0 && stdout.trim().split(/\s/)[0] === String(value);
    tell(file, ok, ok ? why : `${path} cannot be set to ${value}: ${stdout.trim() || 'this kernel has no such setting'}`);
  }
  await proveConsole(machine, history, trial, 'console');
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
