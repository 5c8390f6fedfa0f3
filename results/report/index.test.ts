import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { readHistory } from '../history.ts';
import type { Run } from '../model.ts';
import { readRecord } from '../record.ts';
import { FORMAT_NAMES, FORMATS, loadFormats, type Source, USUAL_FORMATS } from './index.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const dir = join(ROOT, 'results', 'fixtures', 'version-1');
const run = readRecord(JSON.parse(readFileSync(join(dir, 'run.json'), 'utf8')));
const source: Source = { run, records: readHistory(join(dir, 'history.jsonl')).records, damage: [], dir };
const trials = (name: string): Run['trials'] => [{ ...(run.trials[0] as Run['trials'][number]), name, curve: EMPTY_CURVE }];
const EMPTY_CURVE = { points: [], goals: [] } as unknown as NonNullable<Run['trials'][number]['curve']>;

describe('the formats of reports', () => {
  it('are all in the README, with their files and readers', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n');
    const rows = FORMAT_NAMES.map(
      (name) => `| \`${name}\` | \`${FORMATS[name].file}\` | ${FORMATS[name].what} | ${FORMATS[name].reader} |`,
    );
    expect(rows.filter((row) => !readme.includes(row))).toEqual([]);
  });

  it('each have a file of their own', () => {
    expect(new Set(Object.values(FORMATS).map(({ file }) => file)).size).toBe(FORMAT_NAMES.length);
  });

  it('give the same text each time, which knows nothing of where and when it is made', async () => {
    const render = await loadFormats(FORMAT_NAMES);
    const files = render(source);
    expect(render(source)).toEqual(files);
    expect([...render({ ...source, dir: '/elsewhere' })]).toEqual([...files]);
    for (const [file, text] of files) expect(text, file).not.toContain(ROOT);
    expect(USUAL_FORMATS.filter((name) => files.has(FORMATS[name].file))).toEqual(['json', 'junit', 'markdown', 'html']);
  });

  it('name a file after its trial, and after none that would leave the directory', async () => {
    const render = await loadFormats(['curve']);
    const name = 'ipv6-flood.udp-66@k1-6.12.117+deb12';
    expect([...render({ ...source, run: { ...run, trials: trials(name) } }).keys()]).toEqual([`${name}.curve.svg`]);
    for (const bad of ['../evil', '/etc/evil', '..', '.hidden', 'a\0b', 'a b'])
      expect(() => render({ ...source, run: { ...run, trials: trials(bad) } })).toThrow(UsageError);
  });
});
