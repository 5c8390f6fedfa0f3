import { describe, expect, it } from 'vitest';
import { HistoryRecord, PHASES } from '../../results/model.ts';
import type { OutageSearchPlan } from '../../results/outage.ts';
import { evidenceOf, type Of } from './evidence.ts';
import { cutOffOf, outagesOf } from './outages.ts';

type Entry = { readonly t: number; readonly k: string } & Readonly<Record<string, unknown>>;

const PLAN: OutageSearchPlan = { least_s: 1, most_s: 10, resolution: 0.5, repeats: 1, mostTrials: 9, budget_s: 900 };
const ABOUT = {
  t: 0,
  k: 'trial',
  suite: 'storage-cutoff',
  class: '1G',
  seed: 1,
  candidate: 'x',
  machines: [
    { name: 'one', seat: 'tenant', probes: ['storage'] },
    { name: 'two', seat: 'tenant', probes: ['storage'] },
  ],
  objectives: [],
  tolerance: { floor_ms: 50, hold_s: 3, limit_s: 30 },
  hungTaskTimeout_s: 10,
};
/** The storm from 10 to 60, recovery until 80. */
const TIMES = [0, 1, 2, 3, 10, 60, 80, 82, 85] as const;
const phases = PHASES.flatMap((phase, index): Entry[] => [
  { t: TIMES[index] as number, k: 'phase', phase, state: 'begin' },
  { t: TIMES[index + 1] ?? 90, k: 'phase', phase, state: 'end' },
]);
const fault = (from: number, to: number, more: object = {}): Entry[] => [
  {
    t: from,
    k: 'action',
    what: 'fault',
    name: 'link-cut',
    on: 'store',
    state: 'begin',
    figures: { asked_s: Math.round((to - from) * 10) / 10 },
    ...more,
  },
  { t: to, k: 'action', what: 'fault', name: 'link-cut', on: 'store', state: 'end', ...more },
];
/** Samples of a machine's storage ten times a second, without an answer in these stretches. */
const samples = (machine: string, silent: readonly (readonly [number, number])[] = []): Entry[] =>
  Array.from({ length: 770 }, (_, step): Entry => {
    const t = 3 + step / 10;
    return { t, k: 'sample', probe: 'storage', machine, ms: silent.some(([from, to]) => t > from && t <= to) ? null : 5 };
  });
let ids = 0;
const event = (t: number, machine: string, kind: string, more: object = {}): Entry => {
  ids += 1;
  const base = { id: ids, kind, class: 'storage', severity: 'error', title: kind, line: 1, endLine: 1, byteOffset: 0, report: [] };
  return { t, k: 'event', machine, event: { ...base, ...more } };
};
const reset = (t: number, machine: string, how: string): Entry[] => [
  { t, k: 'action', what: 'reset', name: 'reset', on: machine, state: 'begin' },
  { t: t + 2, k: 'recovered', machine, how },
];

function evidence(entries: readonly Entry[], about: object = {}) {
  const records = [{ ...ABOUT, ...about }, ...phases, ...entries]
    .toSorted((a, b) => a.t - b.t)
    .map((record) => HistoryRecord.parse({ trial: 't', ...record }));
  return evidenceOf(records[0] as Of<'trial'>, records);
}

describe('what became of hosts in an outage', () => {
  it('is how long storage stood still, and when it was steady again, for each of them', () => {
    const entries = [...fault(20, 25), ...samples('one', [[20, 26.5]]), ...samples('two', [[20, 25.2]])];
    const [outage] = outagesOf(evidence(entries));
    expect(outage).toMatchObject({ fault: 'link-cut', begin: 20, asked_s: 5, seconds: 5 });
    expect(outage?.hosts).toMatchObject([
      { machine: 'one', how: 'self', hungTasks: 0, errors: 0, readOnly: false, disconnects: 0 },
      { machine: 'two', how: 'self', recovery_s: { storage: 0.3 } },
    ]);
    expect(outage?.hosts[0]?.stall_s).toBeCloseTo(6.6, 1);
    expect(outage?.hosts[0]?.recovery_s.storage).toBeCloseTo(1.6, 5);
  });

  it('is kept apart for each outage, and one for the tails of all', () => {
    const both = [...fault(20, 25, { on: 'one', name: 'tail' }), ...fault(20.1, 25.2, { on: 'two', name: 'tail' })];
    const entries = [...both, ...fault(40, 42), event(23, 'one', 'hung_task', { class: 'hang' }), event(41, 'one', 'io_error')];
    const outages = outagesOf(evidence([...entries, ...samples('one'), ...samples('two')]));
    expect(outages.map(({ fault: name, seconds, hosts }) => [name, seconds, hosts[0]?.hungTasks, hosts[0]?.errors])).toEqual([
      ['tail', 5.2, 1, 0],
      ['link-cut', 2, 0, 1],
    ]);
  });

  it('counts what a kernel says of the last outage only later', () => {
    const entries = [...fault(20, 25), ...samples('one'), ...samples('two'), event(84, 'one', 'hung_task', { class: 'hang' })];
    expect(outagesOf(evidence(entries))[0]?.hosts.map(({ hungTasks }) => hungTasks)).toEqual([1, 0]);
  });

  it.each([
    ['the nbd timeout', ['nbd_timeout', 'io_error', 'journal_abort'], 'nbd timeout'],
    ['the connection', ['nbd_dead', 'io_error'], 'connection'],
    ['the disk', ['hung_task', 'io_error', 'fs_error'], 'disk'],
    ['the file system', ['journal_abort'], 'file system'],
  ])('names who gave up first: %s', (_what, kinds, layer) => {
    const events = kinds.map((kind, index) => event(22 + index, 'one', kind));
    const [outage] = outagesOf(evidence([...fault(20, 25), ...events, ...samples('one'), ...samples('two')]));
    const [one, two] = outage?.hosts ?? [];
    expect(one?.gaveUp).toMatchObject({ layer });
    expect(one?.gaveUp?.after_s).toBe(kinds[0] === 'hung_task' ? 3 : 2);
    expect(one?.readOnly).toBe(kinds.includes('journal_abort'));
    expect(two?.gaveUp).toBeUndefined();
  });

  it('is told by the kernel where that crashed', () => {
    const entries = [...fault(20, 25), event(21, 'one', 'panic', { class: 'crash' }), ...samples('one'), ...samples('two')];
    expect(outagesOf(evidence(entries))[0]?.hosts[0]?.gaveUp?.layer).toBe('kernel');
  });

  it('is no recovery where a host had to be reset, whatever its probes said, and none where it stayed away', () => {
    const entries = [...fault(20, 25), ...reset(30, 'one', 'after reset'), ...samples('one'), ...samples('two', [[20, 80]])];
    expect(outagesOf(evidence(entries))[0]?.hosts.map(({ how, recovery_s }) => [how, recovery_s.storage])).toEqual([
      ['after reset', 0],
      [null, null],
    ]);
    expect(outagesOf(evidence([...fault(20, 25), ...reset(30, 'one', 'not recovered')]))[0]?.hosts[0]?.how).toBe('not recovered');
  });

  it('is not known of an outage that was never seen to end', () => {
    const [outage] = outagesOf(evidence([...fault(20, 25).slice(0, 1), ...samples('one'), ...samples('two')]));
    expect(outage).toMatchObject({ seconds: null, hosts: [{ how: null, recovery_s: { storage: null } }, {}] });
  });

  it("has the tail's own word beside it, where that is told", () => {
    const reply = { t: 79, k: 'firstReply', machine: 'one', healed: 25, at: 25.123 };
    const [outage] = outagesOf(evidence([...fault(20, 25), ...samples('one'), ...samples('two'), reply]));
    expect(outage?.hosts.map(({ firstReply_s }) => firstReply_s)).toEqual([0.123, undefined]);
  });

  it('is nothing for a trial without faults', () => {
    expect(outagesOf(evidence([...samples('one')]))).toEqual([]);
  });
});

describe('the cut-off point', () => {
  const searched = (entries: readonly Entry[], plan = PLAN) => {
    const found = evidence([...entries, ...samples('one'), ...samples('two')], { outageSearch: plan });
    return cutOffOf(found, outagesOf(found));
  };

  it('is the longest outage that all hosts came back from, and who gave up in the shortest that was too long', () => {
    const dead = [event(21, 'two', 'nbd_timeout', { title: 'nbd: Connection timed out' }), ...reset(31, 'two', 'after reset')];
    const entries = [
      ...fault(20, 30),
      ...dead,
      ...fault(40, 41),
      ...fault(45, 48.2),
      ...fault(55, 60.7),
      ...reset(63, 'one', 'after reset'),
    ];
    // 10 s is too long, 1 s is borne, then 3.2 s, then 5.7 s is not; 3.2 s again would be next: it was borne once, as the plan asks
    expect(searched(entries, { ...PLAN, resolution: 0.8 })).toEqual({
      kind: 'found',
      borne_s: 3.2,
      times: 1,
      notBorne_s: 5.7,
      gaveUp: [{ machine: 'one', layer: null, title: 'nothing was said' }],
    });
  });

  it('is at least, below, or not known, where the search ended so', () => {
    expect(searched(fault(20, 30))).toMatchObject({ kind: 'at least', borne_s: 10, times: 1, notBorne_s: null });
    const nothing = [...fault(20, 30), ...reset(31, 'one', 'after reset'), ...fault(40, 41), ...reset(43, 'one', 'after reset')];
    expect(searched(nothing)).toMatchObject({ kind: 'below', borne_s: null, notBorne_s: 1 });
    expect(searched([...fault(20, 30), ...reset(31, 'one', 'after reset')])).toMatchObject({ kind: 'unknown', why: /after 1 outage/ });
  });

  it('is asked for by a search alone', () => {
    const found = evidence([...fault(20, 30)]);
    expect(cutOffOf(found, outagesOf(found))).toBeUndefined();
  });
});
