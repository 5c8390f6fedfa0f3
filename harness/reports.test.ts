/** A run's directory alone gives every report again, byte for byte: later, elsewhere, in another time zone and language. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { memoryOf } from '../results/memory.sample.ts';
import { type HistoryRecord, type Run, SCHEMA_VERSION } from '../results/model.ts';
import { readRecord } from '../results/record.ts';
import { HUNG, sampleConsole } from '../results/report/html/report.sample.ts';
import { FORMAT_NAMES, loadFormats } from '../results/report/index.ts';
import { trial } from './judge/waivers.testing.ts';
import { PLANNED_TRIALS } from './judge.ts';
import { writeReports } from './reports.ts';
import { finish } from './run-files.ts';

const FIXTURES = join(import.meta.dirname, '..', 'results', 'fixtures');
const MAIN = join(import.meta.dirname, 'main.ts');
const base = mkdtempSync(join(tmpdir(), 'reports-'));
afterAll(() => rmSync(base, { recursive: true }));

let dir: string;
let count = 0;
beforeEach(() => {
  count += 1;
  dir = join(base, String(count), 'nightly');
  mkdirSync(dir, { recursive: true });
});

const RUN: Run = { ...readRecord(JSON.parse(readFileSync(join(FIXTURES, 'version-1', 'run.json'), 'utf8'))), trials: [], reasons: [] };

/** A real run of a storage cut, as it was recorded, with all its samples, counters and faults. */
const RECORDED = readFileSync(join(FIXTURES, 'version-1', 'history.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as HistoryRecord)
  .filter((record) => record.k !== 'fact' || record.name !== PLANNED_TRIALS);
const { trial: CUT } = RECORDED[0] as HistoryRecord;
const { text: CONSOLE, event: HUNG_TASK } = sampleConsole(2, HUNG);

/** That, a task that hung in it, two more sizes of host, so that there is a picture too, and what a kernel may have printed. */
const HISTORY = [
  { t: 0, trial: '', k: 'fact', name: PLANNED_TRIALS, value: '3' },
  ...RECORDED,
  { t: 40, trial: CUT, k: 'event', machine: 'head', event: HUNG_TASK },
  ...[
    { name: 'large-memory.boot@128G', size: '128G', total_kB: 131_900_000, seconds: 7.9 },
    { name: 'large-memory.boot@384G', size: '384G', total_kB: 396_300_000, seconds: 13 },
  ].flatMap(({ name, size, total_kB, seconds }) =>
    trial(
      [
        { t: 1, k: 'memory', machine: 'head', when: 'ready', ...memoryOf(total_kB) },
        { t: 2, k: 'measure', machine: 'head', name: 'boot', seconds },
        { t: 3, k: 'failure', phase: 'boot', fault: 'candidate', message: ']]> <b>`|`</b> ::error::\u001b[31m é漢' },
      ],
      { name, size },
    ),
  ),
];

/** Of a trial, on the page. */
const PARTS = ['What happened when', 'What the kernels said', 'What was asked of it'];

/** What a run does at its end; the text of everything that it left. */
async function left(): Promise<Map<string, string>> {
  mkdirSync(join(dir, 'console'), { recursive: true });
  writeFileSync(join(dir, 'console', `${CUT}.head.log`), CONSOLE);
  writeFileSync(join(dir, 'history.jsonl'), HISTORY.map((line) => `${JSON.stringify(line)}\n`).join(''));
  finish(dir, { ...RUN }, await loadFormats(FORMAT_NAMES));
  return filesIn(dir);
}

const filesIn = (path: string): Map<string, string> =>
  new Map(
    readdirSync(path, { withFileTypes: true })
      .flatMap((each) => (each.isFile() ? [each.name] : []))
      .sort()
      .map((name) => [name, readFileSync(join(path, name), 'utf8')]),
  );

async function reported(formats: string[], out?: string): Promise<string> {
  let said = '';
  const stdout = { write: (text: string) => (said += text) } as unknown as NodeJS.WriteStream;
  await writeReports({ dir, formats, out }, { stdout });
  return said;
}

describe('the reports of a run', () => {
  it('are made again byte for byte: moved, in another time zone and language, from another directory', async () => {
    const before = await left();
    expect([...before.keys()]).toEqual(
      expect.arrayContaining(['junit.xml', 'kcidb.json', 'metrics.prom', 'report.tap', 'run.json', 'scaling.svg']),
    );
    // the page has all of its parts to show
    const page = before.get('report.html') ?? '';
    for (const title of PARTS) expect(page).toContain(`<h3>${title}</h3>`);
    expect(page).toContain(`<mark>[   12.345678] ${HUNG.report[0]}</mark>`);
    for (const name of before.keys()) if (name !== 'run.json' && name !== 'history.jsonl') rmSync(join(dir, name));
    const moved = join(base, 'moved');
    renameSync(dir, moved);
    const env = { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', STORMPROOF_DEBUG: '' };
    const { exitCode, stderr } = await execa(process.execPath, [MAIN, 'report', 'moved', '--format', 'all'], {
      cwd: base,
      env,
      reject: false,
    });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(filesIn(moved)).toEqual(before);
    renameSync(moved, dir);
  });

  it('of every older version of the record can be made, and say what that run said', async () => {
    for (let version = 0; version <= SCHEMA_VERSION; version += 1) {
      dir = join(FIXTURES, `version-${version}`);
      const json = JSON.parse(await reported(['json'])) as Run;
      expect(json).toEqual({ ...JSON.parse(readFileSync(join(dir, 'run.json'), 'utf8')), schema: SCHEMA_VERSION });
    }
    expect(await reported(['github'])).toMatch(/^::notice title=stormproof PASS/);
  });

  it('of a record that is newer than the program are none', async () => {
    writeFileSync(join(dir, 'run.json'), JSON.stringify({ ...RUN, schema: SCHEMA_VERSION + 1 }));
    await expect(reported(['github'])).rejects.toThrow(/nightly\/run\.json: written by a newer stormproof: the record has version 2/);
  });
});

describe('a damaged run', () => {
  const SOUND = join(FIXTURES, 'version-1');
  const history = readFileSync(join(SOUND, 'history.jsonl'));

  it.each<[string, Buffer, RegExp]>([
    ['of which a power cut took the end', Buffer.concat([history.subarray(0, -200), Buffer.alloc(200)]), /history\.jsonl:\d+: NUL bytes/],
    ['cut off in a line', history.subarray(0, 40_000), /history\.jsonl:\d+: the last line is cut off/],
    [
      'with garbage in it',
      Buffer.concat([
        history.subarray(0, history.indexOf(10) + 1),
        Buffer.from('\xff\xfe garbage\n', 'latin1'),
        history.subarray(history.indexOf(10) + 1),
      ]),
      /history\.jsonl:2: not UTF-8/,
    ],
  ])('%s is told in every report, and is no pass though its record says so', async (_what, bytes, words) => {
    cpSync(SOUND, dir, { recursive: true });
    writeFileSync(join(dir, 'history.jsonl'), bytes);
    expect(JSON.parse(readFileSync(join(dir, 'run.json'), 'utf8'))).toMatchObject({ verdict: 'pass' });
    for (const format of FORMAT_NAMES.filter((name) => !['curve', 'scaling', 'openmetrics'].includes(name)))
      expect((await reported([format])).replaceAll(/\s+/g, ' '), format).toMatch(words);
    expect(await reported(['openmetrics'])).toContain('stormproof_run_verdict="unknown"} 1\n');
  });
});

describe('report', () => {
  beforeEach(() => left().then(() => undefined));

  it.each<[string, string[], RegExp]>([
    ['unknown', ['junt'], /^unknown format "junt", did you mean "junit"\?$/],
    ['empty', ['junit,'], /^--format needs names, with commas between$/],
    ['of what the run was not', ['curve'], /nothing to show as curve; this is of a search:/],
  ])('refuses a format that is %s in one line', async (_what, formats, words) => {
    await expect(reported(formats)).rejects.toThrow(words);
  });

  it('prints one report, or writes it into the file or the directory that is named', async () => {
    const text = readFileSync(join(dir, 'junit.xml'), 'utf8');
    expect(await reported(['junit'])).toBe(text);
    expect(await reported(['junit'], '-')).toBe(text);
    for (const [out, file] of [
      ['out.xml', 'out.xml'],
      ['new/', 'new/junit.xml'],
      ['deep/in/out.xml', 'deep/in/out.xml'],
    ] as const) {
      expect(await reported(['junit'], join(base, out))).toBe(`${join(base, file)}\n`);
      expect(readFileSync(join(base, file), 'utf8')).toBe(text);
    }
  });

  it('writes several into a directory, and the usual ones into the run', async () => {
    await reported(['junit,tap', 'ktap'], join(base, 'some'));
    expect(readdirSync(join(base, 'some'))).toEqual(['junit.xml', 'report.ktap', 'report.tap']);
    for (const name of filesIn(dir).keys()) if (name !== 'run.json' && name !== 'history.jsonl') rmSync(join(dir, name));
    await reported([]);
    expect(readdirSync(dir)).toEqual(['console', 'history.jsonl', 'junit.xml', 'report.html', 'run.json', 'scaling.svg', 'summary.md']);
    await expect(reported(['junit,tap'], '-')).rejects.toThrow(/^--out - takes one report; name its --format$/);
  });

  it('never writes over what it is made of', async () => {
    const record = readFileSync(join(dir, 'run.json'), 'utf8');
    await expect(reported(['json'], dir)).rejects.toThrow(/run\.json: the reports are made of it/);
    await expect(reported(['junit'], join(dir, 'history.jsonl'))).rejects.toThrow(/history\.jsonl: the reports are made of it/);
    await expect(reported(['text'], join(dir, 'console', 'head.log'))).rejects.toThrow(/head\.log: the reports are made of it/);
    await reported(['all']);
    expect(readFileSync(join(dir, 'run.json'), 'utf8')).toBe(record);
  });

  it('leaves a run alone of which a certificate was signed, but for what is the same already', async () => {
    writeFileSync(join(dir, 'certificate@384G.json'), '{}');
    const before = filesIn(dir);
    await reported(['all']);
    expect(filesIn(dir)).toEqual(before);
    rmSync(join(dir, 'report.tap'));
    const words = /report\.tap: a certificate rests on what stands in that directory, .*; name another place with --out$/;
    await expect(reported(['all'])).rejects.toThrow(words);
    await expect(reported(['tap'], join(dir, 'deep/'))).rejects.toThrow(words);
    expect(filesIn(dir).has('report.tap')).toBe(false);
    await reported(['all'], join(base, 'beside'));
    expect(readdirSync(join(base, 'beside'))).toContain('report.tap');
  });
});
