/** What `serve` takes: of a run that tells much, beside parsing its lines and nothing else; and of a list of thousands of runs. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../harness/serve/app.ts';
import { Digest } from '../harness/serve/digest.ts';
import { NOTHING, newsOf } from '../harness/serve/frame.ts';
import { rehearse } from '../harness/serve/rehearsal.testing.ts';
import { RunIndex } from '../harness/serve/run-index.ts';
import { sideBySide } from '../harness/serve/side-by-side.ts';
import { Stored } from '../harness/serve/stored.ts';
import { sampleRun } from '../results/store/run.sample.ts';
import { show, spread } from './statistics.ts';

const ROUNDS = 5;
const OUTAGE_S = 3600;
const RUNS = 10_000;
const BOUNDS = { records_per_s: 50_000, page_ms: 200 } as const;

/** `npm run bench -- serve`. Exit 1 when it is slower than its bounds. */
export async function serve(): Promise<number> {
  const rates = digestRates();
  const pages_ms = await pageTimes();
  return rates.median >= BOUNDS.records_per_s && pages_ms.median <= BOUNDS.page_ms ? 0 : 1;
}

/** Records a second that become what a page shows, with a frame for every thousand; and those that are parsed alone. */
function digestRates() {
  const lines = rehearse({ outage_s: OUTAGE_S }).flatMap((step) => ('line' in step ? [Buffer.from(step.line)] : []));
  const timed = (work: () => void): number => {
    const begun = performance.now();
    work();
    return (1000 * lines.length) / (performance.now() - begun);
  };
  const [parsed, digested]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    parsed.push(
      timed(() => {
        for (const line of lines) JSON.parse(line.toString());
      }),
    );
    digested.push(
      timed(() => {
        const digest = new Digest();
        let cursor = NOTHING;
        for (const [at, line] of lines.entries()) {
          digest.line(line, 0);
          if (at % 1000 === 0) ({ cursor } = newsOf(digest, cursor, undefined));
        }
      }),
    );
  }
  console.log(`${lines.length} records of one run`);
  console.log(`parsed    ${show(spread(parsed), ' records/s')}`);
  console.log(`digested  ${show(spread(digested), ' records/s')}, at least ${BOUNDS.records_per_s} wanted`);
  return spread(digested);
}

/** Milliseconds to a page of the list, the first time and afterwards. */
async function pageTimes() {
  const dir = mkdtempSync(join(tmpdir(), 'sp-serve-'));
  try {
    const text = JSON.stringify(sampleRun(0));
    const { id } = sampleRun(0);
    for (let run = 0; run < RUNS; run += 1) {
      mkdirSync(join(dir, String(run)));
      writeFileSync(join(dir, String(run), 'run.json'), text.replace(id, `${id}${run}`));
    }
    const end = new AbortController();
    const index = new RunIndex([dir], { leased: () => [] });
    const app = createApp({ index, stored: new Stored({ kind: 'none' }), compare: sideBySide, token: undefined, signal: end.signal });
    const page = async (offset: number): Promise<number> => {
      const begun = performance.now();
      await (await app.request(`/api/runs?offset=${offset}`, { headers: { host: 'localhost' } })).json();
      return performance.now() - begun;
    };
    const first_ms = await page(0);
    const later_ms: number[] = [];
    for (let round = 0; round < 4 * ROUNDS; round += 1) later_ms.push(await page((round * 500) % RUNS));
    console.log(
      `${RUNS} runs: read in ${(first_ms / 1000).toFixed(1)} s; a page of them then ${show(spread(later_ms), ' ms')}, at most ${BOUNDS.page_ms} wanted`,
    );
    return spread(later_ms);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
