/**
 * KCIDB, the kernel community's database of test results: I/O schema 5.3 (github.com/kernelci/kcidb-io, kcidb_io/schema/v05_03.py). A checkout and
 * a build per candidate, a test per trial, objective and measured time. Nothing here is a submission: whoever has an origin there sends it.
 */
import { createHash } from 'node:crypto';
import { type CandidateRecord, candidateOf, type HistoryRecord, type Run, type TrialResult, type Verdict } from '../model.ts';
import { type Case, type Group, groupsOf } from './cases.ts';

/** Its words for a test that could not tell: ERROR for one that did not complete, MISS for one that did not run. */
type Status = 'FAIL' | 'ERROR' | 'MISS' | 'PASS' | 'DONE' | 'SKIP';

export interface KcidbTest {
  readonly id: string;
  readonly origin: string;
  readonly build_id: string;
  readonly path: string;
  readonly status: Status;
  readonly start_time?: string;
  readonly duration?: number;
  readonly log_excerpt?: string;
  readonly number?: { readonly value: number; readonly unit: string };
  readonly environment: { readonly comment: string; readonly misc: object };
  readonly misc?: object;
}

const ORIGIN = 'stormproof';
const STATUSES = { pass: 'PASS', fail: 'FAIL', skip: 'SKIP' } as const satisfies Partial<Record<Verdict, Status>>;
/** The schema's bound of `log_excerpt`. */
const MOST_EXCERPT = 16_384;

/** The report of a whole run as JSON; `records` is its history, which says when each trial began. */
export function renderKcidb(run: Run, records: readonly HistoryRecord[]): string {
  const { groups, checkouts, builds } = buildsOf(run);
  const begins = new Map<string, number>();
  for (const { trial, t } of records) if (!begins.has(trial)) begins.set(trial, t);
  const tests = groups.flatMap(({ group, build }) => testsOf(group, run, build, begins.get(group.name)));
  const report = { version: { major: 5, minor: 3 }, checkouts, builds, tests: distinct(tests) };
  return `${JSON.stringify(report, (_, value: unknown) => (typeof value === 'string' ? sound(value) : value), 2)}\n`;
}

/**
 * What was tested. From which commit a kernel was built is not known here, so that its files' hashes name it. What is of no kernel that is known,
 * as a reason of the run's own where it has several, is of a build of the run's own, which nothing is said of.
 */
function buildsOf(run: Run) {
  const ids = new Map(run.candidates.map((candidate) => [candidate, `${ORIGIN}:${digestOf(candidate)}`]));
  const [only, ...others] = new Set(ids.values());
  const own = `${ORIGIN}:${run.id}`;
  const ofRun = only !== undefined && others.length === 0 ? only : own;
  const idOf = (trial: TrialResult | undefined): string => {
    const candidate = trial && candidateOf(run, trial);
    return trial === undefined ? ofRun : ((candidate && ids.get(candidate)) ?? own);
  };
  const groups = groupsOf(run).map((group) => ({ group, build: idOf(group.trial) }));
  const known = new Map<string, CandidateRecord | undefined>([...ids].map(([candidate, id]) => [id, candidate]));
  if (groups.some(({ build }) => build === own)) known.set(own, undefined);
  return {
    groups,
    checkouts: [...known].map(([id, candidate]) => ({
      id,
      origin: ORIGIN,
      valid: true,
      ...(candidate === undefined ? {} : { comment: candidate.version }),
    })),
    builds: [...known].map(([id, candidate]) => ({
      id,
      origin: ORIGIN,
      checkout_id: id,
      architecture: 'x86_64',
      ...(candidate === undefined ? {} : { comment: candidate.release, misc: { asked: candidate.asked, files: candidate.files } }),
    })),
  };
}

const digestOf = ({ release, version, files }: CandidateRecord): string =>
  createHash('sha256')
    .update(JSON.stringify([release, version, files.map(({ role, sha256 }) => [role, sha256])]))
    .digest('hex');

function testsOf(
  { name, trial, outcome, verdict, reason, cases, waived }: Group,
  run: Run,
  build_id: string,
  begin: number | undefined,
): KcidbTest[] {
  const path = ['stormproof', ...(trial === undefined ? [name] : [trial.suite || name, ...(trial.case ?? '').split('/')])];
  const status = (of: Pick<Case, 'outcome' | 'verdict'>, measured: boolean): Status => {
    // what is only compared was tried, and says nothing of the candidate; what was tried again says nothing at all
    if (of.outcome !== of.verdict) return trial?.superseded === true || of.verdict === 'skip' ? 'SKIP' : 'DONE';
    return of.verdict === 'unknown' ? (measured ? 'ERROR' : 'MISS') : STATUSES[of.verdict];
  };
  const started = begin === undefined ? undefined : new Date(Date.parse(run.started) + begin * 1000).toISOString();
  const test = (more: readonly string[], of: Pick<KcidbTest, 'status'> & Partial<KcidbTest>): KcidbTest => ({
    id: [`${ORIGIN}:${run.id}`, name, ...more].join('/'),
    origin: ORIGIN,
    build_id,
    path: [...path, ...more]
      .map(segment)
      .filter((part) => part !== '')
      .join('.'),
    ...(started === undefined ? {} : { start_time: started }),
    environment: environmentOf(run),
    ...of,
  });
  const times = (trial?.measures ?? []).map((each) =>
    test(['measure', each.machine, each.name], { status: 'DONE', number: { value: each.seconds, unit: 's' } }),
  );
  const recoveries = (trial?.recovery ?? []).flatMap(({ machine, probe, seconds }) =>
    seconds === null ? [] : [test(['recovery', machine, probe], { status: 'DONE', number: { value: seconds, unit: 's' } })],
  );
  return [
    test([], {
      status: status(
        { outcome, verdict },
        cases.some(({ measured }) => measured !== ''),
      ),
      ...(trial === undefined ? {} : { duration: trial.seconds }),
      ...excerpt([
        reason,
        ...(trial?.events ?? []).map((event) => `${event.machine}: ${event.title}`),
        ...waived.map((text) => `waived: ${text}`),
      ]),
      ...(trial === undefined
        ? {}
        : { misc: { class: trial.class, seed: trial.seed, tweaks: trial.tweaks ?? [], variant: trial.variant ?? '', waived } }),
    }),
    ...cases.map((each) =>
      test([each.name], {
        status: status(each, each.measured !== ''),
        ...excerpt(each.outcome === 'pass' ? [] : [each.reason]),
        ...(each.threshold === '' ? {} : { misc: { measured: each.measured, threshold: each.threshold } }),
      }),
    ),
    ...recoveries,
    ...times,
  ];
}

/** The last segment of a path is a word of `[a-zA-Z0-9_-]`. */
const segment = (text: string): string => text.replaceAll(/[^a-zA-Z0-9_-]+/g, '_');

const environmentOf = ({ host, target, scope }: Run): KcidbTest['environment'] => ({
  comment: scope === undefined ? target : `${scope.kind}, not metal: ${scope.emulated.join('; ')}`,
  misc: host,
});

function excerpt(lines: readonly string[]): { log_excerpt?: string } {
  const text = lines
    .filter((line) => line !== '')
    .join('\n')
    .slice(0, MOST_EXCERPT);
  return text === '' ? {} : { log_excerpt: text };
}

/** An id stands once: what is measured again under the same name is a test of its own. */
function distinct(tests: readonly KcidbTest[]): KcidbTest[] {
  const seen = new Map<string, number>();
  return tests.map((test) => {
    const times = (seen.get(test.id) ?? 0) + 1;
    seen.set(test.id, times);
    return times === 1 ? test : { ...test, id: `${test.id}#${times}` };
  });
}

/** The schema allows no NUL, and a database no half of a surrogate pair. */
const sound = (text: string): string => text.replaceAll('\0', '?').toWellFormed();
