/** Positive controls on a real kernel: each must turn the verdict to fail, for its own reason, in all three places where people look. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { leftovers, NOTHING, run, theRun, workspace } from './commandline.testing.ts';
import { SABOTAGES, type SabotageName } from './sabotage.ts';

/** Words of the cause that must be read in terminal, run.json and JUnit; and what else must be true of each. */
const CAUSES: Readonly<Record<SabotageName, { readonly words: RegExp; readonly how: string }>> = {
  panic: { words: /sysrq triggered crash/, how: 'after reset' },
  'hung-task': { words: /task hung in/, how: 'self' },
  'no-recovery': { words: /network (was not|came back only|did not)/, how: 'after reset' },
  corruption: { words: /1 corrupt/, how: 'self' },
};

test.for(Object.keys(SABOTAGES) as SabotageName[])('%s is seen, and named', async (name) => {
  using space = workspace();
  const { code, stdout, stderr } = await run(['certify', '--sabotage', name], space);
  expect(code, stdout + stderr).toBe(1);
  const { run: record, junit, path } = theRun(space.dir);
  expect(record.verdict).toBe('fail');
  expect(record.sabotage).toBe(name);
  const failed = record.trials.flatMap(({ objectives }) =>
    objectives.filter(({ verdict }) => verdict === 'fail').map(({ name: objective }) => objective),
  );
  for (const expected of SABOTAGES[name].expects) expect(failed).toContain(expected);
  const { words, how } = CAUSES[name];
  for (const [where, text] of Object.entries({
    terminal: stdout.slice(stdout.indexOf('\nFAIL')),
    record: record.reasons.join('\n'),
    junit,
  }))
    expect(text, where).toMatch(words);
  expect(record.trials.flatMap(({ recovery }) => recovery.map((each) => each.how))).toContain(how);
  // and the log of a kernel that panicked was taken before the reset
  const logs = readdirSync(join(path, 'artefacts')).filter((artefact) => artefact.endsWith('.panic-dmesg.txt'));
  expect(logs).toEqual(name === 'panic' ? ['ipv6-flood.udp-66.head.panic-dmesg.txt'] : []);
  // a control that fails everything would prove nothing: what it does not touch must hold
  if (name === 'corruption' || name === 'hung-task') expect(failed).toEqual([...SABOTAGES[name].expects]);
  expect(leftovers(space.env)).toEqual(NOTHING);
});
