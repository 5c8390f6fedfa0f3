/** `list`: what can be chosen, and what this machine lacks for it. */
import { type Command, flag } from './command.ts';
import type { Summaries } from './registries.ts';

export const list: Command = {
  name: 'list',
  operands: '',
  summary: 'suites, classes, profiles, and what is missing here',
  options: { json: { describe: 'as one JSON object' } },
  examples: [
    ['list', 'for reading'],
    ["list --json | jq -r '.suites | keys[]'", 'the names of the suites'],
  ],
  async run(args, { stdout }) {
    const { catalogue } = await import('./registries.ts');
    const { missingPrograms } = await import('../doctor.ts');
    const { SOURCES } = await import('../../targets/candidate/index.ts');
    const all = await catalogue();
    const summaries = Object.fromEntries(
      (Object.entries(all) as [string, Summaries][]).map(([what, entries]) => [
        what,
        Object.fromEntries(Object.entries(entries).map(([name, { summary }]) => [name, summary])),
      ]),
    );
    const kernels = Object.fromEntries(Object.values(SOURCES).map(({ spelling, means }) => [spelling, means]));
    const missing = Object.fromEntries(
      missingPrograms().map(({ program, debian, purpose }) => [program, `${purpose} (package ${debian})`]),
    );
    const sections: Readonly<Record<string, Readonly<Record<string, string>>>> = { ...summaries, kernels, missing };
    stdout.write(flag(args, 'json') ? `${JSON.stringify(sections, null, 2)}\n` : asText(sections));
    return 'done';
  },
};

function asText(sections: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const filled = Object.entries(sections).filter(([, entries]) => Object.keys(entries).length > 0);
  const width = Math.max(...filled.flatMap(([, entries]) => Object.keys(entries).map((name) => name.length)));
  const lines = filled.map(([what, entries]) =>
    [what, ...Object.entries(entries).map(([name, text]) => `  ${name.padEnd(width)}  ${text}`)].join('\n'),
  );
  return `${lines.join('\n\n')}\n`;
}
