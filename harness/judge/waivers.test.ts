import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HistoryRecord, type KernelEvent, type Objective, TrialResult } from '../../results/model.ts';
import { type Waiver, WaiverResult } from '../../results/waiver.ts';
import { judge, PLANNED_TRIALS } from '../judge.ts';
import { complaintOfPattern } from './waiver-pattern.ts';
import { event, TITLE, trial, waiver } from './waivers.testing.ts';

const counters = (counter: string, from: number, to: number): object[] =>
  ([19, 41] as const).map((t, index) => ({
    ...{ t, k: 'counters', machine: 'head', when: index === 0 ? 'before' : 'after' },
    values: { [counter]: index === 0 ? from : to },
  }));

const judged = (waivers: readonly object[], ...trials: readonly object[][]) =>
  judge(
    [{ t: 0, trial: '', k: 'fact', name: PLANNED_TRIALS, value: String(trials.length) }, ...waivers, ...trials.flat()].map((record) =>
      HistoryRecord.parse(record),
    ),
  );

const hang = { kind: 'hung_task', class: 'hang', title: 'INFO: task hung in x' } as const;

describe('a waiver', () => {
  it('excuses its event, and says how often, where and by which waiver', () => {
    const others = [event({ id: 2 }, { t: 26, machine: 'head' }), event({ id: 3, class: 'network', title: 'x' })];
    const { verdict, reasons, trials, waivers } = judged(
      [waiver({ title: 'y' }), waiver()],
      trial([event(), ...others]),
      trial([], { name: 't2' }),
    );
    expect([verdict, reasons]).toEqual(['pass', []]);
    expect(trials.map(({ waived }) => waived)).toEqual([[{ machine: 'head', title: TITLE, count: 2, waiver: 1 }], undefined]);
    expect(trials[0]?.objectives[0]).toMatchObject({ verdict: 'pass', measured: '0 events, 2 waived' });
    expect(trials[0]?.events.map(({ title }) => title)).toEqual([TITLE, 'x']);
    expect(waivers?.map(({ excused, expired }) => [excused, expired])).toEqual([
      [0, false],
      [2, false],
    ]);
    expect(() => [TrialResult.parse(trials[0]), WaiverResult.parse(waivers?.[0])]).not.toThrow();
  });

  const cases: [what: string, waivers: object[], events: object[], verdict: string, reason: RegExp, candidate?: string][] = [
    ['of another title', [waiver({ title: `${TITLE}_x` })], [event()], 'fail', /^t1: no_crash: head: "WARNING in skb_release_head_state"$/],
    ['of a part of the title', [waiver({ title: 'WARNING in skb' })], [event()], 'fail', /./],
    [
      'of another title that means the same bug',
      [waiver({ title: 'WARNING in y' })],
      [event({ altTitles: ['WARNING in y'] })],
      'fail',
      /./,
    ],
    ['of a pattern', [waiver({ pattern: 'WARNING in (skb|tcp)_.*' })], [event()], 'pass', /^$/],
    ['of a pattern for a part of the title', [waiver({ pattern: 'WARNING in skb' })], [event()], 'fail', /./],
    ['of a pattern that holds the judge up', [waiver({ pattern: 'WARNING in (s*k*b*_*)+[a-z_]*' })], [event()], 'fail', /./],
    ['of a pattern for everything', [waiver({ pattern: '.*' })], [event()], 'fail', /./],
    ['of a pattern that is none', [waiver({ pattern: 'WARNING in (' })], [event()], 'fail', /./],
    ['of a title and a pattern', [{ ...waiver({ pattern: 'WARNING in .*' }), title: TITLE }], [event()], 'fail', /./],
    [
      'of a pattern, for a title that is too long',
      [waiver({ pattern: 'WARNING in .*' })],
      [event({ title: `WARNING in ${'x'.repeat(150)}` })],
      'fail',
      /./,
    ],
    ['for kernels up to this one', [waiver({ from: '6.1.0-9', to: '6.1.0-56' })], [event()], 'pass', /^$/],
    ['for kernels from this one on', [waiver({ from: '6.1.0-56' })], [event()], 'pass', /^$/],
    ['for older kernels', [waiver({ to: '6.1.0-55' })], [event()], 'fail', /./],
    ['for newer kernels', [waiver({ from: '6.1.0-57' })], [event()], 'fail', /./],
    ['for kernels without a last number', [waiver({ to: '6.1' })], [event()], 'fail', /./],
    ['for some kernels, where nobody knows which this is', [waiver({ to: '6.1' })], [event()], 'fail', /./, 'mine'],
    ['for all kernels, where nobody knows which this is', [waiver()], [event()], 'pass', /^$/, 'mine'],
    ['on its last day', [waiver({ expires: '2026-11-26' })], [event()], 'pass', /^$/],
    [
      'the day after',
      [waiver({ expires: '2026-11-25' })],
      [event()],
      'fail',
      /"WARNING in skb_release_head_state"; the waiver of "WARNING in skb_release_head_state" by ann expired on 2026-11-25$/,
    ],
    ['that expired, beside one that did not', [waiver({ expires: '2020-01-01' }), waiver()], [event()], 'pass', /^$/],
    ['that expired, of an event that did not come', [waiver({ expires: '2020-01-01' })], [], 'pass', /^$/],
    [
      'that expired, beside another event',
      [waiver({ expires: '2020-01-01' })],
      [event({ title: 'kernel BUG in y' })],
      'fail',
      /: head: "kernel BUG in y"$/,
    ],
    ['beside another event', [waiver()], [event(), event({ id: 2, title: 'kernel BUG in y' })], 'fail', /: head: "kernel BUG in y"$/],
    [
      'of what a panic follows from',
      [waiver()],
      [event(), event({ id: 2, kind: 'panic', title: 'kernel panic: x', consequenceOf: 1 })],
      'fail',
      /: head: "kernel panic: x"$/,
    ],
    ['of what the same follows from', [waiver()], [event(), event({ id: 2, consequenceOf: 1 })], 'pass', /^$/],
    [
      'of what only follows from something else',
      [waiver()],
      [event({ id: 7, kind: 'oops', title: 'kernel BUG in y' }), event({ id: 8, consequenceOf: 7 })],
      'fail',
      /: head: "kernel BUG in y"$/,
    ],
    ['of a report that is cut short', [waiver()], [event({ corrupted: true })], 'fail', /./],
    ['of a restart', [waiver({ title: 'reboot' })], [event({ kind: 'restart', class: 'lifecycle', title: 'reboot' })], 'fail', /"reboot"/],
    [
      'of a gap in the log',
      [waiver({ title: 'gap!!' })],
      [event({ kind: 'log_gap', class: 'lifecycle', title: 'gap!!' })],
      'unknown',
      /cannot be counted/,
    ],
    [
      'of hung tasks that are no longer told',
      [waiver({ title: 'quiet' })],
      [event({ kind: 'hung_suppressed', class: 'hang', title: 'quiet' })],
      'unknown',
      /cannot be counted/,
    ],
    [
      'of as many hung tasks as the kernel counted',
      [waiver({ title: hang.title })],
      [event(hang), ...counters('hung_task_detect_count', 2, 3)],
      'pass',
      /^$/,
    ],
    [
      'of fewer hung tasks than the kernel counted',
      [waiver({ title: hang.title })],
      [event(hang), ...counters('hung_task_detect_count', 2, 4)],
      'unknown',
      /head: hung_task_detect_count grew by 2, and only 1 such events were seen/,
    ],
    [
      'of stalls where the kernel counted hung tasks that nobody saw',
      [waiver({ title: 'stall in x' })],
      [event({ kind: 'rcu_stall', class: 'hang', title: 'stall in x' }), ...counters('hung_task_detect_count', 2, 3)],
      'unknown',
      /head: hung_task_detect_count grew by 1, and no such event was seen/,
    ],
    [
      'of a hung task that came before the kernel was asked for its count',
      [waiver({ title: hang.title })],
      [event(hang, { t: 12, machine: 'head' }), ...counters('hung_task_detect_count', 2, 3)],
      'unknown',
      /head: hung_task_detect_count grew by 1, and no such event was seen/,
    ],
    [
      'beside a candidate that died',
      [waiver()],
      [event(), { t: 45, k: 'failure', phase: 'storm', fault: 'candidate', message: 'gone' }],
      'fail',
      /the candidate failed in storm: gone/,
    ],
    [
      'beside a trial that did not end',
      [waiver()],
      [event(), { t: 45, k: 'failure', phase: 'storm', fault: 'interrupted', message: 'SIGINT' }],
      'unknown',
      /interrupted in storm/,
    ],
  ];
  it.each(cases)('%s', (_what, waivers, events, verdict, reason, candidate = '6.1.0-56-cloud-amd64') => {
    const { verdict: is, reasons } = judged(waivers, trial(events, { candidate }));
    expect(is).toBe(verdict);
    expect(reasons.join('\n')).toMatch(reason);
  });

  it('of what a storm brings on purpose has excused nothing', () => {
    const objectives: Objective[] = [{ kind: 'no_event', name: 'no_hang', classes: ['hang'], tolerates: ['hung_task'] }];
    const { verdict, trials, waivers } = judged([waiver({ title: hang.title })], trial([event(hang)], { objectives }));
    expect([verdict, trials[0]?.waived, waivers?.[0]?.excused]).toEqual(['pass', undefined, 0]);
  });

  it('counts an event once for which two objectives ask', () => {
    const objectives = (['a', 'b'] as const).map((name): Objective => ({ kind: 'no_event', name, classes: ['crash'] }));
    expect(judged([waiver()], trial([event()], { objectives })).waivers?.[0]?.excused).toBe(1);
  });

  it('does not make a sabotage look as if it had been seen', () => {
    const [about, ...rest] = trial([event()]);
    const { verdict, reasons } = judged([waiver()], [{ ...about, sabotage: 'panic', expects: ['no_crash'] }, ...rest]);
    expect([verdict, reasons[0]]).toEqual(['unknown', expect.stringMatching(/nothing failed where no_crash should/)]);
  });

  it('is no trial, and no trial is missing for it', () => {
    expect(judged([waiver()]).reasons).toEqual(['the history holds no trial']);
    expect(judged([waiver()], trial([])).trials.map(({ name }) => name)).toEqual(['t1']);
  });

  const titles = ['WARNING in a_x', 'WARNING in b_x', 'kernel BUG in a_x', 'INFO: task hung in a_x'];
  const waivers = fc.array(
    fc.oneof(
      fc.constantFrom(...titles).map((title) => waiver({ title })),
      fc.constant(waiver({ pattern: 'WARNING in .*' })),
    ),
    { maxLength: 4 },
  );
  const events = fc.array(
    fc.record({
      title: fc.constantFrom(...titles, 'kernel panic: x'),
      class: fc.constantFrom('crash', 'hang', 'memory'),
      consequenceOf: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
      corrupted: fc.boolean(),
      kind: fc.constantFrom('warning', 'panic', 'restart'),
    }),
    { maxLength: 6 },
  );

  it('never lets a trial pass in which there is an event that it is not meant for', () => {
    fc.assert(
      fc.property(events, waivers, (list, waived) => {
        const told = list.map(({ consequenceOf, ...each }, at) =>
          event({
            id: at + 1,
            ...each,
            ...(consequenceOf === undefined || consequenceOf > at ? {} : { consequenceOf }),
          } as Partial<KernelEvent>),
        );
        const without = judged([], trial(told));
        const other = list.some(({ title, corrupted, kind }) => kind === 'restart' || corrupted || !meant(waived, title));
        const { verdict, trials } = judged(waived, trial(told));
        if (without.verdict === 'fail' && other) expect(verdict).toBe('fail');
        if (without.verdict === 'fail' && verdict === 'pass') expect(trials[0]?.waived).not.toBeUndefined();
        if (without.verdict === 'pass') expect(trials[0]?.waived).toBeUndefined();
      }),
    );
  });

  it('is missed where it is lost: with fewer of them no verdict is better', () => {
    fc.assert(
      fc.property(events, waivers, fc.nat({ max: 3 }), (list, all, lost) => {
        const told = list.map((each, at) => event({ id: at + 1, ...each, consequenceOf: undefined } as Partial<KernelEvent>));
        if (judged(all, trial(told)).verdict === 'fail') expect(judged(all.toSpliced(lost, 1), trial(told)).verdict).toBe('fail');
      }),
    );
  });
});

/** Whether one of the waivers of the property above names the title. */
const meant = (waivers: readonly object[], title: string): boolean =>
  waivers.some((each) => ('pattern' in each ? title.startsWith('WARNING in ') : (each as Waiver).title === title));

describe('the pattern of a waiver', () => {
  it.each([
    ['INFO: task hung in nfs.*', undefined],
    ['INFO: task hung in .*', /a whole kind of event, .*also "INFO: task hung in zzqx"/],
    ['INFO: task hung in \\w+_\\w+', /a whole kind of event, .*also "INFO: task hung in qz_xj"/],
    ['WARNING in \\w+_\\w+', /a whole kind of event/],
    ['WARNING in [^z].*', /a whole kind of event/],
    ['KASAN: .* in [a-z_]{8,}[0-9]', /a whole kind of event/],
    ['kernel panic: .*', /a whole kind of event/],
    ['.*nfsd4?_.*', undefined],
    ['KASAN: (use-after-free|slab-out-of-bounds) in .{1,40}', undefined],
    ['WARNING in a{2,9}(?:bc)*', undefined],
    ['', /matches too much/],
    ['.*', /matches too much/],
    ['(?:WARNING in x)?', /matches too much/],
    ['WARNING in x|.*', /matches too much/],
    ['.* in .*', /matches too much/],
    ['WARNING in (x+)+', /too many ways/],
    ['WARNING in (a|b)*', /too many ways/],
    ['WARNING.*.*.*.*x', /too many ways/],
    [`WARNING${'(?:a|b)?'.repeat(20)}`, /too many ways/],
    ['WARNING in x)|(.*', /is no regular expression/],
    ['WARNING in [', /is no regular expression/],
    ['WARNING in \\q', /is no regular expression/],
    ['x'.repeat(201), /201 characters long, at most 200/],
  ])('%j is told as it is', (pattern, complaint) => {
    if (complaint === undefined) expect(complaintOfPattern(pattern)).toBeUndefined();
    else expect(complaintOfPattern(pattern)).toMatch(complaint);
  });
});
