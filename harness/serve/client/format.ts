/** Figures, times and names in words. Pure. */
import type { LeftOut, Phase, Run, RunSummary, TrialState, Verdict } from '../protocol.ts';

/** `75` -> `1:15`; hours are told where there are any. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** How long something took: `8 s`, `4 min 31 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 100) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 100) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A latency: `0.82 ms`, `14 ms`, `5.2 s`. */
export function latency(ms: number): string {
  if (ms >= 1000) return `${digits(ms / 1000)} s`;
  return `${digits(ms)} ms`;
}

/** Two digits that count, three from 100 on: `0.82`, `14`, `5.2`, `312`. */
export function digits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 10) return String(Math.round(value));
  return value.toFixed(size >= 1 ? 1 : Math.min(6, 1 - Math.floor(Math.log10(size))));
}

/** A measured value with its unit: `4.2 s`, `98,218 packets/s`, `94 %` (of a share), `1.8 GiB`. */
export function measured(value: number, unit: string): string {
  if (unit === 'share') return `${digits(value * 100)} %`;
  if (unit === 'ms') return latency(value);
  if (unit === 'MiB' && value >= 1024) return `${digits(value / 1024)} GiB`;
  const text = Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : digits(value);
  return unit === '' ? text : `${text} ${unit}`;
}

/** `b` of `a`: `1.2 x`, `0.50 x`, `the same`. */
export function ratioText(ratio: number | null): string {
  if (ratio === null) return '';
  return Math.abs(ratio - 1) < 0.005 ? 'the same' : `${ratio >= 10 ? Math.round(ratio) : ratio.toFixed(2)} x`;
}

const DAY_ms = 24 * 3_600_000;

/** The day and the minute of an ISO time where the reader is; without the year where that is this one's. */
export function moment(iso: string, now = Date.now()): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime()) || time.getTime() === 0) return 'unknown';
  const recent = Math.abs(now - time.getTime()) < 300 * DAY_ms;
  return time.toLocaleString('en-GB', {
    ...{ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
    ...(recent ? {} : { year: 'numeric' }),
  });
}

/** Seconds from start to end; undefined for a run without one. */
export const tookOf = ({ started, finished }: Pick<RunSummary, 'started' | 'finished'>): number | undefined =>
  finished === null ? undefined : (Date.parse(finished) - Date.parse(started)) / 1000;

/** `4 pass, 1 fail`. */
export const countsText = (counts: Readonly<Partial<Record<Verdict, number>>>): string =>
  (['fail', 'unknown', 'pass', 'skip'] as const).flatMap((each) => (counts[each] ? [`${counts[each]} ${each}`] : [])).join(', ');

/** `1 crash or hang`; of a trial that passed, as where they were expected or waived, that they were no failure. */
export const faultsText = (faults: number, verdict: Verdict | null): string =>
  `${faults} ${faults === 1 ? 'crash or hang' : 'crashes or hangs'}${verdict === 'pass' ? ', no failure' : ''}`;

/** The kernels that a verdict is of, and those that they were only compared with. */
export function kernelsText(record: Pick<Run, 'candidates' | 'trials'> | null): string {
  const references = new Set(record?.trials.filter(({ reference }) => reference === true).map(({ candidate }) => candidate));
  const [own, compared] = [false, true].map((wanted) =>
    (record?.candidates ?? []).map(({ release }) => release).filter((release) => references.has(release) === wanted),
  ) as [string[], string[]];
  return [some(own), ...(compared.length === 0 ? [] : [`compared with ${some(compared)}`])].join(', ');
}

/** `6.1.0-56-cloud-amd64, 6.12.9 and 3 more`. */
export function some(names: readonly string[], most = 2): string {
  const rest = names.length - most;
  return rest <= 0 ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${rest} more`;
}

/** The address of a run's page. */
export const runPath = (id: string): string => `/runs/${encodeURIComponent(id)}`;

/** The address of a file of a run. */
export const filePath = (id: string, file: string): string =>
  `/api/runs/${encodeURIComponent(id)}/files/${file.split('/').map(encodeURIComponent).join('/')}`;

const PROBED: readonly (Phase | null)[] = ['baseline', 'storm', 'recovery'];

/** Whether probes are at work in a trial now: their silence means something only then. */
export const isProbed = ({ phase, ended }: Pick<TrialState, 'phase' | 'ended'>): boolean => ended === null && PROBED.includes(phase);

/** What of a trial is not shown, in a sentence; empty where everything is. `dropped`: its details made room for those of later trials. */
export function keptText({ marks, events, samples }: Omit<LeftOut, 'trials'>, dropped: boolean): string {
  if (dropped)
    return 'So many trials have come after this one that its curves, actions and events are not kept here: history.jsonl has them.';
  const parts = (
    [
      [marks, 'actions'],
      [events, 'events'],
      [samples, 'answers of probes'],
    ] as const
  ).flatMap(([count, what]) => (count > 0 ? [`${count.toLocaleString('en')} ${what}`] : []));
  return parts.length === 0 ? '' : `Too many to be shown: ${parts.join(', ')} more are in history.jsonl.`;
}
