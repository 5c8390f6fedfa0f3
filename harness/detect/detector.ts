/**
 * Console bytes to events, synchronously and in a stream: `push` what arrives, `flush` when the text has paused, `end` at the end.
 * Memory is bounded whatever comes in: lines, reports, open reports and withheld events all have limits.
 */
import type { KernelEvent } from '../../results/model.ts';
import { functionOf, type Pending, toEvent } from './event.ts';
import { createLineAssembler, type Line } from './lines.ts';
import { causeOf, type Past } from './links.ts';
import { literalsOf } from './literals.ts';
import { createLineReader, type KernelLine } from './prefix.ts';
import { addTo, isLastLine, openReport } from './report.ts';
import { createSieve } from './sieve.ts';
import { type Recognised, type Row, recognise, recogniseProgram, TABLE } from './table.ts';

export interface DetectorOptions {
  /**
   * `true` (the default): only lines with a timestamp are the kernel's, as on a console with printk.time=1, so that no program can raise an
   * alarm by printing. `false`: every line may be. `'auto'`: like `true` if a timestamp stands anywhere in the log, else like `false`;
   * events of a log without any are therefore withheld until `flush` or `end`, or until AUTO_LIMIT_BYTES have passed without one.
   */
  readonly requireTimestamp?: boolean | 'auto';
}

export interface Detector {
  /** The events whose reports are complete with this chunk. */
  push(chunk: Buffer): KernelEvent[];
  /**
   * The events whose reports are still open, as they stand: `settled` only those in which the function is known already. To be called when the
   * text has paused; what a report still says after that is not told again.
   */
  flush(which?: 'all' | 'settled'): KernelEvent[];
  /** The last line and all open reports. */
  end(): KernelEvent[];
  /** False: not one line was the kernel's, so that the absence of events proves nothing. */
  readonly seenKernel: boolean;
  /** reports that are still open, or withheld until the log has shown what it is */
  readonly unfinished: number;
  readonly bytes: number;
  readonly lines: number;
}

/** Finds the lines that some row of the table may match. */
const SIEVE = createSieve(TABLE.flatMap(({ pattern }) => literalsOf(pattern)));

const AUTO_LIMIT_BYTES = 1024 * 1024;
/** Several CPUs may die at once; their lines are told apart where the kernel prints the caller. */
const OPEN_LIMIT = 16;

/** One log may hold several hosts'. */
const HOST_LIMIT = 256;

interface Host {
  readonly past: Past;
  boots: number;
}

export function createDetector(options: DetectorOptions = {}): Detector {
  const assembler = createLineAssembler(SIEVE);
  const reader = createLineReader();
  let mode = options.requireTimestamp ?? true;
  let seenKernel = false;
  let nextId = 1;
  const hosts = new Map<string, Host>();
  const pending = new Map<string, Pending>();
  /** told before they were over, because the text had paused: what continues them is no event either */
  const told = new Map<string, Pending>();
  let ready: KernelEvent[] = [];

  const hostOf = ({ machine = '' }: KernelLine): Host => {
    const known = hosts.get(machine);
    if (known !== undefined) return known;
    if (hosts.size >= HOST_LIMIT) hosts.clear();
    const host = { past: new Map(), boots: 0 };
    hosts.set(machine, host);
    return host;
  };

  const emit = (open: Pending): void => {
    if (open.cut !== undefined) emit(open.cut);
    ready.push(toEvent(open));
  };

  const closeAll = (only: (open: Pending) => boolean = () => true): void => {
    for (const [caller, open] of pending) {
      if (!only(open)) continue;
      pending.delete(caller);
      emit(open);
    }
  };

  const close = (caller: string): void => {
    const open = pending.get(caller);
    if (open === undefined) return;
    pending.delete(caller);
    emit(open);
  };

  const open = (caller: string, found: Recognised, line: Line, kernel: KernelLine): void => {
    const current = pending.get(caller);
    const { past } = hostOf(kernel);
    const consequenceOf = causeOf(found, kernel.time, past);
    const event: Pending = {
      ...found,
      id: nextId++,
      line,
      time: kernel.time,
      machine: kernel.machine,
      consequenceOf,
      cut: current !== undefined && isCutBy(current, found, kernel) ? current : undefined,
      report: openReport(kernel.message, line.number),
    };
    past.set(found.row.kind, event);
    told.delete(caller);
    if (found.row.body === 'line') {
      ready.push(toEvent(event));
      return;
    }
    if (event.cut === undefined) close(caller);
    if (pending.size >= OPEN_LIMIT) closeAll();
    pending.set(caller, event);
  };

  const boot = (caller: string, found: Recognised, line: Line, kernel: KernelLine): void => {
    closeAll(({ machine }) => machine === kernel.machine);
    told.clear();
    const host = hostOf(kernel);
    host.boots += 1;
    open(caller, host.boots === 1 ? found : { row: RESTART, groups: found.groups }, line, kernel);
    host.past.clear();
  };

  const onMessage = (line: Line, kernel: KernelLine): void => {
    const caller = `${kernel.machine ?? ''} ${kernel.caller ?? ''}`;
    const current = pending.get(caller);
    const found = recognise(kernel.message, kernel.certain);
    if (found !== undefined) seenKernel = true;
    const before = current ?? told.get(caller);
    const continues = found !== undefined && before !== undefined && (found.row.continues?.includes(before.row.kind) ?? false);
    if (found !== undefined && !continues) {
      if (found.row.kind === 'boot') boot(caller, found, line, kernel);
      else open(caller, found, line, kernel);
      return;
    }
    if (current === undefined) return;
    for (let cut = current.cut; cut !== undefined; cut = cut.cut) addTo(cut.report, kernel.message, line.number, () => false);
    const belongs = addTo(current.report, kernel.message, line.number, () => functionOf(current) !== undefined);
    if (!belongs || isLastLine(kernel.message)) close(caller);
  };

  const onProgram = (line: Line, kernel: KernelLine): void => {
    const found = recogniseProgram(kernel.message);
    if (found !== undefined) open(found.row.kind, found, line, kernel);
  };

  /** `auto` is decided: the log has timestamps, so that nothing before this line was certain to be the kernel's. */
  const discardPlain = (): void => {
    mode = true;
    seenKernel = false;
    nextId = 1;
    hosts.clear();
    pending.clear();
    told.clear();
    ready = [];
  };

  const onLine = (line: Line): void => {
    const kernel = reader.read(line.text);
    if (kernel === undefined) return;
    if (kernel.fromUserspace || (mode === true && !kernel.certain)) onProgram(line, kernel);
    if (mode === true && !kernel.certain) return;
    if (kernel.certain) {
      if (mode === 'auto') discardPlain();
      if (options.requireTimestamp === 'auto') mode = true;
      if (!kernel.fromUserspace) seenKernel = true;
    } else if (mode === 'auto' && line.byteOffset >= AUTO_LIMIT_BYTES) mode = false;
    if (kernel.lost !== undefined) open(LOST.kind, { row: LOST, groups: { lost: String(kernel.lost) } }, line, kernel);
    if (!kernel.fromUserspace) onMessage(line, kernel);
    if (kernel.rest !== undefined) onLine({ ...line, text: kernel.rest });
  };

  const receiver = {
    onLine,
    maySkip: () => mode === (options.requireTimestamp !== false) && seenKernel && pending.size === 0 && !reader.numbered,
  };

  const takeReady = (): KernelEvent[] => {
    if (mode === 'auto') return [];
    const events = ready;
    ready = [];
    return events;
  };

  return {
    push(chunk) {
      assembler.push(chunk, receiver);
      return takeReady();
    },
    flush(which = 'all') {
      // nobody can wait any longer for a timestamp; one that comes later will decide from then on
      if (which === 'all' && mode === 'auto' && pending.size + ready.length > 0) mode = false;
      if (told.size > OPEN_LIMIT) told.clear();
      for (const [caller, open] of pending) told.set(caller, open);
      closeAll(which === 'all' ? undefined : (open) => functionOf(open) !== undefined);
      for (const caller of pending.keys()) told.delete(caller);
      return takeReady();
    },
    end() {
      assembler.end(receiver);
      if (mode === 'auto') mode = false;
      closeAll();
      return takeReady();
    },
    get seenKernel() {
      return seenKernel;
    },
    get unfinished() {
      return pending.size + (mode === 'auto' ? ready.length : 0);
    },
    get bytes() {
      return assembler.bytes;
    },
    get lines() {
      return assembler.lines;
    },
  };
}

/** Reports cut short by one another; more of them are a defect of the log, not of the kernel. */
const CUT_LIMIT = 4;

/**
 * Whether a report without a trace goes on under this header: a panic prints the trace of its cause, and where the caller is known, whatever
 * the same caller prints belongs to both.
 */
function isCutBy(current: Pending, { row }: Recognised, { caller }: KernelLine): boolean {
  let depth = 1;
  for (let cut = current.cut; cut !== undefined; cut = cut.cut) depth += 1;
  return !current.report.sawTrace && depth < CUT_LIMIT && (row.kind === 'panic' || caller !== undefined);
}

/** Records are numbered in /dev/kmsg; what the kernel said in those that are missing nobody knows. */
const LOST: Row = {
  kind: 'log_gap',
  class: 'lifecycle',
  severity: 'warning',
  pattern: /^$/,
  title: 'kernel messages were lost',
  body: 'line',
};

/** A boot banner that is not the first: whatever the kernel said before, it went down. */
const RESTART: Row = {
  kind: 'restart',
  class: 'lifecycle',
  severity: 'warning',
  pattern: /^Linux version/,
  title: 'Linux version {release} (booted again)',
  body: 'line',
  follows: ['panic', 'restart'],
};
