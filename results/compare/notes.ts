/** In what the two sides differ beside the kernel: a difference that is found may be one of these instead. */
import type { Run } from '../model.ts';
import { seenEvents } from './events.ts';
import { counts, type Side, type Taken } from './sides.ts';

/** What is told of a run, where it is not the same on both sides -> its value. */
const FACTS = {
  'host differs': ({ host }) => host.name,
  'processor differs': ({ host }) => (host.cpu === undefined ? undefined : `${host.cpus} x ${host.cpu}`),
  "host's kernel differs": ({ host }) => host.kernel,
  'stormproof differs': ({ versions }) => versions.stormproof,
  'qemu differs': ({ versions }) => versions.qemu,
  'nbdkit differs': ({ versions }) => versions.nbdkit,
  'options differ': ({ argv }) => optionsOf(argv),
} as const satisfies Record<string, (run: Run) => string | number | undefined>;

/** They change where a run is written and kept, how it is told, or what the comparison knows by itself. */
const OF_NO_MATTER = new Set([
  'kernel',
  'modules',
  'profile',
  'class',
  'seed',
  'repeat',
  'retry',
  'against',
  'sign',
  'out',
  'store',
  'name',
  'tweak',
  'tweaks',
  'sabotage',
  'config',
  'quiet',
  'json',
  'no-install',
]);

/**
 * A sentence for each fact that is not the same on both sides, and for each note of a run that is not on all runs: what the config changes, stands
 * there; one for a side that mixes kernels, and one for a known issue that one side alone was told to excuse.
 */
export function notesOf(a: Side, b: Side): string[] {
  const sides = [a, b].map(({ trials }) => [...new Set(trials.map(({ run }) => run))]);
  const differing = Object.entries(FACTS).flatMap(([told, of]) => {
    const [ofA = '', ofB = ''] = sides.map((runs) => [...new Set(runs.map((run) => String(of(run) ?? 'not told')))].sort().join(' and '));
    return ofA === ofB ? [] : [`${told}: A ${ofA || 'none'}; B ${ofB || 'none'}`];
  });
  const mixed = [a, b].flatMap(({ trials }, index) => {
    const kernels = [...new Set(trials.map(({ trial }) => trial.candidate))];
    return kernels.length > 1 ? [`${'AB'[index]} mixes ${kernels.length} kernels: ${kernels.join(', ')}`] : [];
  });
  return [...mixed, ...orderOf(a, b), ...differing, ...runNotesOf(sides as [Run[], Run[]]), ...waiversOf(a, b)];
}

function runNotesOf([a, b]: readonly [readonly Run[], readonly Run[]]): string[] {
  const all = [...new Set([...a, ...b].flatMap(({ notes }) => notes))];
  return all.flatMap((note) => {
    const [inA, inB] = [a, b].map((runs) => runs.filter(({ notes }) => notes.includes(note)).length) as [number, number];
    if (inA === a.length && inB === b.length) return [];
    if (inA === a.length && inB === 0) return [`of A alone: ${note}`];
    if (inB === b.length && inA === 0) return [`of B alone: ${note}`];
    return [`of ${inA} of ${a.length} runs of A, ${inB} of ${b.length} of B: ${note}`];
  });
}

/** A title that is waived on one side and happens unwaived on the other is another thing on each. */
function waiversOf(...[a, b]: readonly [Side, Side]): string[] {
  const titles = ({ trials }: Side, waived: boolean) =>
    new Set(
      trials.filter(counts).flatMap(({ trial }) => seenEvents(trial).flatMap((each) => (each.waived === waived ? [each.title] : []))),
    );
  const one = (name: string, side: Side, other: Side) => {
    const [there, elsewhere] = [titles(side, true), titles(other, false)];
    return [...there]
      .filter((title) => elsewhere.has(title) && !titles(other, true).has(title))
      .map((title) => `waived on ${name} alone: ${title}`);
  };
  return [...one('A', a, b), ...one('B', b, a)];
}

/** Where both stand in the same runs, whether one of them always came first. */
function orderOf(a: Side, b: Side): string[] {
  const place = ({ run, trial }: Taken) => run.trials.indexOf(trial);
  const within = [a, b].map(({ trials }) => Map.groupBy(trials, ({ run }) => run.id));
  const [ofA, ofB] = within as [Map<string, Taken[]>, Map<string, Taken[]>];
  const common = [...ofA.keys()].filter((id) => ofB.has(id));
  const before = (first: typeof ofA, second: typeof ofA) =>
    common.every((id) => Math.max(...(first.get(id) ?? []).map(place)) < Math.min(...(second.get(id) ?? []).map(place)));
  const first = common.length === 0 ? undefined : before(ofA, ofB) ? 'A' : before(ofB, ofA) ? 'B' : undefined;
  if (first === undefined) return [];
  return [`in each run ${first} was tried before ${first === 'A' ? 'B' : 'A'}: what drifts in the course of a run counts as a difference`];
}

/** `--load 50% --search`: the options of a command line that change what is done. */
function optionsOf(argv: readonly string[]): string {
  const options = argv.flatMap((word, index) => {
    const [, name, own] = /^--([\w-]+)(?:=(.*))?$/.exec(word) ?? [];
    if (name === undefined || OF_NO_MATTER.has(name)) return [];
    const next = argv[index + 1];
    const value = own ?? (next?.startsWith('--') ? undefined : next);
    return [value === undefined ? `--${name}` : `--${name} ${value}`];
  });
  return options.sort().join(' ');
}
