/** The figures of a load curve as people write them, and what a goal's result says. For terminals and pictures alike. */
import type { Cliff, CurveLoad, GoalResult, Outcome, ProbeFigure, SystemRecovery } from '../curve.ts';

/** Short names of the probes, in the order in which they are shown. */
export const PROBE_NAMES: Readonly<Record<ProbeFigure, string>> = {
  network_p99_ms: 'network',
  storage_p99_ms: 'storage',
  management_p99_ms: 'mgmt',
  tenant_p99_ms: 'tenant',
};

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  ok: 'ok',
  loss: 'loss',
  objective: 'failed',
  event: 'event',
  died: 'died',
};

/** At most `digits` significant ones, without trailing zeros or an exponent. */
function significant(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}

const STEPS: readonly (readonly [number, string])[] = [
  [1e9, 'G/s'],
  [1e6, 'M/s'],
  [1e3, 'k/s'],
];

/** `120 k/s`, `1.45 M/s`, `950 /s`: three digits, as the search knows no more. */
export function rate(pps: number): string {
  const rounded = Number(pps.toPrecision(3));
  const [size, unit] = STEPS.find(([step]) => rounded >= step) ?? [1, '/s'];
  return `${significant(rounded / size, 3)} ${unit}`;
}

/** `0 %`, `0.5 %`, `<0.001 %`: two digits below 10 %. What is not nothing never becomes 0 %, nor what is not all 100 %. */
export function percent(share: number): string {
  if (share > 0 && share < 1e-5) return '<0.001 %';
  if (share > 0.99 && share < 1) return share < 0.999 ? `${(Math.floor(share * 1000) / 10).toFixed(1)} %` : '>99.9 %';
  return `${significant(share * 100, 2)} %`;
}

/** A figure of a trial in its unit: `120 k/s`, `0.5 %`, `4.32 s`, `340/s`; three digits. */
export function figureWords(value: number, unit: string): string {
  if (unit === 'packets/s') return rate(value);
  if (unit === 'share') return percent(value);
  return `${significant(value, 3)}${unit === '' || unit.startsWith('/') ? unit : ` ${unit}`}`;
}

/** `0.42 ms`, `12 ms`, `1.5 s`; `none` where there was no answer, `-` where nobody asked. */
export function latency(ms: number | null | undefined): string {
  if (ms === undefined) return '-';
  if (ms === null) return 'none';
  return ms >= 999.5 ? `${significant(ms / 1000, 2)} s` : `${significant(ms, ms >= 100 ? 3 : 2)} ms`;
}

/** The name of a goal, with its bound on the loss where the name hides that there is one: RFC 2544's throughput loses nothing. */
export function goalName({ goal, lossBound }: GoalResult): string {
  const bound = percent(lossBound ?? 0);
  return (lossBound ?? 0) === 0 || goal.includes(bound) ? goal : `${goal} (loss up to ${bound})`;
}

/** What the search found of a goal, without its name. */
export function goalText({ kind, pps, lower_pps, upper_pps, limit, why, inversion_pps }: GoalResult): string {
  const stated = pps === null ? '' : rate(pps);
  const inverted = inversion_pps === null ? '' : `; ${rate(inversion_pps)} passed nevertheless`;
  if (kind === 'found') return `${stated}${upper_pps === null ? '' : `, and not ${rate(upper_pps)}`}${inverted}`;
  if (kind === 'at least')
    return `at least ${stated}, ${limit === 'generator' ? 'all that the generator reached' : 'the highest load asked for'}`;
  if (kind === 'below') return `below ${stated}, the least load asked for${inverted}`;
  const between = [lower_pps === null ? '' : `above ${rate(lower_pps)}`, upper_pps === null ? '' : `below ${rate(upper_pps)}`].filter(
    (part) => part !== '',
  );
  return `unknown${between.length > 0 ? `, perhaps ${between.join(' and ')}` : ''}${why === undefined ? '' : `: ${why}`}`;
}

/** The load of a goal as short as it goes, for a mark: `98.2 k/s`, `≥ 200 k/s`, `< 1 k/s`, `unknown`. */
export function goalFigure({ kind, pps }: GoalResult): string {
  if (pps === null) return 'unknown';
  return `${kind === 'at least' ? '≥ ' : kind === 'below' ? '< ' : ''}${rate(pps)}`;
}

export function cliffText({ offered_pps, borne_pps, outcome, why }: Cliff): string {
  const reason = why === undefined ? OUTCOME_WORDS[outcome] : `${OUTCOME_WORDS[outcome]}: ${why}`;
  const borne = outcome === 'loss' ? 'lossless' : 'survived';
  return `cliff: ${borne_pps === null ? `no load was ${borne}` : `${borne} up to ${rate(borne_pps)}`}, at ${rate(offered_pps)} ${reason}`;
}

/** RFC 2544's system recovery: how long packets were still lost after an overload was halved; or why nobody knows. */
export function recoveryText({ overload_pps, relief_pps, seconds, why, drained_s, resolution_s }: SystemRecovery): string {
  if (why !== undefined) return `not measured: ${why}`;
  const relieved = `after ${rate(overload_pps)} fell to ${rate(relief_pps)}`;
  if (seconds === null) return `still losing packets when the watch ended, ${relieved}`;
  const drained = drained_s !== null && drained_s > seconds ? `, ${latency(drained_s * 1000)} until the queues were empty` : '';
  return `${latency(seconds * 1000)} ${relieved}${drained}${resolution_s > 0 ? ` (read every ${latency(resolution_s * 1000)})` : ''}`;
}

/** One load in one line, for those who cannot see the picture or point at it. */
export function loadText({ offered_pps, received_pps, lossRatio, softirqShare, probes, outcome, why, trials }: CurveLoad): string {
  const asked = (Object.keys(PROBE_NAMES) as ProbeFigure[]).filter((figure) => probes[figure] !== undefined);
  return [
    `${rate(offered_pps)} offered, ${rate(received_pps)} received, ${percent(lossRatio)} lost`,
    ...(softirqShare === null ? [] : [`softirq ${percent(softirqShare)}`]),
    ...asked.map((figure) => `${PROBE_NAMES[figure]} p99 ${latency(probes[figure])}`),
    `${OUTCOME_WORDS[outcome]}${why === undefined ? '' : `: ${why}`}${trials > 1 ? ` (${trials} trials)` : ''}`,
  ].join(', ');
}
