import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { culpritsOf } from './culprits.ts';
import {
  always,
  both,
  type Case,
  direct,
  evidenceFrom,
  inStorm,
  isStorm,
  LARGE,
  PROBING,
  SMALL,
  STORM,
  type Told,
  WHILE,
} from './whodunit.testing.ts';

const found = (history: Case) => culpritsOf(evidenceFrom(history));
const accusedIn = (history: Case) => found(history)?.accused.map(({ tenant }) => tenant);
const quiet = always({ devices: {}, processes: [] });

/** A tenant of a head at work beside its neighbours, from one instant to the other. */
const together = (tenant: string, times: readonly number[]) =>
  times.map((t, index) => ({
    ...{ t, k: 'action', what: 'load', name: 'fio', on: 'head', tenant, state: index === 0 ? 'begin' : 'end', round: 'together' },
  }));

describe('the accused', () => {
  it('is the one who stormed while the other suffered, with its process, its device and what it did before', () => {
    const culprits = found({ machines: { stormer: inStorm(SMALL), victim: quiet }, late: { victim: WHILE } });
    expect(culprits).toMatchObject({ suffered_s: 20, told_s: 20 });
    expect(culprits?.unexplained).toBeUndefined();
    expect(culprits?.tenants).toMatchObject([
      { tenant: 'stormer', suffered_s: 0 },
      { tenant: 'victim', suffered_s: 20 },
    ]);
    const [accused, ...others] = culprits?.accused ?? [];
    expect(others).toEqual([]);
    expect(accused).toMatchObject({ tenant: 'stormer', machine: 'stormer', process: 'fio', pids: [412], device: 'vda' });
    expect(accused).toMatchObject({ from_s: 20, to_s: 40, seconds: 20 });
    expect(accused?.share).toBeCloseTo(0.99, 2);
    expect(accused?.quietShare).toBeCloseTo(0.01, 2);
    // of the device: twice the writes and bytes for the journal, and flushes
    expect(accused?.requests_per_s).toBe(2000 + 250 + 20 + 3);
    expect(accused?.bytes_per_s).toBe(2 * (4_096_000 + 40_960));
  });

  it.each<[what: string, Case['machines'], accused: readonly string[]]>([
    ['two of three', { a: inStorm(SMALL), b: quiet, c: inStorm(SMALL) }, ['a', 'c']],
    ['small writes at random beside large ones in sequence', { a: inStorm(SMALL), b: inStorm(LARGE), c: quiet }, ['a', 'b']],
    ['small ones alone', { a: inStorm(SMALL), b: always(direct(2, 2 * 1_048_576)), c: quiet }, ['a']],
    ['large ones alone', { a: always(direct(60, 245_760)), b: inStorm(LARGE), c: quiet }, ['b']],
    ['nobody of three that do alike', { a: inStorm(SMALL), b: inStorm(SMALL), c: inStorm(SMALL) }, []],
    ['nobody who worked as much all the time', { a: always(SMALL), b: quiet, c: quiet }, []],
    ['nobody who is only the largest of many alike', { a: inStorm(direct(1300, 5_324_800)), b: inStorm(SMALL), c: inStorm(SMALL) }, []],
    ['who storms beside one that always works much', { a: always(direct(500, 2_048_000)), b: inStorm(SMALL), c: quiet }, ['b']],
  ])('%s', (_what, machines, accused) => {
    expect(accusedIn({ machines, late: { a: WHILE, b: WHILE, c: WHILE } })?.toSorted()).toEqual(accused);
  });

  it('is nobody where nobody suffered, nor for a stray late answer, nor for what only itself suffered from', () => {
    const machines = { a: inStorm(SMALL), b: quiet };
    expect(found({ machines })).toMatchObject({ accused: [], suffered_s: 0, unexplained: 'nobody suffered' });
    expect(found({ machines, late: { b: [25, 25.1] } })).toMatchObject({ accused: [], unexplained: 'nobody suffered' });
    expect(found({ machines, late: { a: WHILE } })).toMatchObject({ accused: [], unexplained: 'a did most, and nobody else suffered' });
  });

  it('must stand out further where nobody knows what it did before', () => {
    const works = { a: inStorm(direct(560, 2_293_760)), b: inStorm(direct(340, 1_392_640)), c: inStorm(direct(80, 327_680)) };
    const only = Object.fromEntries(
      Object.entries(works).map(([name, work]) => [name, (second: number) => (isStorm(second) ? work(second) : undefined)]),
    );
    const late = { a: WHILE, b: WHILE, c: WHILE };
    expect(accusedIn({ machines: works, late })).toEqual(['a', 'b']);
    expect(found({ machines: only, late })).toMatchObject({ accused: [{ tenant: 'a', quietShare: null }] });
    expect(accusedIn({ machines: only, late })).toEqual(['a']);
  });

  it('is measured by its baseline where somebody suffered through the whole storm', () => {
    const b = always(direct(340, 1_392_640));
    const machines = { a: (second: number) => (second < STORM.begin ? PROBING : both(SMALL, PROBING)), b, c: quiet };
    const late = { a: [10, 70], b: [10, 70], c: [10, 70] } as const;
    expect(found({ machines, late, toldFrom: 2 })).toMatchObject({ accused: [{ tenant: 'a', quietShare: expect.closeTo(0.007, 2) }] });
    expect(found({ machines, late })).toMatchObject({ accused: [{ tenant: 'a', quietShare: null }] });
  });

  it('is told apart from who did as much without anybody suffering', () => {
    const machines = { a: always(SMALL), b: quiet };
    expect(found({ machines, late: { b: WHILE } })?.unexplained).toBe('a did no less when nobody suffered');
  });

  it('is not taken for innocent since its neighbours suffered only now and then', () => {
    const late = Array.from({ length: 4 }, (_, index) => 20 + 5 * index);
    const more = late.map((t) => ({ t: t + 0.95, k: 'sample', probe: 'storage', machine: 'b', ms: 900 }));
    expect(found({ machines: { a: inStorm(SMALL), b: quiet }, more })).toMatchObject({ accused: [{ tenant: 'a' }], suffered_s: 4 });
  });

  it('may be known from a round together alone, and what it did in its round alone is no quiet', () => {
    const round = (on: string, kind: string, t: number, state: string) => ({
      t,
      k: 'action',
      what: 'engine',
      name: 'fio',
      on,
      state,
      round: kind,
    });
    const more = ['a', 'b'].flatMap((on) => [round(on, 'together', 20, 'begin'), round(on, 'together', 40, 'end')]);
    const alone = [round('a', 'alone', 42, 'begin'), round('a', 'alone', 66, 'end')];
    const a = (second: number) => (isStorm(second) || (second >= 42 && second < 66) ? both(SMALL, PROBING) : PROBING);
    expect(accusedIn({ machines: { a, b: quiet }, more: [...more, ...alone] })).toEqual(['a']);
  });
});

describe('what is not told', () => {
  it('accuses nobody: no accounts at all, or none of one machine', () => {
    expect(found({ machines: { a: () => undefined, b: () => undefined }, late: { b: WHILE } })).toBeUndefined();
    const silent = { machines: { a: inStorm(SMALL), b: quiet, c: () => undefined }, late: { b: WHILE } };
    expect(found(silent)).toMatchObject({
      accused: [],
      told_s: 0,
      unexplained: 'c told nothing of I/O in 20 of the 20 s in which somebody suffered',
    });
  });

  it('is left out where a machine was reset in the storm: what was seen until then accuses', () => {
    const b = (second: number) => (second < 30 ? PROBING : undefined);
    expect(found({ machines: { a: inStorm(SMALL), b }, late: { b: [20, 60] } })).toMatchObject({
      accused: [{ tenant: 'a', seconds: 10, quietShare: expect.any(Number) }],
      suffered_s: 40,
      told_s: 10,
    });
  });

  it('is spread over the time that an account is of, where a machine that is drowned tells late', () => {
    const account = { k: 'io', machine: 'a', for_s: 20, devices: { vda: { writes: 40_000, written_bytes: 160_000_000 } } };
    const more = [{ t: 40, ...account, processes: [{ pid: 9, name: 'dd', group: '', write_calls: 20_000, written_bytes: 81_920_000 }] }];
    const a = (second: number) => (isStorm(second) ? undefined : PROBING);
    expect(found({ machines: { a, b: quiet }, late: { b: WHILE }, more })).toMatchObject({
      accused: [{ tenant: 'a', process: 'dd', seconds: 20, requests_per_s: 2000, bytes_per_s: 8_000_000 }],
    });
  });
});

describe('whatever tenants do', () => {
  const work = fc.record({
    calls: fc.integer({ min: 0, max: 3000 }),
    bytes: fc.integer({ min: 0, max: 30_000_000 }),
    before: fc.boolean(),
  });
  const tenants = fc.array(fc.record({ work, suffers: fc.boolean() }), { minLength: 2, maxLength: 4 });
  const historyOf = (
    named: readonly (readonly [string, { work: { calls: number; bytes: number; before: boolean }; suffers: boolean }])[],
  ): Case => ({
    machines: Object.fromEntries(
      named.map(
        ([
          name,
          {
            work: { calls, bytes, before },
          },
        ]) => [name, (before ? always : inStorm)(direct(calls, bytes))],
      ),
    ),
    late: Object.fromEntries(named.filter(([, { suffers }]) => suffers).map(([name]) => [name, WHILE])),
  });

  it('their names and their order change nothing', () => {
    fc.assert(
      fc.property(tenants, fc.array(fc.nat(), { minLength: 4, maxLength: 4 }), (all, order) => {
        const named = all.map((each, index) => [`t${index}`, each] as const);
        const renamed = named
          .map(([name, each], index) => [`${order[index]}-${name}`, each] as const)
          .toSorted(([a], [b]) => (a < b ? -1 : 1));
        const plain = accusedIn(historyOf(named));
        expect(
          accusedIn(historyOf(renamed))
            ?.map((name) => name.split('-')[1])
            .toSorted(),
        ).toEqual(plain?.toSorted());
      }),
      { numRuns: 40 },
    );
  });

  it('nobody is accused who did less than a fair share, or of whom nobody else suffered', () => {
    fc.assert(
      fc.property(tenants, (all) => {
        const culprits = found(historyOf(all.map((each, index) => [`t${index}`, each] as const)));
        const sufferers = all.flatMap(({ suffers }, index) => (suffers ? [`t${index}`] : []));
        for (const { tenant, share } of culprits?.accused ?? []) {
          expect(share).toBeGreaterThan(1 / all.length);
          expect(sufferers.some((name) => name !== tenant)).toBe(true);
        }
        expect(culprits?.accused.length === 0).toBe(culprits?.unexplained !== undefined);
      }),
      { numRuns: 40 },
    );
  });
});

describe('the process', () => {
  const storming = (told: (second: number) => Told) =>
    found({ machines: { a: (second) => both(told(second), PROBING), b: quiet }, late: { b: WHILE } })?.accused[0];
  const KERNEL = { kernel: true } as const;

  it('is who dirtied the cache, not the threads of the kernel that write it, seconds later', () => {
    const dirty = { pid: 30, name: 'cp', group: '', write_calls: 2000, written_bytes: 200_000_000 };
    const threads = [
      { pid: 50, name: 'kworker/u4:1-flush-253:0', write_calls: 0, written_bytes: 90_000_000, ...KERNEL },
      { pid: 51, name: 'jbd2/vda-8', written_bytes: 8_000_000, ...KERNEL },
    ];
    const flushing = { devices: { vda: { writes: 40, written_bytes: 10_000_000 } }, processes: threads };
    const told = (second: number) =>
      isStorm(second) ? { ...flushing, processes: second === 20 ? [dirty, ...threads] : threads } : { devices: {}, processes: [] };
    expect(storming(told)).toMatchObject({ process: 'cp', pids: [30], device: 'vda', bytes_per_s: expect.closeTo(10_000_000, -6) });
  });

  it('is a thread of the kernel where nobody else did anything', () => {
    const scrub = {
      devices: { vda: { reads: 500, read_bytes: 60_000_000 } },
      processes: [{ pid: 60, name: 'md0_resync', read_calls: 0, read_bytes: 60_000_000, ...KERNEL }],
    };
    expect(storming((second) => (isStorm(second) ? scrub : { devices: {}, processes: [] }))).toMatchObject({
      process: 'md0_resync',
      kernel: true,
    });
  });

  it('is not one that only calls, as for pipes, nor a probe beside one that had ended', () => {
    const pipes = { pid: 70, name: 'cat', write_calls: 50_000, read_calls: 50_000 };
    const beside = (second: number) =>
      isStorm(second) ? both(SMALL, { devices: {}, processes: [pipes] }) : { devices: {}, processes: [pipes] };
    expect(storming(beside)).toMatchObject({ process: 'fio' });
    const ended = (second: number) => ({
      devices: isStorm(second) ? { vda: { writes: 2000, written_bytes: 40_000_000 } } : {},
      processes: [],
    });
    expect(storming(ended)).toMatchObject({ process: null, pids: [] });
    expect(found({ machines: { a: always({ devices: {}, processes: [pipes] }), b: quiet }, late: { b: WHILE } })?.accused).toEqual([]);
  });
});

describe('the device', () => {
  it('is the busiest disk, and none of its partitions, nor what stands on it', () => {
    const devices = {
      sda: { writes: 900, written_bytes: 4_000_000 },
      sda1: { writes: 900, written_bytes: 4_000_000 },
      nbd1: { writes: 10, written_bytes: 4096 },
      nbd10: { writes: 2000, written_bytes: 9_000_000 },
      'dm-0': { writes: 5000, written_bytes: 90_000_000 },
    };
    const told = { devices, processes: [{ pid: 412, name: 'fio', write_calls: 2900, written_bytes: 12_000_000 }] };
    const [accused] = found({ machines: { a: inStorm(told), b: quiet }, late: { b: WHILE } })?.accused ?? [];
    expect(accused).toMatchObject({ device: 'nbd10', requests_per_s: 2900 + 10 + 10 + 13 });
  });

  it('is of each of two tenants of one head its own', () => {
    const of = (tenant: string, disk: string, scale: (second: number) => number) => (second: number) =>
      direct(Math.round(400 * scale(second)), Math.round(1_638_400 * scale(second)), {
        name: 'qemu-system-x86',
        disk,
        group: `tenants/${tenant}`,
        pid: disk.charCodeAt(3),
      });
    const [one, two] = [of('one', 'nbd0', (second) => 2 + (second % 3)), of('two', 'nbd1', (second) => 5 - (second % 2))];
    const victim = of('victim', 'nbd2', () => 0.05);
    const head = (second: number) => (isStorm(second) ? both(one(second), two(second), victim(second)) : victim(second));
    const more = together('victim', [WHILE[0], WHILE[1]]);
    const culprits = found({ machines: { head }, more });
    expect(culprits?.accused).toMatchObject([
      { tenant: 'two', machine: 'head', process: 'qemu-system-x86', device: 'nbd1' },
      { tenant: 'one', machine: 'head', device: 'nbd0' },
    ]);
    expect(culprits?.tenants.map(({ tenant }) => tenant).toSorted()).toEqual(['one', 'two', 'victim']);
  });

  it('of a head, work of processes that had ended is nobody of its tenants', () => {
    const victim = direct(10, 40_960, { group: 'tenants/victim', name: 'qemu' });
    const other = direct(10, 40_960, { group: 'tenants/other', name: 'qemu' });
    const lost = { devices: { nbd0: { writes: 3000, written_bytes: 80_000_000 } }, processes: [] };
    const head = (second: number) => both(victim, other, ...(isStorm(second) ? [lost] : []));
    const more = together('victim', [STORM.begin + 10, 40]);
    expect(found({ machines: { head }, more })).toMatchObject({
      accused: [],
      unexplained: 'whoever did most had ended before its I/O was told',
    });
  });
});
