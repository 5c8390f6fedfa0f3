/** What the pages tell people to type is there, and what they may put into their CI is what that reads. */
import { readdirSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CLASSES } from '../suites/classes.ts';
import { DEFAULT_PROFILE, PROFILES } from '../suites/profiles.ts';
import type { Command } from './cli/command.ts';
import { COMMANDS } from './cli/parse.ts';
import { formsOf } from './work.ts';

const ROOT = `${import.meta.dirname}/..`;
const read = (page: string): string => readFileSync(`${ROOT}/${page}`, 'utf8');
const CI = readdirSync(`${ROOT}/docs/ci`).map((name) => `docs/ci/${name}`);
const PAGES = [
  'README.md',
  ...readdirSync(`${ROOT}/docs`, { withFileTypes: true }).flatMap((each) => (each.name.endsWith('.md') ? [`docs/${each.name}`] : [])),
  ...CI,
];

/** `./stormproof …` as it stands in a page, lines that are continued joined; without what follows it in a shell. */
const commandsOf = (page: string): string[] =>
  [
    ...read(page)
      .replaceAll(/\\?\n +(?=--)/g, ' ')
      .matchAll(/(?:\.\/stormproof|`stormproof) ([^`\n#|>;&"'()]*)/g),
  ].map(([, words = '']) => words.trim());

describe('a page', () => {
  it.each(PAGES)('%s has no command or option that there is not', async (page) => {
    for (const line of commandsOf(page)) {
      const [name = '', ...words] = line.split(/\s+/);
      if (!/^[a-z]+$/.test(name)) continue;
      const command: Command | undefined = await COMMANDS[name as keyof typeof COMMANDS]?.();
      expect(command, `stormproof ${line}`).toBeDefined();
      const options = words.flatMap((word) => /^--([a-z-]+)/.exec(word)?.[1] ?? []);
      expect(
        options.filter((option) => option !== 'help' && !(option in (command?.options ?? {}))),
        `stormproof ${line}`,
      ).toEqual([]);
    }
  });

  it('is looked through for commands', () => {
    expect(PAGES.flatMap(commandsOf).length).toBeGreaterThan(60);
    expect(CI.filter((page) => commandsOf(page).length < 2)).toEqual([]);
  });

  it('shows a large host certified in as many trials as there are', () => {
    const shown = /certify --class 768G\n[\s\S]*?certify in the lab: (\d+) trials/.exec(read('README.md'))?.[1];
    const forms = CLASSES['768G'].suites.flatMap((form) => formsOf(form, PROFILES[DEFAULT_PROFILE]));
    expect(shown).toBe(`${forms.length}`);
  });
});

/** GitHub's own parser of workflows, which imports JSON as bundlers do and Node does not. */
async function githubParser(): Promise<typeof import('@actions/workflow-parser')> {
  const hooks = registerHooks({
    load: (url, context, next) => next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
  });
  try {
    return await import('@actions/workflow-parser');
  } finally {
    hooks.deregister();
  }
}

describe('an example for CI', () => {
  it('of GitHub Actions is a workflow to the parser that GitHub uses itself', async () => {
    const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await githubParser();
    const [name, content] = ['docs/ci/github.yml', read('docs/ci/github.yml')];
    const complaints = async (text: string): Promise<string[]> => {
      const { context, value } = parseWorkflow({ name, content: text }, new NoOperationTraceWriter());
      if (value !== undefined) await convertWorkflowTemplate(context, value);
      return context.errors.getErrors().map(({ message }) => message);
    };
    expect(await complaints(content)).toEqual([]);
    expect(await complaints(content.replace('runs-on:', 'run-on:'))).not.toEqual([]);
  });

  it.each(CI)('%s takes the key away again, whatever becomes of the night', (page) => {
    const text = read(page);
    expect(text).toMatch(/--sign night\.key/);
    expect(text).toMatch(
      /trap 'rm -f night\.key' EXIT\n *install |after_script:\n *- rm -f night\.key\n|always \{\n *sh 'rm -f night\.key'\n/,
    );
  });

  it('of GitLab has stages, scripts and artefacts where GitLab looks for them', () => {
    const { stages, ...jobs } = parse(read('docs/ci/gitlab.yml')) as { stages: string[] } & Record<string, Record<string, unknown>>;
    for (const [name, job] of Object.entries(jobs)) {
      expect(stages, name).toContain(job.stage);
      expect(job.script, name).toEqual(expect.arrayContaining([expect.stringMatching(/^\.\/stormproof /)]));
      const known = ['stage', 'tags', 'timeout', 'resource_group', 'rules', 'parallel', 'script', 'after_script', 'artifacts'];
      expect(
        Object.keys(job).filter((key) => !known.includes(key)),
        name,
      ).toEqual([]);
    }
    expect(jobs.certify?.artifacts).toMatchObject({ when: 'always', reports: { junit: 'run-*/junit.xml' } });
  });
});
