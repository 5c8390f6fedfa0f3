/**
 * What the suite costs fio: the same line by the harness, as a storm, and by hand, in the same machine on the same disk. Rounds are interleaved and
 * turned each time, since an emulated machine on a shared one is never as fast twice.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFileSystem } from '../harness/data.ts';
import { beginStorm } from '../harness/storm.ts';
import { InfraError } from '../results/errors.ts';
import { History } from '../results/history.ts';
import { type FioParams, fio } from '../suites/engines/fio.ts';
import { resolveCandidate } from '../targets/candidate/index.ts';
import { lab } from '../targets/lab/lab.ts';
import type { Machine, Site } from '../targets/target.ts';
import { show, spread } from './statistics.ts';

const ROUNDS = 7;
const FOR_S = 8;
const LIMIT_S = 900;
/** What fio must reach through the suite, of what it reaches by hand. */
const BOUND = 0.97;
const KERNEL = 'deb:linux-image-cloud-amd64';
const SIGNAL = new AbortController().signal;
/** The storm of `io-storm`, and a flood of large writes. */
const LOADS: Readonly<Record<string, FioParams>> = {
  'random 4 KiB, fsync, 16 jobs': { pattern: 'randwrite', block_bytes: 4096, depth: 16, fsync_every: 1, size_MiB: 8 },
  'sequential 128 KiB, 2 jobs': { pattern: 'write', block_bytes: 131_072, depth: 2, fsync_every: 64, size_MiB: 64 },
};

/** `npm run bench -- storage [KERNEL]`. Prints writes/s both ways and their ratio; exit 1 where a ratio's median is below the bound. */
export async function storage(args: readonly string[]): Promise<number> {
  const note = (text: string) => console.error(text);
  const candidate = await resolveCandidate(args[0] ?? KERNEL, { note, signal: SIGNAL, refresh: true });
  const dir = mkdtempSync(join(tmpdir(), 'sp-bench-'));
  try {
    await using site = await lab.open(
      { machines: [{ name: 'tenant', seat: 'tenant', cpus: 2, memory_MiB: 512, disk: { attach: 'qemu', size_MiB: 320 } }] },
      {
        ...{ candidate, run: `bench-${process.pid}`, runtimeDir: join(dir, 'run'), consoleDir: dir, prefix: '', limit_s: LIMIT_S },
        ...{ append: [], signal: SIGNAL, note },
        fault: (error) => {
          throw error;
        },
        contended: () => undefined,
      },
    );
    const machine = site.machines.get('tenant') as Machine;
    await machine.boot(LIMIT_S);
    await makeFileSystem(machine);
    using history = new History(join(dir, 'history.jsonl'), () => performance.now() / 1000);
    console.log(`${candidate.release}, ${site.accelerator.kind}, ${ROUNDS} interleaved rounds of ${FOR_S} s`);
    let missed = 0;
    for (const [what, params] of Object.entries(LOADS)) {
      const rates = { suite: [] as number[], hand: [] as number[] };
      const ways = [
        async () => rates.suite.push(await bySuite(params, site, history)),
        async () => rates.hand.push(await byHand(params, machine)),
      ];
      await byHand(params, machine); // lays out the files; it does not count
      for (let round = 0; round < ROUNDS; round += 1) for (const way of round % 2 === 0 ? ways : ways.toReversed()) await way();
      const ratio = spread(rates.suite.map((rate, round) => rate / (rates.hand[round] as number)));
      console.log(what);
      console.log(`  through the suite  ${show(spread(rates.suite), ' writes/s')}`);
      console.log(`  by hand            ${show(spread(rates.hand), ' writes/s')}`);
      console.log(`  ratio              ${show(ratio, 'x')}, bound ${BOUND}x`);
      if (ratio.median < BOUND) missed += 1;
    }
    return missed === 0 ? 0 : 1;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Writes a second, as the storm of a trial tells them. */
async function bySuite(params: FioParams, site: Site, history: History): Promise<number> {
  let rate: number | undefined;
  const stop = history.subscribe((record) => {
    if (record.k === 'action' && record.state !== 'begin') rate = record.figures?.write_iops;
  });
  const action = { at_s: 0, for_s: FOR_S, kind: 'engine', engine: 'fio', on: { machine: 'tenant' }, params } as const;
  await beginStorm([action], { site, history, trial: 'bench', patience_s: 0, signal: SIGNAL }).over;
  stop();
  if (rate === undefined) throw new InfraError('fio gave no figures through the suite');
  return rate;
}

/** As a person would, logged in on the machine. */
async function byHand(params: FioParams, machine: Machine): Promise<number> {
  const { stdout } = await (await machine.manage()).run(fio.command(params, FOR_S, undefined).argv, { limit_s: FOR_S * 3 });
  return fio.figures(stdout).write_iops ?? Number.NaN;
}
