/** What `report` does: reads a run's directory, judges it, and writes its reports where they are wanted. */
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { explain, InfraError, UsageError } from '../results/errors.ts';
import { FORMAT_NAMES, FORMATS, type FormatName, loadFormats, USUAL_FORMATS } from '../results/report/index.ts';
import type { Io } from './cli/command.ts';
import { readJudged } from './cli/run-dir.ts';
import { suggestion } from './nearest.ts';
import { writeWhole } from './run-files.ts';

export interface ReportRequest {
  /** the run's directory */
  readonly dir: string;
  /** as said: each may name several, with commas between; none for the usual ones */
  readonly formats: readonly string[];
  /** a file, a directory, or `-`; undefined: one report goes to standard output, several into the run's directory */
  readonly out: string | undefined;
}

/** What a report is made of, which none may overwrite. */
const SOURCES = /^(run\.json|history\.jsonl|console\/.*|artefacts\/.*)$/s;
/** As `certify --sign` calls them. */
const CERTIFICATE = /^certificate(@.*)?\.json$/;

/**
 * Writes the reports and says where they are. Throws UsageError for a format that is not there, a run that is none or has nothing to show in
 * the one format that was asked for, and a place that cannot be; InfraError where the disk refuses.
 */
export async function writeReports({ dir, formats, out }: ReportRequest, { stdout }: Pick<Io, 'stdout'>): Promise<void> {
  const named = namesOf(formats);
  const render = await loadFormats(named.length > 0 ? named : USUAL_FORMATS);
  const files = render({ ...readJudged(dir), dir });
  const [only] = named;
  const single = named.length === 1 && only !== undefined && !FORMATS[only].file.includes('<trial>');
  if (named.length === 1 && files.size === 0)
    throw new UsageError(`${dir}: nothing to show as ${only}; this is ${FORMATS[only as FormatName].what}`);
  if (single && (out === undefined || out === '-')) {
    for (const text of files.values()) stdout.write(text);
    return;
  }
  if (out === '-') throw new UsageError('--out - takes one report; name its --format');
  const path = single && out !== undefined && !out.endsWith('/') && !isDirectory(out) ? out : undefined;
  const folder = path === undefined ? (out ?? dir) : dirname(path);
  const places = [...files].flatMap(([file, text]) => {
    const place = join(folder, path === undefined ? file : basename(path));
    const why = refusal(dir, place, text);
    // of several, what the others are made of is left as it is
    if (why !== undefined && (named.length === 1 || why.signed))
      throw new UsageError(`${place}: ${why.words}; name another place with --out`);
    return why === undefined ? [[place, text] as const] : [];
  });
  makeDirectory(folder);
  for (const [place, text] of places) {
    writeWhole(place, text);
    stdout.write(`${place}\n`);
  }
}

/** Why a report must not stand there: it would take the place of what it is made of, or spoil what a certificate of the run rests on. */
function refusal(dir: string, place: string, text: string): { words: string; signed: boolean } | undefined {
  const inside = relative(realpathSync(dir), real(resolve(place)));
  if (inside.startsWith('..')) return undefined;
  if (SOURCES.test(inside)) return { words: 'the reports are made of it', signed: false };
  const same = existsSync(place) && readFileSync(place, 'utf8') === text;
  if (same || !readdirSync(dir).some((name) => CERTIFICATE.test(name))) return undefined;
  return { words: 'a certificate rests on what stands in that directory, and another file there would spoil it', signed: true };
}

/** Where a path leads, of which the end need not be there yet. */
const real = (path: string): string => (existsSync(path) ? realpathSync(path) : join(real(dirname(path)), basename(path)));

/** The formats that were named, each once, in the registry's order. */
function namesOf(said: readonly string[]): FormatName[] {
  const names = said.flatMap((each) => each.split(',')).map((each) => each.trim());
  const unknown = names.find((name) => name !== 'all' && !FORMAT_NAMES.some((each) => each === name));
  if (unknown === '') throw new UsageError('--format needs names, with commas between');
  if (unknown !== undefined) throw new UsageError(`unknown format "${unknown}"${suggestion(unknown, [...FORMAT_NAMES, 'all'])}`);
  return FORMAT_NAMES.filter((name) => names.includes(name) || names.includes('all'));
}

const isDirectory = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

function makeDirectory(path: string): void {
  try {
    mkdirSync(resolve(path), { recursive: true });
  } catch (cause) {
    throw new InfraError(`cannot make the directory ${path}: ${explain(cause)}`, { cause });
  }
}
