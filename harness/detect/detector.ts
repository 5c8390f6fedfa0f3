/**
 * Console bytes to events, synchronously and in a stream: `push` what arrives, `flush` when the text has paused, `end` at the end.
 * Memory is bounded whatever comes in: lines, reports, open reports and withheld events all have limits.
 */
import type { KernelEvent } from '../../results/model.ts';
import { functionOf, type Pending, toEvent } from './event.ts';
import { createLineAssembler, type Line } from './lines.ts';
import { causeOf, type Past } from './links.ts';
import { type KernelLine, parsePlain, parseStamped } from './prefix.ts';
import { addTo, isLastLine, openReport } from './report.ts';
import { type Recognised, type Row, recognise } from './table.ts';

export interface DetectorOptions {
  /**
   * `true` (the default): only lines with a timestamp are the kernel's, as on a console with printk.time=1, so that no program can raise an
   * alarm by printing. `false`: every line may be. `'auto'`: like `true` if a timestamp stands anywhere in the log, else like `false`;
   * events of a log without any are therefore withheld until `end`, or until AUTO_LIMIT_BYTES have passed without one.
   */
  readonly requireTimestamp?: boolean | 'auto';
}

export interface Detector {
  /** The events whose reports are complete with this chunk. */
  push(chunk: Buffer): KernelEvent[];
  /** The events whose reports are still open, as they stand. To be called when the text has paused for a second or so. */
  flush(): KernelEvent[];
  /** The last line and all open reports. */
  end(): KernelEvent[];
  /** False: not one line was the kernel's, so that the absence of events proves nothing. */
  readonly seenKernel: boolean;
  readonly bytes: number;
  readonly lines: number;
}

const AUTO_LIMIT_BYTES = 1024 * 1024;
/** Several CPUs may die at once; their lines are told apart where the kernel prints the caller. */
const OPEN_LIMIT = 16;

export function createDetector(options: DetectorOptions = {}): Detector {
  const assembler = createLineAssembler();
  let mode = options.requireTimestamp ?? true;
  let seenKernel = false;
  let nextId = 1;
  let boots = 0;
  const past: Past = new Map();
  const pending = new Map<string, Pending>();
  let ready: KernelEvent[] = [];

  const emit = (open: Pending): void => {
    if (open.cut !== undefined) ready.push(toEvent(open.cut));
    ready.push(toEvent(open));
  };

  const closeAll = (): void => {
    for (const open of pending.values()) emit(open);
    pending.clear();
  };

  const close = (caller: string): void => {
    const open = pending.get(caller);
    if (open === undefined) return;
    pending.delete(caller);
    emit(open);
  };

  const open = (caller: string, found: Recognised, line: Line, kernel: KernelLine): void => {
    const current = pending.get(caller);
    const consequenceOf = causeOf(found, kernel.time, past);
    const event: Pending = {
      ...found,
      id: nextId++,
      line,
      time: kernel.time,
      consequenceOf,
      cut: found.row.kind === 'panic' && current?.id === consequenceOf && current?.report.sawTrace === false ? current : undefined,
      report: openReport(kernel.message, line.number),
    };
    past.set(found.row.kind, event);
    if (found.row.body === 'line') {
      ready.push(toEvent(event));
      return;
    }
    if (event.cut === undefined) close(caller);
    if (pending.size >= OPEN_LIMIT) closeAll();
    pending.set(caller, event);
  };

  const boot = (found: Recognised, line: Line, kernel: KernelLine): void => {
    closeAll();
    boots += 1;
    open('', boots === 1 ? found : { row: RESTART, groups: found.groups }, line, kernel);
    past.clear();
  };

  const onMessage = (line: Line, kernel: KernelLine): void => {
    const caller = kernel.caller ?? '';
    const current = pending.get(caller);
    const found = recognise(kernel.message);
    if (found !== undefined) seenKernel = true;
    const continues = found !== undefined && current !== undefined && (found.row.continues?.includes(current.row.kind) ?? false);
    if (found !== undefined && !continues) {
      if (found.row.kind === 'boot') boot(found, line, kernel);
      else open(caller, found, line, kernel);
      return;
    }
    if (current === undefined) return;
    if (current.cut !== undefined) addTo(current.cut.report, kernel.message, line.number, () => false);
    const belongs = addTo(current.report, kernel.message, line.number, () => functionOf(current) !== undefined);
    if (!belongs || isLastLine(kernel.message)) close(caller);
  };

  /** `auto` is decided: the log has timestamps, so that nothing before this line was certain to be the kernel's. */
  const discardPlain = (): void => {
    mode = true;
    seenKernel = false;
    nextId = 1;
    boots = 0;
    past.clear();
    pending.clear();
    ready = [];
  };

  const onLine = (line: Line): void => {
    const stamped = parseStamped(line.text);
    if (stamped !== undefined) {
      if (mode === 'auto') discardPlain();
      if (stamped.fromUserspace) return;
      seenKernel = true;
      onMessage(line, stamped);
    } else if (mode !== true) {
      if (mode === 'auto' && line.byteOffset >= AUTO_LIMIT_BYTES) mode = false;
      const plain = parsePlain(line.text);
      if (plain.marked) seenKernel = true;
      if (!plain.fromUserspace) onMessage(line, plain);
    }
  };

  const takeReady = (): KernelEvent[] => {
    if (mode === 'auto') return [];
    const events = ready;
    ready = [];
    return events;
  };

  return {
    push(chunk) {
      assembler.push(chunk, onLine);
      return takeReady();
    },
    flush() {
      if (mode !== 'auto') closeAll();
      return takeReady();
    },
    end() {
      assembler.end(onLine);
      if (mode === 'auto') mode = false;
      closeAll();
      return takeReady();
    },
    get seenKernel() {
      return seenKernel;
    },
    get bytes() {
      return assembler.bytes;
    },
    get lines() {
      return assembler.lines;
    },
  };
}

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
