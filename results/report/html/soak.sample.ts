/** Days of samples, for tests and benchmarks. */
import type { HistoryRecord } from '../../model.ts';
import type { RunContents } from './contents.ts';
import { HUNG, noise, PROBES, sampleConsole, sampleRun, sampleTrial, TYPICAL_MS } from './report.sample.ts';

/** A run with one soak of so many hours. */
export const soakRun = (hours: number): RunContents => ({
  run: sampleRun([sampleTrial({ name: 'soak', verdict: 'pass', reasons: [], recovery: [], seconds: hours * 3600 })], {
    verdict: 'pass',
    reasons: [],
  }),
  records: soakRecords(hours, 'soak'),
  consoleOf: () => undefined,
});

/** `hours` of a soak on a head and its tail, each of three probes asked ten times a second; every 20 minutes an outage of 5 s, and two events. */
function* soakRecords(hours: number, trial: string): Generator<HistoryRecord> {
  const to = hours * 3600;
  const machines = ['head', 'tenant'];
  yield {
    ...{ t: 0, trial, k: 'trial', suite: 'soak', class: '1G', seed: 7, candidate: 'a kernel', hungTaskTimeout_s: 120, objectives: [] },
    machines: machines.map((name) => ({ name, seat: 'head', probes: [...PROBES] })),
    tolerance: { floor_ms: 50, hold_s: 3, limit_s: 60 },
  };
  yield { t: 0, trial, k: 'phase', phase: 'storm', state: 'begin' };
  const random = noise(42);
  const { event } = sampleConsole(2, HUNG);
  for (let tick = 0; tick < to * 10; tick += 1) {
    const t = tick / 10;
    const into = t % 1200;
    if (into === 600) yield { t, trial, k: 'action', what: 'fault', name: 'link-cut', on: 'store', state: 'begin' };
    if (into === 605) yield { t, trial, k: 'action', what: 'fault', name: 'link-cut', on: 'store', state: 'end' };
    if (t === Math.floor(to / 3) || t === Math.floor((to * 2) / 3)) yield { t, trial, k: 'event', machine: 'head', event };
    for (const machine of machines)
      for (const probe of PROBES) {
        if (probe === 'storage' && into >= 600 && into < 605) continue;
        const ms = probe === 'storage' && into === 605 ? 5000 : TYPICAL_MS[probe] * (0.8 + random() + (random() > 0.999 ? 20 : 0));
        yield { t, trial, k: 'sample', probe, machine, ms: random() > 0.99999 ? null : Math.round(ms * 100) / 100 };
      }
  }
  yield { t: to, trial, k: 'phase', phase: 'storm', state: 'end' };
}
