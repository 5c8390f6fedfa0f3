/**
 * How well `compare` does what it promises, by simulated nights: how often two equal kernels are said to differ, and how often a storage recovery that
 * is slower is found, for several numbers of nights; and how long one comparison takes. The nights and their noise are those of the tests.
 */
import { compareSides } from '../results/compare/compare.ts';
import { type Kernel, nightsOf } from '../results/compare/nights.testing.ts';
import { type Side, sideOf, sidesWithin } from '../results/compare/sides.ts';

const COMPARISONS = 300;
/** Seeds apart, so that no two comparisons share a night. */
const EACH = 1000;
const CASE = 'storage-cutoff/cut/kernel';
/** False alarms in 100, and finds of a recovery that is 20 % slower by ten pairs. */
const BOUNDS = { alarms: 5, found: 90 } as const;

type Nights = (count: number, seed: number, slower: number) => readonly [Side, Side];

const kernel = (release: string, times: number): Kernel => ({
  release,
  slower: { [CASE]: times },
  events: {
    'INFO: rare hang': { in: 'storage-cutoff/cut', share: 0.1 },
    'TCP: Possible SYN flooding': { in: 'ipv6-flood/mixed', share: 0.5 },
  },
});

const apart: Nights = (count, seed, slower) => [
  sideOf('A', nightsOf(count, seed, { kernels: [kernel('a', 1)] })),
  sideOf('B', nightsOf(count, seed + EACH / 2, { kernels: [kernel('b', slower)] })),
];
const paired: Nights = (count, seed, slower) => {
  const runs = nightsOf(count, seed, { kernels: [kernel('a', 1), kernel('b', slower)] });
  const candidate = (release: string) => ({ asked: `deb:${release}`, release, version: release, files: [] });
  return sidesWithin(runs, candidate('a'), candidate('b'));
};

/** Of 100 comparisons: in how many anything was named, how many gave no verdict, and in how many the slower recovery was found. */
function rates(nights: Nights, count: number, slower: number): { named: number; open: number; found: number } {
  let [named, open, found] = [0, 0, 0];
  for (let each = 0; each < COMPARISONS; each += 1) {
    const { measures, counts, verdict } = compareSides(...nights(count, each * EACH, slower), { resamples: 0 });
    const different = [...measures, ...counts].filter(
      (one) => one.found === 'worse' || one.found === 'better' || one.found === 'different',
    );
    if (different.length > 0) named += 1;
    if (verdict === 'unknown') open += 1;
    if (
      measures.some((one) => one.found === 'worse' && one.name === 'recovery of storage' && `${one.kind.suite}/${one.kind.case}` === CASE)
    )
      found += 1;
  }
  return { named: (100 * named) / COMPARISONS, open: (100 * open) / COMPARISONS, found: (100 * found) / COMPARISONS };
}

/** `npm run bench -- compare`. Exit 1 when a rate is beyond its bound. */
export async function compare(): Promise<number> {
  const shown = (value: number) => `${value.toFixed(0).padStart(3)} of 100`;
  let ok = true;
  for (const [name, nights, count] of [
    ['nights of each', apart, 6],
    ['nights of each', apart, 10],
    ['pairs', paired, 10],
    ['pairs', paired, 20],
  ] as const) {
    const { named, open } = rates(nights, count, 1);
    ok &&= named <= BOUNDS.alarms;
    console.log(
      `equal kernels, ${count} ${name}: anything named in ${named.toFixed(1)} of 100, bound ${BOUNDS.alarms}; no verdict in ${open.toFixed(1)}`,
    );
  }
  for (const [name, nights, counts] of [
    ['nights of each', apart, [10, 15, 20]],
    ['pairs', paired, [8, 10, 12]],
  ] as const)
    for (const slower of [1.1, 1.2])
      console.log(
        `${Math.round(100 * slower - 100)} % slower: ${counts.map((count) => `${count} ${name} ${shown(rates(nights, count, slower).found)}`).join(', ')}`,
      );
  ok &&= rates(paired, 10, 1.2).found >= BOUNDS.found;

  for (const count of [12, 100]) {
    const sides = apart(count, 0, 1.2);
    const begun = performance.now();
    compareSides(...sides);
    console.log(`one comparison of ${count} nights of each, intervals and all: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
  }
  return ok ? 0 : 1;
}
