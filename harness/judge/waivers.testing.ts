/** For tests: records of a trial in which nothing is wrong but what is added, and of a waiver. */
import { ARM_CHECKS, type KernelEvent, type Objective, PHASES } from '../../results/model.ts';
import type { Waiver } from '../../results/waiver.ts';

const BEGAN = '2026-11-26T23:30:00.000Z';
export const TITLE = 'WARNING in skb_release_head_state';

export const waiver = (change: Partial<Waiver> = {}, began = BEGAN): object => ({
  ...{ t: 0, trial: '', k: 'waiver', began, reason: 'fixed in 6.19', owner: 'ann', expires: '2026-12-31' },
  ...('pattern' in change ? {} : { title: TITLE }),
  ...change,
});
export const event = (change: Partial<KernelEvent> = {}, at = { t: 25, machine: 'head' }): object => ({
  ...{ ...at, k: 'event' },
  event: {
    ...{ id: 1, kind: 'warning', class: 'crash', severity: 'error', title: TITLE, line: 1, endLine: 1, byteOffset: 0, report: [] },
    ...change,
  },
});
const NO_EVENTS: Objective[] = [
  { kind: 'no_event', name: 'no_crash', classes: ['crash'] },
  { kind: 'no_event', name: 'no_hang', classes: ['hang'] },
  { kind: 'no_event', name: 'no_memory_failure', classes: ['memory'] },
];

/** A trial in which nothing is wrong but what is added: each phase lasts 10 s, the storm from 40 to 50. */
export function trial(
  more: readonly object[],
  { candidate = '6.1.0-56-cloud-amd64', objectives = NO_EVENTS, name = 't1', size = '1G' } = {},
): object[] {
  const about = {
    ...{ t: 0, k: 'trial', suite: 'io-storm', class: size, seed: 1, candidate, objectives, hungTaskTimeout_s: 5 },
    machines: [{ name: 'head', seat: 'head', probes: [] }],
    tolerance: { floor_ms: 10, hold_s: 3, limit_s: 30 },
  };
  const phases = PHASES.flatMap((phase, at) => [
    { t: 10 * at, k: 'phase', phase, state: 'begin' },
    { t: 10 * at + 10, k: 'phase', phase, state: 'end' },
  ]);
  const armed = ARM_CHECKS.map((check) => ({ t: 25, k: 'armed', machine: 'head', check, ok: true, detail: '' }));
  const all: { readonly t?: number }[] = [about, ...phases, ...armed, ...more];
  return all.toSorted(({ t: a = 0 }, { t: b = 0 }) => a - b).map((record) => ({ ...record, trial: name }));
}
