/**
 * How much of this machine's processors others take from a run: other programs, and whoever shares the machine that this one is a virtual
 * machine of. What a run's own machines take from each other is part of what is tried, and does not count. Processor times are those of proc(5),
 * /proc/stat and /proc/PID/stat.
 */
import { readFileSync } from 'node:fs';
import type { Contention } from '../../results/model.ts';
import { familyOf, processes } from '../processes.ts';
import { eachSecond } from './each-second.ts';

/** kthreadd, of which all threads of the kernel descend: what they do, they do for a run as well as for others. */
const KTHREADD = 2;
/** Where so much of all processors is idle, whoever wants one gets it. */
const ENOUGH_IDLE = 0.1;
/** Less is the noise of any machine. */
const LEAST_TOLD = 0.05;
/** A look that is so late was not held up by others: this process was stopped itself, by Ctrl-Z or by a terminal that took no more of its output. */
const STOPPED_S = 2.5;

/** Processor times since some moment, in clock ticks of all processors together. */
export interface ProcessorTimes {
  readonly total: number;
  readonly idle: number;
  /** what programs ran, without interrupts */
  readonly programs: number;
  /** what the hypervisor gave to others */
  readonly stolen: number;
  /** what the run and all that it started ran */
  readonly own: number;
  readonly kernel: number;
}

/** The share of all processor time between two readings, 0 to 1, that others took while none was left idle; 0 where some was. */
export function contention(before: ProcessorTimes, after: ProcessorTimes): number {
  const grown = (of: keyof ProcessorTimes) => Math.max(0, after[of] - before[of]);
  const total = grown('total');
  if (total === 0 || grown('idle') >= ENOUGH_IDLE * total) return 0;
  const others = Math.max(0, grown('programs') - grown('own') - grown('kernel'));
  return Math.min(1, (others + grown('stolen')) / total);
}

/** Now, for the run that process `leader` leads. Throws where there is no /proc. */
export function readTimes(leader = process.pid): ProcessorTimes {
  const [user, nice, system, idle, iowait, irq, softirq, stolen] = (/^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1] ?? '')
    .split(' ')
    .map(Number) as [number, number, number, number, number, number, number, number];
  const all = processes();
  const sum = (root: number) => familyOf(all, ({ pid }) => pid === root).reduce((ticks, { cpu_ticks }) => ticks + cpu_ticks, 0);
  const programs = user + nice + system;
  const total = programs + idle + iowait + irq + softirq + stolen;
  return { total, idle: idle + iowait, programs, stolen, own: sum(leader), kernel: sum(KTHREADD) };
}

/** Tells each second from now on what others took, where that is of note; `fault` where it cannot look. */
export function watchContention(tell: (told: Contention) => void, fault: (error: Error) => void): Disposable {
  let [from_ms, before] = [performance.now(), readTimes()];
  return eachSecond(() => {
    const [to_ms, after] = [performance.now(), readTimes()];
    const for_s = (to_ms - from_ms) / 1000;
    const others = contention(before, after);
    if (for_s >= STOPPED_S) tell({ for_s, others: 1, stopped: true });
    else if (others >= LEAST_TOLD) tell({ for_s, others });
    [from_ms, before] = [to_ms, after];
  }, fault);
}
