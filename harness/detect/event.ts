/** From a recognised line and the report under it to the event that is told. */
import type { KernelEvent } from '../../results/model.ts';
import { blame, functionName, isMachinery } from './frames.ts';
import type { Line } from './lines.ts';
import { panicText } from './panics.ts';
import type { Report } from './report.ts';
import type { Recognised } from './table.ts';

/** An event whose report may still grow. */
export interface Pending extends Recognised {
  readonly id: number;
  readonly line: Line;
  readonly time: number | undefined;
  readonly consequenceOf: number | undefined;
  readonly report: Report;
  /** the report that this panic cut short: the trace which the panic prints is its trace too */
  readonly cut: Pending | undefined;
}

/** What the header names, unless it only reports for somebody else; then the first frame that says something. */
export function functionOf({ row, groups, report }: Pending): string | undefined {
  const named = functionName(groups.function ?? '');
  if (named !== undefined && !isMachinery(named) && !(row.skip?.test(named) ?? false)) return named;
  return row.blame === undefined ? undefined : blame(report.messages, row.blame, row.skip);
}

/** `[ in {function}]` vanishes when no function is known. */
function fill(template: string, groups: Readonly<Record<string, string | undefined>>): string {
  return template
    .replaceAll(/\[([^\]]*)\]/g, (_, part: string) => ([...part.matchAll(/\{(\w+)\}/g)].every(([, key]) => groups[key ?? '']) ? part : ''))
    .replaceAll(/\{(\w+)\}/g, (_, key: string) => groups[key] ?? '')
    .trim();
}

function titleOf({ row, groups, report }: Pending, func: string | undefined): string {
  const detail = row.detail && report.messages.map((message) => row.detail?.exec(message)?.groups).find((found) => found !== undefined);
  const text = groups.text === undefined ? undefined : panicText(groups.text).title;
  return fill(row.title, { ...groups, ...detail, text, function: func });
}

export function toEvent(pending: Pending): KernelEvent {
  const { row, groups, report, line } = pending;
  const func = functionOf(pending);
  return {
    id: pending.id,
    kind: row.kind,
    class: row.class,
    severity: row.severity,
    title: titleOf(pending, func),
    altTitles: [],
    corrupted: false,
    ...(func === undefined ? {} : { function: func }),
    ...(groups.task === undefined ? {} : { task: groups.task }),
    ...(groups.pid === undefined ? {} : { pid: Number(groups.pid) }),
    ...(groups.seconds === undefined ? {} : { seconds: Number(groups.seconds) }),
    ...(pending.consequenceOf === undefined ? {} : { consequenceOf: pending.consequenceOf }),
    ...(pending.time === undefined ? {} : { time: pending.time }),
    line: line.number,
    endLine: report.endLine,
    byteOffset: line.byteOffset,
    report: report.messages,
  };
}
