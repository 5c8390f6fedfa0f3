/**
 * `npm run conformance -- DIR [--verbose]`: how well the detector names what other projects' tests say stands in their console logs.
 * DIR holds `syzkaller/` (the format of google/syzkaller pkg/report/testdata) and `chromiumos/` (with `expected.json`), either may be missing.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createDetector } from '../harness/detect/detector.ts';
import type { KernelEvent } from '../results/model.ts';

interface Case {
  readonly file: string;
  readonly log: string;
  /** `undefined`: nothing may be reported as a crash or hang */
  readonly title: string | undefined;
  readonly alternatives: readonly string[];
  readonly corrupted: boolean;
}

interface Miss {
  readonly file: string;
  readonly wanted: string;
  readonly got: string;
}

interface Group {
  readonly name: string;
  /** the least share that is good enough; none: told, not judged */
  readonly bar?: number;
  readonly total: number;
  readonly misses: readonly Miss[];
}

/** A header of `KEY: value` lines to the first empty line, then the console, which an empty line with `REPORT:` after it ends. */
export function parseCase(file: string, text: string): Case {
  const plain = text.replaceAll('\r', '');
  const start = plain.startsWith('\n') ? 0 : plain.indexOf('\n\n') + 1;
  const header = plain.slice(0, start).split('\n');
  const values = (key: string): string[] =>
    header.filter((line) => line.startsWith(`${key}: `)).map((line) => line.slice(key.length + 2).trim());
  const end = plain.indexOf('\n\nREPORT:\n', start);
  const [title = ''] = values('TITLE');
  return {
    file,
    log: plain.slice(start + 1, end === -1 ? undefined : end + 1),
    title: title === '' ? undefined : title,
    alternatives: values('ALT'),
    corrupted: values('CORRUPTED').includes('Y'),
  };
}

export function detect(log: string): KernelEvent[] {
  const detector = createDetector({ requireTimestamp: 'auto' });
  return [...detector.push(Buffer.from(log)), ...detector.end()].sort((a, b) => a.id - b.id);
}

const isFault = (event: KernelEvent): boolean => event.class === 'crash' || event.class === 'hang';
/** The first crash or hang; a log of something else, such as a network device that is never freed, is named by its first error. */
const firstFault = (events: readonly KernelEvent[]): KernelEvent | undefined =>
  events.find(isFault) ?? events.find(({ severity }) => severity === 'error');

function scoreSyzkaller(cases: readonly Case[]): Group[] {
  const named = cases.filter(({ title }) => title !== undefined);
  const silent = cases.filter(({ title }) => title === undefined);
  const seen = new Map(cases.map((each) => [each, detect(each.log)]));
  const eventsOf = (each: Case): readonly KernelEvent[] => seen.get(each) ?? [];
  const misses = (of: readonly Case[]): Miss[] =>
    of.flatMap((each) => {
      const got = firstFault(eventsOf(each))?.title ?? '';
      const right = got === each.title || each.alternatives.includes(got);
      return right ? [] : [{ file: each.file, wanted: each.title ?? '', got }];
    });
  const whole = named.filter(({ corrupted }) => !corrupted);
  const alarms = silent.flatMap((each) => {
    const alarm = eventsOf(each).find(isFault);
    return alarm === undefined ? [] : [{ file: each.file, wanted: '', got: alarm.title }];
  });
  const doubted = named.flatMap((each) => {
    const fault = firstFault(eventsOf(each));
    if (fault === undefined || fault.corrupted === each.corrupted) return [];
    return [{ file: each.file, wanted: each.corrupted ? 'corrupted' : 'whole', got: fault.corrupted ? 'corrupted' : 'whole' }];
  });
  const alternatives = whole.flatMap((each) => {
    const fault = firstFault(eventsOf(each));
    if (fault === undefined) return [];
    const got = [fault.title, ...fault.altTitles];
    const missing = each.alternatives.filter((title) => !got.includes(title));
    return missing.length === 0 ? [] : [{ file: each.file, wanted: missing.join(' | '), got: got.join(' | ') }];
  });
  return [
    { name: 'not corrupted', bar: 0.99, total: whole.length, misses: misses(whole) },
    { name: 'all', bar: 0.95, total: named.length, misses: misses(named) },
    { name: 'silent', bar: 1, total: silent.length, misses: alarms },
    { name: 'other titles', total: whole.length, misses: alternatives },
    { name: 'known as corrupted', total: named.length, misses: doubted },
  ];
}

/** Whether a function stands in a trace of the report: ChromiumOS blames the innermost frame, titles of stalls what was called. */
const shows = ({ report }: KernelEvent, func: string): boolean => report.some((message) => message.includes(` ${func}+0x`));
const isKind =
  (kind: string) =>
  (event: KernelEvent, func: string): boolean =>
    event.kind === kind && (event.function === func || shows(event, func));

/** What `expected.json` says in ChromiumOS' own words: `kernel-(HANG)-FUNC-HASH`, or how many reports of which kind. */
const CHROMIUMOS: readonly { readonly says: RegExp; readonly holds: (event: KernelEvent, what: string) => boolean }[] = [
  { says: /^kernel-\(HARDLOCKUP\)-(\w+)-/, holds: isKind('hard_lockup') },
  { says: /^kernel-\(SOFTLOCKUP\)-(\w+)-/, holds: isKind('soft_lockup') },
  { says: /^kernel-\(HANG\)-(\w+)-/, holds: isKind('hung_task') },
  { says: /^kernel-(\w+)-/, holds: ({ function: name, title }, what) => name === what || title.endsWith(`: ${what}`) },
  { says: /^1 (KASAN|KFENCE) report/, holds: ({ title }, what) => title.startsWith(`${what}: `) },
  { says: /^1 (lockdep|suspicious RCU usage)/, holds: ({ kind }) => kind === 'lockdep' },
];

function scoreChromiumos(expected: Readonly<Record<string, string>>, logs: ReadonlyMap<string, string>): Group[] {
  const misses = Object.entries(expected).flatMap(([file, wanted]) => {
    const faults = detect(logs.get(file) ?? '').filter((event) => isFault(event) && event.consequenceOf === undefined);
    const row = CHROMIUMOS.find(({ says }) => says.test(wanted));
    const what = row?.says.exec(wanted)?.[1] ?? '';
    const right = faults.some((event) => row?.holds(event, what)) && (!wanted.startsWith('1 ') || faults.length === 1);
    return right ? [] : [{ file, wanted, got: faults.map(({ title }) => title).join(' | ') }];
  });
  return [{ name: 'chromiumos', bar: 0.95, total: Object.keys(expected).length, misses }];
}

async function readAll(dir: string): Promise<Map<string, string>> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  return new Map(await Promise.all(files.map(async (name) => [name, await readFile(join(dir, name), 'utf8')] as const)));
}

const percent = (part: number, whole: number): string => `${(whole === 0 ? 100 : (100 * part) / whole).toFixed(1)} %`;

function tell({ name, bar, total, misses }: Group, verbose: boolean): void {
  const good = total - misses.length;
  const wanted = bar === undefined ? '' : `, at least ${percent(bar, 1)} wanted`;
  console.log(`${name}: ${percent(good, total)} (${good} of ${total}${wanted})`);
  if (verbose) for (const { file, wanted, got } of misses) console.log(`  ${file}: wanted "${wanted}", got "${got}"`);
}

/** Returns the exit code: 1 where a bar is missed or nothing was there to judge by. */
async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: { verbose: { type: 'boolean' } }, allowPositionals: true });
  const [dir] = positionals;
  if (dir === undefined) {
    console.error('usage: npm run conformance -- DIR [--verbose]');
    return 2;
  }
  const [syzkaller, chromiumos] = await Promise.all([readAll(join(dir, 'syzkaller')), readAll(join(dir, 'chromiumos'))]);
  const cases = [...syzkaller].filter(([name]) => /^\d+$/.test(name)).map(([name, text]) => parseCase(`syzkaller/${name}`, text));
  const expected = JSON.parse(chromiumos.get('expected.json') ?? '{}') as Record<string, string>;
  const groups = [...scoreSyzkaller(cases), ...scoreChromiumos(expected, chromiumos)].filter(({ total }) => total > 0);
  for (const group of groups) tell(group, values.verbose ?? false);
  return groups.length > 0 && groups.every(({ bar = 0, total, misses }) => total - misses.length >= bar * total) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
