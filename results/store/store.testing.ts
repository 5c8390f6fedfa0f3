import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InfraError } from '../errors.ts';
import type { Run } from '../model.ts';
import type { EngineToTry, Places } from './places.testing.ts';
import type { Filter } from './queries.ts';
import { sampleRun, sampleTrial } from './run.sample.ts';
import { Store } from './store.ts';

const WRITER = join(import.meta.dirname, 'writer.testing.ts');

/** A process that waits for `go` and then writes; its lines, and how it ended. */
async function writer(said: string, from: number, count: number, die?: string) {
  const args = [WRITER, said, String(from), String(count), ...(die === undefined ? [] : [die])];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const ended = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), ended]);
  return {
    child,
    lines: () => printed.trim().split('\n').slice(1),
    go: () => child.stdin.write('go\n'),
    ended: ended.then(() => child.signalCode ?? child.exitCode),
  };
}

/** What every engine must bear. */
export const triesOfStore = ({ engine, why, places: start }: EngineToTry) =>
  describe(`a store in ${engine}`, () => {
    let places: Places;
    let store: Store;
    let said: string;
    beforeAll(async () => {
      if (why === undefined) places = await start();
    }, 60_000);
    afterAll(() => places?.[Symbol.asyncDispose]());
    beforeEach(async ({ skip }) => {
      skip(why !== undefined, why);
      const fresh = await places.fresh();
      said = fresh.said;
      store = await Store.open(fresh.place);
    });
    afterEach(() => store?.[Symbol.asyncDispose]());

    const count = async (table: string, run: string): Promise<number> => {
      const [row] = await places.rows(said, `SELECT count(*) AS n FROM ${table} WHERE run = '${run}'`);
      return Number(row?.n);
    };
    /** How many rows there are of a run, by table, as the tables have them and as its record says. */
    const rowsOf = async ({ id }: Pick<Run, 'id'>) => ({
      documents: await count('documents', id),
      trials: await count('trials', id),
      measures: await count('measures', id),
      events: await count('events', id),
    });

    it('gives back what was put in, and lists it', async () => {
      const run = sampleRun(4);
      expect(await store.add(run, '/srv/runs/4')).toBe('added');
      expect(await store.run(run.id)).toEqual(run);
      expect(await store.run('no-such-run')).toBeUndefined();
      expect(await store.list({ limit: 9 })).toMatchObject({
        total: 1,
        runs: [
          {
            ...{ id: run.id, started: run.started, command: 'certify --profile nightly --name nightly', seed: 1_000_004, verdict: 'fail' },
            ...{ host: 'lab1', accelerator: 'tcg', directory: '/srv/runs/4', sabotage: null },
            trials: [
              { suite: 'ipv6-flood', case: 'udp-66', kernel: '6.12.9-amd64', class: '1G', verdict: 'pass' },
              { suite: 'ipv6-flood', case: 'mixed', verdict: 'pass' },
              { suite: 'storage-cutoff', case: 'cut', verdict: 'fail' },
              { suite: 'io-storm', case: 'randwrite-16', verdict: 'pass' },
            ],
          },
        ],
      });
      expect(await rowsOf(run)).toEqual({ documents: 1, trials: 4, measures: 20, events: 1 });
      expect(await store.names('suite')).toEqual(['io-storm', 'ipv6-flood', 'storage-cutoff']);
      expect(await store.names('measure')).toContain('recovery of storage');
      expect(await store.names('name')).toEqual(['nightly']);
      expect([await store.has('recovery of storage'), await store.has('recovery of')]).toEqual([true, false]);
    });

    it('takes a run that it has already for the same, replaces one that has changed, and keeps what is finished', async () => {
      const run = sampleRun(4);
      await store.add(run);
      expect(await store.add(run)).toBe('the same');
      const shorter = { ...run, trials: run.trials.slice(0, 1), verdict: 'pass' as const };
      expect(await store.add(shorter)).toBe('replaced');
      expect(await store.run(run.id)).toEqual(shorter);
      expect(await rowsOf(run)).toEqual({ documents: 1, trials: 1, measures: 5, events: 0 });
      const { finished: _, ...interrupted } = run;
      expect(await store.add(interrupted)).toBe('kept');
      expect((await store.list({ limit: 9 })).runs).toMatchObject([{ verdict: 'pass', trials: [{ suite: 'ipv6-flood' }] }]);
    });

    it('is the same when it is opened again', async () => {
      await store.add(sampleRun(1));
      await using again = await Store.open((await places.fresh()).place);
      expect((await again.list({ limit: 9 })).total).toBe(0);
      const place = engine === 'SQLite' ? { kind: 'sqlite' as const, path: said } : { kind: 'postgres' as const, url: said };
      await using second = await Store.open(place);
      expect((await second.list({ limit: 9 })).runs.map(({ id }) => id)).toEqual([sampleRun(1).id]);
    });

    it('holds whatever a kernel under attack has said', async () => {
      const title = 'BUG in \0 "x"; DROP TABLE runs; -- \ud800 \u{1f4a5} %s';
      const event = { machine: 'head', kind: 'bug', class: 'crash', title, t: 1, count: 2 ** 31 } as const;
      const run = sampleRun(0, { trials: [sampleTrial(0, 0, { events: [event, event] })] });
      await store.add(run);
      const shown = title.replace('\0', '\ufffd').replace('\ud800', '\ufffd');
      expect(await places.rows(said, 'SELECT title, CAST(count AS double precision) AS n FROM events')).toEqual([
        { title: shown, n: 2 ** 31 },
        { title: shown, n: 2 ** 31 },
      ]);
      expect((await store.run(run.id))?.trials[0]?.events).toEqual([event, event]);
    });

    it('lists, newest first, what a filter lets through and nothing else', async () => {
      const runs = Array.from({ length: 40 }, (_, night) => sampleRun(night, night % 3 === 0 ? { name: "by hand, o'clock" } : {}));
      for (const run of runs) await store.add(run);
      const some = <T>(...values: T[]) => fc.option(fc.subarray(values, { minLength: 1 }), { nil: undefined });
      const filter = fc.record({
        kernels: some('6.1.0-56-cloud-amd64', '6.12.9-amd64', '6.18.0-rc3+', "o'ther"),
        suites: some('ipv6-flood', 'storage-cutoff', 'io-storm'),
        classes: some('1G', '384G'),
        verdict: fc.constantFrom('pass' as const, 'fail' as const, 'unknown' as const, undefined),
        names: some('nightly', "by hand, o'clock", 'weekly'),
        since: fc.option(
          fc.nat(45).map((night) => new Date(sampleRun(night).started)),
          { nil: undefined },
        ),
        limit: fc.integer({ min: 1, max: 50 }),
      });
      await fc.assert(
        fc.asyncProperty(filter, async ({ kernels, suites, classes, verdict, since, names, limit }) => {
          const byTrial = kernels !== undefined || suites !== undefined || classes !== undefined;
          const expected = runs
            .filter((run) => since === undefined || run.started >= since.toISOString())
            .filter((run) => names?.includes(run.name) ?? true)
            .filter((run) => byTrial || verdict === undefined || run.verdict === verdict)
            .filter((run) =>
              run.trials.some(
                (trial) =>
                  (kernels?.includes(trial.candidate) ?? true) &&
                  (suites?.includes(trial.suite) ?? true) &&
                  (classes?.includes(trial.class) ?? true) &&
                  (!byTrial || verdict === undefined || trial.verdict === verdict),
              ),
            )
            .map(({ id }) => id)
            .toReversed();
          const asked = Object.fromEntries(
            Object.entries({ kernels, suites, classes, verdict, since, names, limit }).filter(([, value]) => value !== undefined),
          ) as unknown as Filter;
          const { runs: listed, total } = await store.list(asked);
          expect([listed.map(({ id }) => id), total]).toEqual([expected.slice(0, limit), expected.length]);
        }),
        { numRuns: 60 },
      );
    });

    it('tells how a measure went for each kernel, oldest first, without what is not comparable', async () => {
      const boot = (seconds: number, change = {}) => ({
        ...sampleTrial(0, 0),
        measures: [{ machine: 'head', name: 'boot', seconds }],
        ...change,
      });
      const night = (number: number, trial: Run['trials'][number], change: Partial<Run> = {}) =>
        sampleRun(number, { trials: [trial], ...change });
      for (const run of [
        night(3, boot(8)),
        night(1, boot(6)),
        night(2, boot(99), { sabotage: 'panic' }),
        night(4, boot(98, { variant: 'rps' })),
        night(5, boot(9, { variant: 'untweaked' })),
        night(6, boot(97, { verdict: 'unknown' })),
        night(7, boot(4, { candidate: '6.18.0' })),
        night(8, boot(5, { candidate: '6.18.0', class: '384G' })),
      ])
        await store.add(run);
      const values = async (filter: Partial<Filter>) =>
        (await store.trends('boot', { limit: 99, ...filter })).map(({ kernel, class: size, points }) => [
          kernel,
          size,
          points.map(({ value }) => value),
        ]);
      expect(await values({})).toEqual([
        ['6.1.0-56-cloud-amd64', '1G', [6, 8, 9]],
        ['6.18.0', '1G', [4]],
        ['6.18.0', '384G', [5]],
      ]);
      for (const run of [
        night(9, boot(1), { host: { accelerator: 'kvm' } }),
        night(10, boot(2), { target: 'metal', host: {} }),
        night(11, boot(3, { tweaks: ['gro=off', 'rps=on'] })),
      ])
        await store.add(run);
      const older = { kernels: ['6.1.0-56-cloud-amd64'] };
      expect(
        (await store.trends('boot', { limit: 99, ...older })).map(({ target, accelerator, tweaks, points }) => [
          ...[target, accelerator, tweaks],
          ...points.map(({ value }) => value),
        ]),
      ).toEqual([
        ['lab', 'kvm', null, 1],
        ['lab', 'tcg', null, 6, 8, 9],
        ['lab', 'tcg', 'gro=off rps=on', 3],
        ['metal', null, null, 2],
      ]);
      for (const night of [9, 10, 11]) await places.rows(said, `DELETE FROM runs WHERE id = '${sampleRun(night).id}'`);
      expect(await values({ classes: ['384G'] })).toEqual([['6.18.0', '384G', [5]]]);
      expect(await values({ limit: 3 })).toEqual([
        ['6.18.0', '1G', [4]],
        ['6.18.0', '384G', [5]],
      ]);
      expect(await values({ since: new Date(sampleRun(5).started), kernels: ['6.1.0-56-cloud-amd64'] })).toEqual([
        ['6.1.0-56-cloud-amd64', '1G', [9]],
      ]);
      expect((await store.trends('boot', { limit: 9 }))[0]).toMatchObject({
        suite: 'ipv6-flood',
        machine: 'head',
        unit: 's',
        profile: 'nightly',
      });
    });

    it('keeps in a trend what never came', async () => {
      const lost = (seconds: number | null) =>
        sampleTrial(0, 2, {
          verdict: 'fail',
          recovery: [{ machine: 'tenant1', probe: 'storage', seconds, how: seconds === null ? 'not recovered' : 'self' }],
        });
      for (const [night, seconds] of [4, null, null].entries()) await store.add(sampleRun(night, { trials: [lost(seconds)] }));
      expect(await store.trends('recovery of storage', { limit: 9 })).toMatchObject([
        { machine: 'tenant', points: [{ value: 4 }, { value: null }, { value: null }], never: 2 },
      ]);
    });

    it('takes several writers at once, two of them of the same runs, also while it is made', async () => {
      const { said: place } = await places.fresh();
      const writers = await Promise.all([0, 0, 8].map((from) => writer(place, from, 8)));
      for (const { go } of writers) go();
      expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual([0, 0, 0]);
      const outcomes = writers.flatMap(({ lines }) => lines()).toSorted();
      const ids = Array.from({ length: 16 }, (_, night) => sampleRun(night).id);
      expect(outcomes).toEqual(ids.flatMap((id, night) => [`${id} added`, ...(night < 8 ? [`${id} the same`] : [])]));
      for (const [table, rows] of Object.entries({ documents: 16, trials: 16 * 4, measures: 16 * 20 }))
        expect((await places.rows(place, `SELECT run FROM ${table}`)).length).toBe(rows);
    });

    it('has all that was acknowledged and nothing of what was under way when a writer is killed in a transaction', async () => {
      await store.add(sampleRun(0));
      const deaths = ['insert into "documents"', 'insert into "events"', 'commit'];
      const half = await places.fresh();
      const killed = await Promise.all([
        ...deaths.map((at, index) => writer(said, index + 1, 1, at)),
        writer(half.said, 1, 1, 'create table "trials"'),
      ]);
      for (const { go } of killed) go();
      expect(await Promise.all(killed.map(({ ended }) => ended))).toEqual(Array(4).fill('SIGKILL'));
      expect((await store.list({ limit: 9 })).runs.map(({ id }) => id)).toEqual([sampleRun(0).id]);
      for (const night of [1, 2, 3]) expect(await rowsOf(sampleRun(night))).toEqual({ documents: 0, trials: 0, measures: 0, events: 0 });
      expect(await store.add(sampleRun(2))).toBe('added');
      await using whole = await Store.open(half.place);
      expect(await whole.add(sampleRun(2))).toBe('added');
    });

    it('of a newer stormproof, or of somebody else, is refused and left as it is', async () => {
      await places.rows(said, "INSERT INTO stormproof_migration (name, timestamp) VALUES ('999-later', '2027-01-01')");
      const again = engine === 'SQLite' ? { kind: 'sqlite' as const, path: said } : { kind: 'postgres' as const, url: said };
      await expect(Store.open(again)).rejects.toThrow(/is of a newer stormproof \(it has "999-later"\)/);
      const other = await places.fresh();
      await (await Store.open(other.place))[Symbol.asyncDispose]();
      await places.rows(other.said, 'DROP TABLE stormproof_migration');
      await expect(Store.open(other.place)).rejects.toThrow(/somebody else's, it has a table "\w+"/);
      await expect(Store.open(other.place)).rejects.toThrow(InfraError);
    });

    it('says of a record that it cannot read which one it is', async () => {
      await store.add(sampleRun(0));
      await places.rows(said, `UPDATE documents SET json = '{"schema":9}'`);
      await expect(store.run(sampleRun(0).id)).rejects.toThrow(/the record of 20260101-020000z-0000 is not one that this version reads/);
    });
  });
