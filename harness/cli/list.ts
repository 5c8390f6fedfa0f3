/** `list`: what can be chosen, and what this machine lacks for it. */
import { UsageError } from '../../results/errors.ts';
import { gibText } from '../../results/memory.ts';
import { suggestion } from '../nearest.ts';
import { type Command, flag, text } from './command.ts';
import type { Summaries } from './registries.ts';

type Section = Readonly<Record<string, string>>;

export const list: Command = {
  name: 'list',
  operands: '[what]',
  summary: 'suites, their cases, classes, profiles, tweaks, and what is missing here',
  notes: ['WHAT is a suite, or one of suites, classes, profiles, sabotages, kernels, tweaks, policies and missing.'],
  options: { json: { describe: 'as one JSON object' } },
  examples: [
    ['list', 'for reading'],
    ['list ipv6-flood', 'the cases of a suite'],
    ['list tweaks', 'what may be changed on a candidate'],
    ['list policies', 'ways of sharing out a pool'],
    ["list --json | jq -r '.suites | keys[]'", 'the names of the suites'],
  ],
  exits: '0 listed; 2 wrong usage',
  async run(args, { stdout, stderr }) {
    const { catalogue, casesOf } = await import('./registries.ts');
    const { missingPrograms } = await import('../doctor.ts');
    const { SOURCES } = await import('../../targets/candidate/index.ts');
    const { AXES, POLICIES } = await import('../../suites/policies/index.ts');
    const { KINDS } = await import('../../suites/tweaks/kinds.ts');
    const all = await catalogue();
    const cases = await casesOf();
    const what = text(args, 'what');
    const classes = what === undefined || what === 'classes' ? await classesHere(stderr) : {};
    const summaries = Object.fromEntries(
      (Object.entries(all) as [string, Summaries][]).map(([what, entries]) => [
        what,
        Object.fromEntries(Object.entries(entries).map(([name, { summary }]) => [name, summary])),
      ]),
    );
    const sections: Readonly<Record<string, Section>> = {
      ...summaries,
      classes,
      kernels: Object.fromEntries(Object.values(SOURCES).map(({ spelling, means }) => [spelling, means])),
      missing: Object.fromEntries(missingPrograms().map(({ program, debian, purpose }) => [program, `${purpose} (package ${debian})`])),
    };
    const further: Readonly<Record<string, Section>> = {
      // a suite without cases is one by itself
      ...Object.fromEntries(Object.entries(summaries.suites ?? {}).map(([name, summary]) => [name, { [name]: summary }])),
      ...cases,
      tweaks: Object.fromEntries(Object.values(KINDS).map(({ spelling, summary }) => [spelling, summary])),
      policies: Object.fromEntries([
        ...Object.entries(AXES).map(([axis, names]) => [axis, `all of these: ${names.join(', ')}`]),
        ...Object.entries(POLICIES).map(([name, { summary, of }]) => [name, `${summary} (tenants that are ${of})`]),
      ]),
    };
    const chosen = what === undefined ? sections : { [what]: { ...sections, ...further }[what] };
    const known = Object.keys({ ...sections, ...further });
    if (what !== undefined && !known.includes(what)) throw new UsageError(`list: there is no "${what}"${suggestion(what, known)}`);
    stdout.write(flag(args, 'json') ? `${JSON.stringify(chosen, null, 2)}\n` : asText(chosen as Readonly<Record<string, Section>>));
    if (what === undefined && !flag(args, 'json'))
      stdout.write(`\nMore: ${[...Object.keys(cases), 'tweaks', 'policies'].map((name) => `stormproof list ${name}`).join(', ')}\n`);
    return 'done';
  },
};

/** Stormproof's own and those of ./stormproof.yaml, each with what it takes of this machine. What is wrong with that file keeps nobody from the rest. */
async function classesHere(stderr: NodeJS.WritableStream): Promise<Section> {
  const { registries } = await import('./registries.ts');
  const { classesIn } = await import('./request.ts');
  const { readConfig } = await import('../config.ts');
  const { costOf } = await import('../class-cost.ts');
  const { formsOf } = await import('../work.ts');
  const { PROFILES, DEFAULT_PROFILE } = await import('../../suites/profiles.ts');
  const known = await registries();
  const inFile = () => {
    try {
      return classesIn(readConfig(undefined, { ...known, classes: Object.keys(known.classes) }));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      stderr.write(`stormproof: classes of your own are left out: ${error.message}\n`);
      return {};
    }
  };
  const profile = PROFILES[DEFAULT_PROFILE];
  return Object.fromEntries(
    Object.entries({ ...known.classes, ...inFile() }).map(([name, size]) => {
      const { memory_MiB, whyNot } = costOf(
        size,
        profile,
        size.suites.flatMap((form) => formsOf(form, profile)),
      );
      const here = whyNot === undefined ? 'fits here' : 'too large for this machine';
      return [name, `${size.summary}; ${here}: it takes about ${gibText(memory_MiB)}`];
    }),
  );
}

function asText(sections: Readonly<Record<string, Section>>): string {
  const filled = Object.entries(sections).filter(([, entries]) => Object.keys(entries).length > 0);
  if (filled.length === 0) return `${Object.keys(sections).join(', ')}: nothing\n`;
  const width = Math.max(0, ...filled.flatMap(([, entries]) => Object.keys(entries).map((name) => name.length)));
  const lines = filled.map(([what, entries]) =>
    [what, ...Object.entries(entries).map(([name, words]) => `  ${name.padEnd(width)}  ${words}`)].join('\n'),
  );
  return `${lines.join('\n\n')}\n`;
}
