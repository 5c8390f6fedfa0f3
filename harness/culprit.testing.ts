/** Trials of tenants of which some storm, for tests of who is accused of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Culprits } from '../results/culprit.ts';
import { History, readHistory } from '../results/history.ts';
import { CLASSES } from '../suites/classes.ts';
import type { FioParams } from '../suites/engines/fio.ts';
import { commonObjectives } from '../suites/objectives.ts';
import { PROFILES } from '../suites/profiles.ts';
import type { Suite } from '../suites/suite.ts';
import { resolveCandidate } from '../targets/candidate/index.ts';
import { lab } from '../targets/lab/lab.ts';
import { judge } from './judge.ts';
import { runTrial } from './trial.ts';

/** Small and at random with an fsync each; large and in sequence; through the cache, written by the kernel's threads; and what anybody does. */
const WORK = {
  random: { pattern: 'randwrite', block_bytes: 4096, depth: 32, fsync_every: 1, size_MiB: 1 },
  sequential: { pattern: 'write', block_bytes: 1_048_576, depth: 2, fsync_every: 1, size_MiB: 16 },
  buffered: { pattern: 'randwrite', block_bytes: 65_536, depth: 2, fsync_every: 256, size_MiB: 24 },
  steady: { pattern: 'randwrite', block_bytes: 4096, depth: 1, fsync_every: 1, size_MiB: 8, pause_ms: 200 },
} as const satisfies Record<string, FioParams>;

export interface Tenant {
  readonly does: keyof typeof WORK;
  readonly disk_MiB: number;
}

const STORM_S = 20;
/** For each that storms: so little that one storm makes its neighbours late, and so much that two have something to share. */
const STORE_bps = 20_000_000;

function suiteOf(tenants: Readonly<Record<string, Tenant>>): Suite {
  const names = Object.keys(tenants);
  const storming = names.filter((name) => tenants[name]?.does !== 'steady');
  const probes = ['storage', 'management'] as const;
  return {
    name: 'whodunit',
    summary: 'tenants of one pool, of which some storm',
    seat: 'tenant',
    plan: (size, profile) => ({
      topology: {
        machines: names.map((name) => ({
          ...{ name, seat: 'tenant', ...size.tenant },
          disk: { attach: 'qemu', size_MiB: tenants[name]?.disk_MiB ?? 0 },
        })),
        storeRate_bps: STORE_bps * storming.length,
      },
      probes: Object.fromEntries(names.map((name) => [name, probes])),
      accounts: names,
      schedule: names.map((machine) => {
        const { does = 'steady' } = tenants[machine] ?? {};
        const kind = does === 'steady' ? 'load' : 'engine';
        // everybody has its own work from the beginning; storms come later
        const at_s = does === 'steady' ? 0 : 5;
        return { at_s, for_s: STORM_S + 5 - at_s, kind, engine: 'fio', on: { machine }, params: WORK[does] };
      }),
      objectives: commonObjectives(profile, probes),
    }),
  };
}

/** Carries out a trial of such tenants; what it found. */
export async function trialOf(tenants: Readonly<Record<string, Tenant>>): Promise<Culprits> {
  const dir = mkdtempSync(join(tmpdir(), 'sp-who-'));
  const { signal } = new AbortController();
  const candidate = await resolveCandidate('deb:linux-image-cloud-amd64', { note: () => undefined, signal, refresh: true });
  try {
    const zero = performance.now();
    const path = join(dir, 'history.jsonl');
    using history = new History(path, () => (performance.now() - zero) / 1000);
    await runTrial(
      {
        ...{ name: 'whodunit', suite: suiteOf(tenants), case: undefined, size: CLASSES['1G'], profile: PROFILES.quick, seed: 1, candidate },
        ...{
          sabotage: undefined,
          append: [],
          tweaks: [],
          variant: undefined,
          repetition: {},
          storage: {},
          engine: undefined,
          search: false,
        },
      },
      {
        ...{ run: `test-${process.pid}`, target: lab, history, dir, runtimeDir: join(dir, 'run'), signal },
        ...{ note: () => undefined, describe: () => undefined },
      },
    );
    const { records } = readHistory(path);
    const [trial] = judge(records).trials;
    const told = JSON.stringify(trial?.culprits, null, 1);
    console.log(told);
    const broken = records.filter((record) => record.k === 'failure');
    // what breaks later, on a host that is too busy, is another test's
    expect(
      broken.filter(({ phase }) => phase !== 'check' && phase !== 'collect'),
      told,
    ).toEqual([]);
    return trial?.culprits as Culprits;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export const accusedBy = ({ accused }: Culprits) => accused.map(({ tenant }) => tenant).toSorted();

/** That those who storm are accused, each by fio on its disk, and nobody else. */
export async function proveAccused(tenants: Readonly<Record<string, Tenant>>): Promise<void> {
  const culprits = await trialOf(tenants);
  const guilty = Object.entries(tenants).flatMap(([name, { does }]) => (does === 'steady' ? [] : [name]));
  const told = JSON.stringify(culprits);
  expect(accusedBy(culprits), told).toEqual(guilty);
  for (const { process, device, kernel } of culprits.accused)
    expect({ process, device, kernel }, told).toEqual({ process: 'fio', device: 'vda' });
}
