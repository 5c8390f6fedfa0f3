import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gate } from '../results/certificate/gate.ts';
import { readSigner, readTrusted, writeKeys } from '../results/certificate/keys.ts';
import { explain, InfraError, Interrupted } from '../results/errors.ts';
import { memoryOf } from '../results/memory.sample.ts';
import { type HistoryEntry, Run } from '../results/model.ts';
import { Store } from '../results/store/store.ts';
import { resolveCandidate } from '../targets/candidate/index.ts';
import { rejudge } from './cli/run-dir.ts';
import { ensureRequirements } from './doctor.ts';
import { event, TITLE, trial } from './judge/waivers.testing.ts';
import { newRuntimeDir, settle, takeLease } from './lease.ts';
import { REQUEST } from './request.sample.ts';
import { runTrials } from './run.ts';
import type { RunRequest } from './run-request.ts';
import { runTrial } from './trial.ts';

// everything of a run that needs a machine
vi.mock('./doctor.ts', () => ({ ensureRequirements: vi.fn() }));
vi.mock('./trial.ts', () => ({ runTrial: vi.fn() }));
vi.mock('./lease.ts', async (original) => ({
  ...(await original<object>()),
  newRuntimeDir: vi.fn(() => '/nonexistent'),
  takeLease: vi.fn(),
  settle: vi.fn(),
}));
vi.mock('./facts.ts', () => ({ toolVersions: async () => ({}), hostFacts: () => ({}) }));
vi.mock('../targets/candidate/index.ts', () => ({ resolveCandidate: vi.fn() }));

describe('a run', () => {
  let dir: string;
  const request = (): RunRequest => ({ ...REQUEST, profile: 'quick', suites: ['io-storm'], out: join(dir, 'out') });
  const record = (): Run => Run.parse(JSON.parse(readFileSync(join(dir, 'out', 'run.json'), 'utf8')));
  const interrupt = () => void process.emit('SIGTERM', 'SIGTERM');
  const STUCK = 'processes of run x do not die: 12 (qemu)';

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'run-'));
    const files = { release: '6.1.0', record: { asked: 'running', release: '6.1.0', version: '', files: [] } };
    vi.mocked(resolveCandidate).mockResolvedValue(files as never);
  });
  afterEach(() => {
    vi.resetAllMocks();
    vi.useRealTimers();
    rmSync(dir, { recursive: true });
  });

  it('that could not be undone after a crash is not begun, and its directory may be used again', async () => {
    vi.mocked(takeLease).mockImplementationOnce(() => {
      throw new InfraError('cannot write the undo record');
    });
    await expect(runTrials(request())).rejects.toThrow('cannot write the undo record');
    expect(readdirSync(join(dir, 'out'))).toEqual([]);
    expect((await runTrials(request())).dir).toBe(join(dir, 'out'));
  });

  it('keeps nothing of a trial that is over, whose disks may be full', async () => {
    vi.mocked(newRuntimeDir).mockReturnValueOnce(join(dir, 'runtime'));
    const left: string[][] = [];
    vi.mocked(runTrial).mockImplementation(async (_trial, { runtimeDir }) => {
      mkdirSync(runtimeDir, { recursive: true });
      writeFileSync(join(runtimeDir, 'disk'), '');
      left.push(readdirSync(join(dir, 'runtime')));
    });
    await runTrials({ ...request(), suites: ['io-storm', 'storage-cutoff'] });
    expect(left.length).toBeGreaterThan(1);
    expect(left.every(({ length }) => length === 1)).toBe(true);
    expect(readdirSync(join(dir, 'runtime'))).toEqual([]);
  });

  it('of which something does not die says so in its record, whatever else it has to say', async () => {
    vi.mocked(settle).mockRejectedValue(new InfraError(STUCK));
    vi.mocked(runTrial).mockImplementation(async () => interrupt());
    expect(await runTrials(request())).toEqual({ verdict: 'unknown', interrupted: true, dir: join(dir, 'out') });
    expect(record().interrupted).toBe(true);
    expect(record().reasons.join('\n')).toMatch(/is left on this machine, .*: processes of run x do not die: 12 \(qemu\)/);
    for (const report of ['junit.xml', 'report.html']) expect(readFileSync(join(dir, 'out', report), 'utf8')).toContain(STUCK);
  });

  it.each([
    ['of several sizes of host leaves a picture of them', [128, 384], true],
    ['of one size leaves none', [128, 128], false],
  ])('%s', async (_what, sizes, pictured) => {
    vi.mocked(runTrial).mockImplementationOnce(async (_trial, { history }) => {
      for (const [index, GiB] of sizes.entries()) {
        const timed = [
          { k: 'memory', machine: 'head', when: 'ready', ...memoryOf(GiB * 1024 * 1024) },
          { k: 'measure', machine: 'head', name: 'boot', seconds: 5 },
        ];
        const name = `t${index}`;
        for (const record of trial(timed, { name, size: `${GiB}G` })) history.write(name, record as HistoryEntry);
      }
    });
    await runTrials(request());
    expect(existsSync(join(dir, 'out', 'scaling.svg'))).toBe(pictured);
    expect(record().scaling !== undefined).toBe(pictured);
  });

  it('keeps the known issues that it was told of, so that it is judged the same whenever that is', async () => {
    vi.mocked(runTrial).mockImplementationOnce(async (_trial, { history }) => {
      for (const record of trial([event()])) history.write('t1', record as HistoryEntry);
    });
    const owned = { reason: 'fixed in 6.19', owner: 'ann' };
    const waivers = [
      { title: TITLE, ...owned, expires: '2020-01-01' },
      { title: TITLE, ...owned, expires: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10) },
    ];
    vi.mocked(runTrial).mockImplementationOnce(async () => {
      // as it stands while the run goes on
      expect(record().waivers).toEqual(waivers.map((each, index) => ({ ...each, expired: index === 0, excused: 0 })));
    });
    await runTrials({ ...request(), suites: ['io-storm', 'storage-cutoff'], waivers });
    const { trials, waivers: told } = record();
    expect(trials[0]).toMatchObject({ verdict: 'pass', waived: [{ title: TITLE, waiver: 1 }] });
    expect(told).toEqual(waivers.map((each, index) => ({ ...each, expired: index === 0, excused: index })));
    vi.useFakeTimers({ now: Date.now() + 365 * 86_400_000 });
    expect(rejudge(join(dir, 'out'))).toEqual(record());
  });

  it('that is signed leaves a certificate, after everything else, whatever its verdict', async () => {
    writeKeys(join(dir, 'a.key'));
    const image = { role: 'image', name: 'vmlinuz', sha256: '1'.repeat(64), bytes: 1 };
    const files = { release: '6.1.0', record: { asked: 'running', release: '6.1.0', version: '', files: [image] } };
    vi.mocked(resolveCandidate).mockResolvedValue(files as never);
    await runTrials({ ...request(), signer: readSigner(join(dir, 'a.key')) });
    const certificate = readFileSync(join(dir, 'out', 'certificate.json'));
    const demands = { trusted: [readTrusted(join(dir, 'a.key.pub'))], kernels: [] };
    const { refusals, signed } = await gate(certificate, join(dir, 'out'), demands, new Date());
    // nothing was tried, and all of the class is missing; the evidence holds
    expect(refusals.map(({ check }) => check)).toEqual(['class', 'verdict']);
    expect(signed?.statement.predicate.evidence.map(({ path }) => path)).toEqual([
      'history.jsonl',
      'junit.xml',
      'report.html',
      'run.json',
      'summary.md',
    ]);
    expect(signed?.statement.predicate.run.id).toBe(record().id);
  });

  const keptIn = (path: string) => runTrials({ ...request(), store: { kind: 'sqlite', path } });

  it('is in the store once it is over, as its record has it', async () => {
    const path = join(dir, 'runs.sqlite');
    expect(await keptIn(path)).toEqual({ verdict: 'unknown', interrupted: false, dir: join(dir, 'out') });
    await using store = await Store.open({ kind: 'sqlite', path });
    expect(await store.run(record().id)).toEqual(record());
    expect(record().interrupted).toBeUndefined();
    expect((await store.list({ limit: 9 })).runs).toMatchObject([{ directory: join(dir, 'out'), verdict: 'unknown' }]);
  });

  it('that was interrupted, or broken off by our own side, is no whole night to whoever compares nights', async () => {
    const path = join(dir, 'runs.sqlite');
    vi.mocked(runTrial).mockImplementationOnce(async () => interrupt());
    await keptIn(path);
    vi.mocked(runTrial).mockRejectedValueOnce(new InfraError('no space left on device'));
    await expect(runTrials({ ...request(), out: join(dir, 'second'), store: { kind: 'sqlite', path } })).rejects.toThrow(/no space/);
    expect(Run.parse(JSON.parse(readFileSync(join(dir, 'second', 'run.json'), 'utf8'))).interrupted).toBe(true);
    await using store = await Store.open({ kind: 'sqlite', path });
    const { runs } = await store.list({ limit: 9 });
    expect(runs.map(({ directory, interrupted }) => [directory, interrupted])).toEqual([
      [join(dir, 'second'), 1],
      [join(dir, 'out'), 1],
    ]);
    expect((await store.list({ limit: 9, sound: true })).total).toBe(0);
  });

  it('is there too where a report of it could not be written, and that is told', async () => {
    const path = join(dir, 'runs.sqlite');
    vi.mocked(runTrial).mockImplementationOnce(
      async () => void mkdirSync(join(dir, 'out', 'report.html', 'in the way'), { recursive: true }),
    );
    await expect(keptIn(path)).rejects.toThrow(/cannot write .*report\.html/);
    await using store = await Store.open({ kind: 'sqlite', path });
    expect(await store.run(record().id)).toEqual(record());
    expect((await store.list({ limit: 9, sound: true })).total).toBe(1);
  });

  it('that cannot be put there has the verdict that it has, and says in one line how that is done later', async () => {
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    writeFileSync(join(dir, 'text'), 'not a database, '.repeat(100));
    const out = join(dir, "bob's nights");
    const outcome = await runTrials({ ...request(), out, store: { kind: 'sqlite', path: join(dir, 'text') } });
    const said = stderr.mock.calls.map(([text]) => String(text));
    stderr.mockRestore();
    expect(outcome).toEqual({ verdict: 'unknown', interrupted: false, dir: out });
    expect(Run.parse(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'))).verdict).toBe('unknown');
    expect(said).toEqual([
      expect.stringMatching(
        /^stormproof: this run is not in the store: .* stormproof history --add '\/\S+\/bob'\\''s nights' puts it in later.*\n$/,
      ),
    ]);
  });

  it('that is interrupted tells beside that what failed', async () => {
    vi.mocked(resolveCandidate).mockImplementation(async () => {
      interrupt();
      throw new InfraError('no space left on device');
    });
    const error: unknown = await runTrials(request()).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(Interrupted);
    expect(explain(error)).toBe('interrupted by SIGTERM: no space left on device');
  });

  it('can be interrupted while packages are installed', async () => {
    vi.mocked(ensureRequirements).mockImplementation(async ({ signal }) => {
      interrupt();
      signal?.throwIfAborted();
    });
    const error: unknown = await runTrials(request()).catch((cause: unknown) => cause);
    expect([error instanceof Interrupted, explain(error)]).toEqual([true, 'interrupted by SIGTERM']);
    expect(existsSync(join(dir, 'out'))).toBe(false);
  });
});
