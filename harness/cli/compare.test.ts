import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Comparison } from '../../results/compare/model.ts';
import { interleavedOf, nightOf, nightsOf } from '../../results/compare/nights.testing.ts';
import { explain, UsageError } from '../../results/errors.ts';
import type { Run } from '../../results/model.ts';
import { Store } from '../../results/store/store.ts';
import { readRunSet } from '../run-sets.ts';
import { dispatch } from './parse.ts';

const OLD = { release: '6.1.0-56-cloud-amd64' };
const NEW = { release: '6.12.117+deb12-cloud-amd64' };
const dir = mkdtempSync(join(tmpdir(), 'compare-'));
afterAll(() => rmSync(dir, { recursive: true }));

const store = (place: string, runs: readonly Run[]) => {
  for (const run of runs) {
    mkdirSync(join(dir, place, run.id), { recursive: true });
    writeFileSync(join(dir, place, run.id, 'run.json'), JSON.stringify(run));
  }
};
const at = (...places: string[]): string => places.map((place) => join(dir, place)).join(',');

async function compare(...args: string[]): Promise<{ outcome: string; text: string }> {
  const chunks: string[] = [];
  const out = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  }) as unknown as NodeJS.WriteStream;
  const outcome = await dispatch({ argv: ['compare', ...args], stdin: process.stdin, stdout: out, stderr: process.stderr });
  return { outcome, text: chunks.join('') };
}
const complaint = async (...args: string[]): Promise<string> => {
  const error: unknown = await compare(...args).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(UsageError);
  expect(explain(error)).not.toContain('\n');
  return explain(error);
};

beforeAll(() => {
  const slower = { 'storage-cutoff/cut/kernel': 1.3 };
  store('old', nightsOf(12, 1, { kernels: [OLD] }));
  store('same', nightsOf(12, 301, { kernels: [{ ...OLD, release: '6.1.0-57-cloud-amd64' }] }));
  store('new', nightsOf(12, 601, { kernels: [{ ...NEW, slower }] }));
  store('both', nightsOf(10, 901, { kernels: [OLD, { ...NEW, slower }] }));
  store('against', [interleavedOf(10, 1201, [{ ...NEW, slower }, OLD])]);
  const imaged = (asked: string, sha256: string, { release } = OLD) => ({
    ...{ asked: `deb:${asked}`, release, version: release },
    files: [{ role: 'image', name: 'vmlinuz', sha256, bytes: 1 }],
  });
  const next = imaged(NEW.release, 'next', NEW);
  for (const [place, old] of Object.entries({
    meta: imaged('meta', 'old'),
    own: imaged(OLD.release, 'old'),
    rebuilt: imaged(OLD.release, 'new'),
  }))
    store(place, [nightOf({ id: `night-${place}`, seed: 1301, kernels: [OLD, NEW], change: { candidates: [old, next] } })]);
  const twice = nightOf({ id: 'night-itself', seed: 1302, kernels: [OLD, OLD] });
  const trials = twice.trials.map((trial) => ({ ...trial, ...(trial.name.includes('@k2-') && { reference: true as const }) }));
  store('itself', [{ ...twice, trials, candidates: [imaged(OLD.release, 'old'), imaged('meta', 'old')] }]);
  const { finished: _finished, ...underWay } = nightOf({ id: 'night-x', seed: 5, kernels: [OLD], change: { trials: [] } });
  store('running', [underWay]);
  const planned = { t: 1, trial: '', k: 'fact', name: 'planned trials', value: '5' };
  writeFileSync(join(dir, 'running', 'night-x', 'history.jsonl'), `${JSON.stringify(planned)}\n`);
  // killed in its second trial: its record has no trials, its history has two
  const { finished: _never, ...killed } = nightOf({ id: 'night-k', seed: 6, kernels: [OLD], change: { trials: [] } });
  store('killed', [killed]);
  const begun = (trial: string) => ({ t: 2, trial, k: 'phase', phase: 'boot', state: 'begin' });
  const failed = { t: 9, trial: 'a', k: 'failure', phase: 'boot', fault: 'candidate', message: 'no init' };
  const lines = [planned, begun('a'), failed, begun('b')].map((each) => `${JSON.stringify(each)}\n`);
  writeFileSync(join(dir, 'killed', 'night-k', 'history.jsonl'), lines.join(''));
  store('lost', [{ ...killed, id: 'night-l' }]);
  mkdirSync(join(dir, 'torn', 'night-torn'), { recursive: true });
  writeFileSync(join(dir, 'torn', 'night-torn', 'run.json'), '{"schema": 1, "id"');
  mkdirSync(join(dir, 'foreign', 'night'), { recursive: true });
  writeFileSync(join(dir, 'foreign', 'night', 'run.json'), '{"schema": 7}');
  mkdirSync(join(dir, 'empty'));
});

describe('compare of a store', () => {
  const place = join(dir, 'runs.sqlite');
  beforeAll(async () => {
    const slower = { 'storage-cutoff/cut/kernel': 1.3 };
    await using kept = await Store.open({ kind: 'sqlite', path: place });
    const nights = [...nightsOf(12, 1, { kernels: [OLD] }), ...nightsOf(12, 601, { kernels: [{ ...NEW, slower }] })];
    for (const [night, run] of nights.entries()) {
      const started = new Date(Date.UTC(2026, 0, 1 + night)).toISOString();
      await kept.add({ ...run, id: `night-${night}`, name: 'nightly', started, finished: started });
    }
    // what was broken on purpose, what never ended or was interrupted, and what is called otherwise are no nights
    const [odd] = nights as [Run];
    const started = new Date(Date.UTC(2026, 2, 1)).toISOString();
    await kept.add({ ...odd, id: 'broken', name: 'nightly', sabotage: 'silent-loss', started, finished: started });
    await kept.add({ ...odd, id: 'by-hand', name: 'certify', started, finished: started });
    const { finished: _finished, ...underWay } = odd;
    await kept.add({ ...underWay, id: 'cut-off', name: 'nightly', started });
    await kept.add({ ...odd, id: 'interrupted', name: 'nightly', interrupted: true, started, finished: started });
  });

  it('finds in the last nights what was not in those before', async () => {
    const { outcome, text } = await compare('--last', '12', '--name', 'nightly', '--store', place, '--json');
    expect(outcome).toBe('fail');
    const found = Comparison.parse(JSON.parse(text));
    expect([found.a.label, found.b.label]).toEqual(['the 12 before', 'the last 12']);
    expect(found.measures.filter((each) => each.found === 'worse').map(({ name }) => name)).toEqual(['recovery of storage']);
    expect(found.counts.filter((each) => each.found === 'worse')).toEqual([]);
  });

  it('says what it needs', async () => {
    expect(await complaint('--last', '30', '--name', 'nightly', '--store', place)).toBe(
      `--last 30: the store ${place} holds 24 whole runs that are called "nightly" (interrupted and sabotaged ones do not count), so there is none before the last 30`,
    );
    expect(await complaint()).toMatch(/^compare needs the runs of A and B, or --last N/);
    expect(await complaint('x', '--last', '3')).toMatch(/none of x$/);
    expect(await complaint('x', 'y', '--name', 'nightly')).toMatch(/--name is of the store, and goes with --last N$/);
    expect(await complaint('--last', '0')).toBe('--last 0: from 1 to 1000');
    expect(await complaint('--last', '3', '--store', 'none')).toMatch(/there is no store/);
  });
});

describe('compare', () => {
  it('of two sets of stored nights names the planted regression, and nothing else', async () => {
    const { outcome, text } = await compare(at('old'), at('new'));
    expect(outcome).toBe('fail');
    expect(text.match(/^(WORSE|BETTER|CHANGED|MAYBE|TOO FEW).*$/gm)).toEqual([
      'WORSE   recovery of storage, tenant, in storage-cutoff/cut/kernel 1G',
    ]);
  });

  it('of nights of two kernels that are alike names nothing', async () => {
    const { outcome, text } = await compare(at('old'), at('same'));
    expect([outcome, text.match(/^(WORSE|BETTER|CHANGED|MAYBE|TOO FEW).*$/gm)]).toEqual(['pass', null]);
  });

  it('of two kernels within the same nights compares them by pairs', async () => {
    const { outcome, text } = await compare(at('both'), '--kernels', '6.1.0-56,6.12', '--json');
    const found = Comparison.parse(JSON.parse(text));
    expect([outcome, found.a.kernels, found.b.kernels]).toEqual(['fail', [OLD.release], [NEW.release]]);
    expect(found.measures.filter((each) => each.found !== 'none')).toMatchObject([
      { name: 'recovery of storage', kind: { case: 'cut/kernel' }, found: 'worse', pairs: 10, test: 'Wilcoxon signed rank' },
    ]);
  });

  it('takes for a kernel a part of its name with whole numbers', async () => {
    for (const words of ['6.1,6.12', '6.1.0-,.117+', 'deb:6.1,deb:6.12.117+deb12']) {
      const found = Comparison.parse(JSON.parse((await compare(at('both'), '--kernels', words, '--json')).text));
      expect([found.a.kernels, found.b.kernels]).toEqual([[OLD.release], [NEW.release]]);
    }
  });

  it('takes a kernel for the same by whichever name it was asked for, unless one run holds it by both', async () => {
    const found = async (...args: string[]) => Comparison.parse(JSON.parse((await compare(...args, '--json')).text));
    const { a, b } = await found(at('meta', 'own'), '--kernels', '6.1,6.12');
    expect([a.runs, b.runs]).toEqual(Array(2).fill(['night-meta', 'night-own']));
    const names = `deb:meta,deb:${OLD.release}`;
    expect(await complaint(at('meta', 'own'), '--kernels', names)).toBe(`--kernels ${names}: both are ${OLD.release}`);
    for (const words of [[], ['--kernels', names]]) {
      const itself = await found(at('itself'), ...words);
      expect([itself.a.label, itself.b.label]).toEqual([`${OLD.release} (deb:meta)`, `${OLD.release} (deb:${OLD.release})`]);
      expect([itself.a.trials, itself.b.trials]).toEqual([5, 5]);
    }
    expect(await complaint(at('meta', 'rebuilt'), '--kernels', '6.1,6.12')).toBe(
      `"6.1" is several kernels of ${at('meta', 'rebuilt')}: ${OLD.release} (deb:meta), ${OLD.release} (deb:${OLD.release})`,
    );
  });

  it('of a run with --against compares its kernels without being told which', async () => {
    const { outcome, text } = await compare(at('against'));
    expect([outcome, text.match(/^(A|B|WORSE|BETTER|CHANGED|MAYBE|TOO FEW) .*$/gm)]).toEqual([
      'fail',
      [
        `A       ${OLD.release}, 1 run, 50 trials`,
        `B       ${NEW.release}, 1 run, 50 trials`,
        'WORSE   recovery of storage, tenant, in storage-cutoff/cut/kernel 1G',
      ],
    ]);
  });

  it('of one night against another says how many more it takes', async () => {
    const { outcome, text } = await compare(at('old/night-1'), at('new/night-601'));
    expect(outcome).toBe('unknown');
    expect(text).toMatch(/not enough runs: at least \d more trials of each needed/);
  });

  it('takes directories, lists and patterns of them, and what is below a directory, each run once', async () => {
    const ids = async (operand: string) => (await readRunSet(operand)).runs.map(({ id }) => id);
    expect(await ids(at('old/night-1'))).toEqual(['night-1']);
    expect(await ids(at('old/night-2', 'old/night-1', 'old/night-2'))).toEqual(['night-1', 'night-2']);
    expect(await ids(at('old/night-1*'))).toEqual(['night-1', 'night-10', 'night-11', 'night-12']);
    expect(await ids(at('new'))).toHaveLength(12);
    expect((await readRunSet(at('old', 'running'))).passedOver).toEqual([expect.stringMatching(/night-x: no trial of it was begun/)]);
    // of a run that was killed its history tells
    expect((await readRunSet(at('killed'))).runs.map(({ trials }) => trials.map(({ verdict }) => verdict))).toEqual([['fail', 'unknown']]);
  });

  it('asks other places where runs are kept, too', async () => {
    const stored = { label: 'last 2', runs: nightsOf(2, 1, { kernels: [OLD] }), passedOver: [] };
    const source = { means: (operand: string) => operand === 'last:2', read: () => Promise.resolve(stored) };
    expect((await readRunSet('last:2', [source])).runs).toHaveLength(2);
    await expect(readRunSet('first:2', [source])).rejects.toThrow(UsageError);
  });

  it('says in one line what is wrong with a side', async () => {
    expect(await complaint(at('nowhere'), at('old'))).toMatch(/nowhere: there is no such directory$/);
    expect(await complaint(at('old'), at('empty'))).toMatch(/empty: not a run, it has neither run\.json nor history\.jsonl$/);
    expect(await complaint(at('old'), at('torn'))).toMatch(/night-torn\/run\.json: not JSON$/);
    expect(await complaint(at('old'), at('foreign'))).toMatch(/foreign\/night\/run\.json: /);
    expect(await complaint(at('old'), at('no*such'))).toMatch(/no\*such: no run's directory is called so$/);
    expect(await complaint(at('old'), at('running'))).toMatch(
      /night-x: no trial of it was begun \(stormproof judge tells what was seen\)$/,
    );
    expect(await complaint(at('old'), at('lost'))).toMatch(/night-l: the run did not come to its end, and has no history\.jsonl$/);
    expect(await complaint(at('old'), ',')).toMatch(/^,: no runs$/);
    expect(await complaint(at('old'), at('new'), at('same'))).toMatch(/compare does not take ".*same"/);
    expect(await complaint(at('old'), at('old/night-3'))).toMatch(/^the run night-3 stands on both sides/);
    expect(await complaint()).toMatch(/^compare needs the runs of A and B/);
  });

  it('says in one line which kernels there are, where that is not clear', async () => {
    const both = `${OLD.release}, ${NEW.release}`;
    expect(await complaint(at('both'))).toBe(
      `say with what ${at('both')} is to be compared: other runs, or --kernels A,B for two of its own: ${both}`,
    );
    expect(await complaint(at('both'), at('old'))).toBe(
      `${at('both')}: the run night-901 is of several kernels, so --kernels must say which: ${both}`,
    );
    expect(await complaint(at('both'), '--kernels', '6,6.12')).toBe(`"6" is several kernels of ${at('both')}: ${both}`);
    expect(await complaint(at('both'), '--kernels', '6.1.0-5,6.12')).toMatch(/holds no kernel "6\.1\.0-5"/);
    expect(await complaint(at('both'), '--kernels', `${OLD.release},deb:${OLD.release}`)).toMatch(/both are 6\.1\.0-56-cloud-amd64$/);
    expect(await complaint(at('both'), '--kernels', '6.1.0-56,6.6.1-1-cloud-amd64')).toMatch(/holds no kernel "6\.6\.1-1-cloud-amd64"/);
    expect(await complaint(at('both'), '--kernels', 'a,b,c')).toMatch(/^--kernels takes one kernel for each side/);
    const { outcome, text } = await compare(at('both'), at('old'), '--kernels', '6.1.0-56');
    expect([outcome, text.split('\n')[0]]).toEqual(['pass', `A       ${at('both')}, ${OLD.release}, 10 runs, 50 trials`]);
  });
});
