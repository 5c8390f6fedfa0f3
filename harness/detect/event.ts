/** From a recognised line and the report under it to the event that is told. */
import type { KernelEvent } from '../../results/model.ts';
import { ANY_TRACE_START, blame, functionName, isFrame, originOf, spellings, type Verdict, withoutLeftovers } from './frames.ts';
import type { Line } from './lines.ts';
import { isLastLine, type Report } from './report.ts';
import type { Recognised } from './table.ts';
import { fill, stable } from './title.ts';

/** An event whose report may still grow. */
export interface Pending extends Recognised {
  readonly id: number;
  readonly line: Line;
  readonly time: number | undefined;
  /** the host, in a log that holds those of several */
  readonly machine: string | undefined;
  readonly consequenceOf: number | undefined;
  readonly report: Report;
  /** the report that this panic cut short: the trace which the panic prints is its trace too */
  readonly cut: Pending | undefined;
}

/** `WARNING: … at FILE:LINE func+0x1/0x2` names its place; of two reports at once it is the header that tells them apart. */
const HEADER_PLACE = / at \S+:\d+ ([A-Za-z_]\w*)\+0x/;

function blamed({ row, groups, report }: Pending): Verdict {
  if (row.blame === undefined) return { culprit: undefined, whole: true };
  const named = groups.function ?? (row.blame === 'warning' ? HEADER_PLACE.exec(report.messages[0] ?? '')?.[1] : undefined);
  return blame(report.messages, row.blame, functionName(named ?? ''), row.skip);
}

/** The function to blame, as far as the report is known. */
export const functionOf = (pending: Pending): string | undefined => blamed(pending).culprit?.name;

/** What a title says in place of a function when no frame of the report says anything. */
const NAMELESS = { function: 'corrupted', origin: 'corrupted' } as const;

interface Titles {
  readonly title: string;
  readonly altTitles: readonly string[];
  readonly corrupted: boolean;
}

function titlesOf(pending: Pending, { culprit, whole }: Verdict): Titles {
  const { row, groups, report } = pending;
  const detail =
    row.detail &&
    report.messages
      .slice(1)
      .map((message) => row.detail?.exec(message))
      .find((found) => found != null);
  if (row.detail !== undefined && detail === undefined) {
    const title = row.cut === undefined ? headline(report.messages[0] ?? '') : fill(row.cut, groups);
    return { title: stable(title), altTitles: [], corrupted: true };
  }
  const origin = row.blame === 'origin' ? originOf(report.messages, row.skip) : undefined;
  // the titles of other classes hold names, such as a release or a driver, beside what the kernel wrote
  const isFault = row.class === 'crash' || row.class === 'hang';
  const text = groups.text === undefined || isFault ? groups.text : stable(groups.text);
  const named = (template: string, name: string | undefined): string => {
    const title = fill(template, { ...groups, ...detail?.groups, text: detail?.groups?.text ?? text, origin, function: name }, NAMELESS);
    return isFault ? stable(title) : title;
  };
  const title = named(row.title, culprit?.name);
  // the same bug may be known under the names that the function has on other architectures
  const names = culprit === undefined ? [undefined] : [culprit.name, ...spellings(culprit.raw)];
  const others = names.flatMap((name) => [row.title, ...(row.alt ?? [])].map((template) => named(template, name)));
  const nameless = culprit === undefined && row.title.replaceAll(/\[[^\]]*\]/g, '').includes('{function}');
  return {
    title,
    altTitles: [...new Set(others)].filter((other) => other !== title),
    corrupted: nameless || !whole || !isWhole(pending) || /\[ *\d+\.\d+\]/.test(title),
  };
}

/** A header without what stands before its first word in capitals. */
const headline = (message: string): string => /(?:BUG|WARNING|INFO): .*/.exec(message)?.[0] ?? message;

/** riscv prints a stack under its registers only in some cases (show_regs() in arch/riscv/kernel/process.c). */
const RISCV_STACK = /^status: /;
/** How many lines below its heading a trace must begin. */
const FRAME_WITHIN_LINES = 15;

/** Whether nothing of the report is missing: what it only ends came before it, and under each heading of a trace stands one. */
function isWhole({ row, consequenceOf, report }: Pending): boolean {
  if (row.ending === true && consequenceOf === undefined) return false;
  if (row.blame === undefined || row.traceless === true) return true;
  // after an oops it needs no trace of its own (oops_end() in arch/x86/kernel/dumpstack.c)
  if (row.kind === 'panic' && consequenceOf !== undefined) return true;
  const messages = withoutLeftovers(report.messages);
  // it reached its end, though the unwinder trusted few of its frames or none
  if (report.messages.some(isLastLine) && messages.length < report.messages.length) return true;
  const headings = new Map<string, number>();
  messages.forEach((message, at) => {
    const heading = ANY_TRACE_START.exec(message)?.[0].replaceAll(/\d+/g, '');
    if (heading !== undefined && !headings.has(heading)) headings.set(heading, at);
  });
  return (
    headings.size > 0 &&
    [...headings].every(([heading, at]) => RISCV_STACK.test(heading) || hasFrame(messages.slice(at + 1, at + 1 + FRAME_WITHIN_LINES)))
  );
}

function hasFrame(messages: readonly string[]): boolean {
  const next = messages.findIndex((message) => ANY_TRACE_START.test(message));
  return messages
    .slice(0, next === -1 ? undefined : next)
    .some((message) => isFrame(message) || message.includes('(stack is not available)'));
}

/** `CPU: 0 UID: 0 PID: 12 Comm: foo Not tainted` (dump_stack_print_info() in lib/dump_stack.c), before 3.10 `Pid: 12, comm: foo` */
const TASK =
  /^(?:CPU: \d+ (?:UID: \d+ )?PID: (?<pid>\d+) Comm: |Pid: (?<pid>\d+), comm: )(?<task>.{1,64}?),? (?:Not tainted|Tainted|Kdump)/;
/** print_tainted() in kernel/panic.c: letters, each in its place */
const TAINTS = /\bTainted: (?<letters>[A-Z](?: *[A-Z])*)(?= |$)/;
const MODULES = /^Modules linked in:(?<names>.*)/;

const firstMatch = (messages: readonly string[], pattern: RegExp): Readonly<Record<string, string>> | undefined =>
  messages.map((message) => pattern.exec(message)?.groups).find((groups) => groups !== undefined);

export function toEvent(pending: Pending): KernelEvent {
  const { row, groups, report, line } = pending;
  const verdict = blamed(pending);
  const { title, altTitles, corrupted } = titlesOf(pending, verdict);
  const func = verdict.culprit?.name;
  const { task, pid } =
    groups.pid !== undefined && groups.task !== undefined ? groups : { ...groups, ...firstMatch(report.messages, TASK) };
  const taints = firstMatch(report.messages, TAINTS)?.letters?.replaceAll(' ', '');
  const modules = firstMatch(report.messages, MODULES)
    ?.names?.replace(/\[.*/, '')
    .match(/[\w-]+(?=\s|\(|$)/g);
  return {
    id: pending.id,
    kind: row.kind,
    class: row.class,
    severity: row.severity,
    title,
    altTitles: [...altTitles],
    corrupted,
    ...(func === undefined ? {} : { function: func }),
    ...(task === undefined ? {} : { task }),
    ...(pid === undefined ? {} : { pid: Number(pid) }),
    ...(groups.seconds === undefined ? {} : { seconds: Number(groups.seconds) }),
    ...(pending.consequenceOf === undefined ? {} : { consequenceOf: pending.consequenceOf }),
    ...(taints === undefined ? {} : { taints }),
    ...(modules == null ? {} : { modules: [...modules] }),
    ...(pending.machine === undefined ? {} : { machine: pending.machine }),
    ...(pending.time === undefined ? {} : { time: pending.time }),
    line: line.number,
    endLine: report.endLine,
    byteOffset: line.byteOffset,
    report: report.messages,
  };
}
