/** The routes: what can be asked, and who answers it. It only reads. */
import { type Context, Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { explain, InfraError } from '../../results/errors.ts';
import { type Run, Verdict } from '../../results/model.ts';
import { rateTexts } from '../../results/report/rates-text.ts';
import { waivedTexts, waiverNotes } from '../../results/report/waiver-text.ts';
import { whyTexts } from '../../results/report/why-text.ts';
import { IMPORT_MAP_HASH, loadAssets, PAGE } from './assets.ts';
import { filesOf, openRunFile } from './files.ts';
import { type Door, FILE_POLICY, guard } from './guard.ts';
import type { ComparePage, RunDetail } from './protocol.ts';
import { readRecordFile } from './record-file.ts';
import type { RunIndex } from './run-index.ts';
import { type ListFilter, listPage } from './run-list.ts';
import type { Compare } from './side-by-side.ts';
import type { Stored } from './stored.ts';
import { type Send, streamLive, streamRun } from './streams.ts';
import { summaryOf } from './summary.ts';
import { Watches } from './watch.ts';

export interface Parts extends Door {
  readonly index: RunIndex;
  readonly stored: Stored;
  readonly compare: Compare;
  /** ends all streams */
  readonly signal: AbortSignal;
}

const USUAL_PAGE = 50;
const LONGEST_PAGE = 500;

export function createApp({ index, stored, compare, token, signal }: Parts): Hono {
  const app = new Hono();
  const watches = new Watches(index);
  app.use(guard({ token }, IMPORT_MAP_HASH));
  pages(app);

  app.get('/api/runs', async (c) => c.json(await listPage(index, stored, filterOf(c))));
  app.get('/api/live', (c) => stream(c, signal, (send, ended) => streamLive(index, watches, send, ended)));
  app.get('/api/runs/:id', async (c) => {
    const detail = await detailOf(c.req.param('id'), index, stored);
    return detail === undefined ? absent(c) : c.json(detail);
  });
  app.get('/api/runs/:id/stream', async (c) => {
    const entry = await index.find(c.req.param('id'));
    if (entry === undefined) return absent(c);
    const trial = c.req.query('trial') || undefined;
    return stream(c, signal, (send, ended) => streamRun(watches.of(entry), trial, send, ended));
  });
  app.get('/api/trends', async (c) => {
    const [suite, size, kernel] = [c.req.query('suite'), c.req.query('class'), c.req.query('kernel')];
    const filter = { ...(suite && { suite }), ...(size && { class: size }), ...(kernel && { kernel }) };
    return c.json(await stored.trends(c.req.query('measure'), filter));
  });
  app.get('/api/compare', async (c) => {
    const [a, b] = await Promise.all(['a', 'b'].map((side) => detailOf(c.req.query(side) ?? '', index, stored)));
    if (!a?.record || !b?.record) return c.json({ error: 'There is no record of one of the two.' }, 404);
    const page: ComparePage = { a, b, comparison: compare(a.record, b.record) };
    return c.json(page);
  });
  // `files/` and a path that was found in the run's directory
  app.get('/api/runs/:id/files/:path{.+}', async (c) => {
    const entry = await index.find(c.req.param('id'));
    const file = entry && (await openRunFile(entry.dir, c.req.param('path')));
    if (file === undefined) return absent(c);
    const headers = { 'Content-Type': file.type, 'Content-Length': String(file.size), 'Content-Security-Policy': FILE_POLICY };
    return c.body(file.body, 200, headers);
  });
  app.notFound(absent);
  app.onError(failed);
  return app;
}

/** The page, at every address that the client knows, and its files. */
function pages(app: Hono): void {
  const assets = loadAssets();
  for (const path of ['/', '/trends', '/compare', '/runs/:id']) app.get(path, (c) => c.html(PAGE));
  const asset = (c: Context): Response => {
    const found = assets.get(c.req.path);
    if (found === undefined) return c.text('There is no such file.\n', 404);
    const headers = { 'Content-Type': found.type, ETag: found.tag, 'Cache-Control': 'no-cache' };
    return c.req.header('If-None-Match') === found.tag ? c.body(null, 304, headers) : c.body(found.body, 200, headers);
  };
  app.get('/client/:name', asset);
  app.get('/vendor/:name', asset);
}

const failed = (error: Error, c: Context): Response => c.json({ error: wordsOf(error) }, error instanceof InfraError ? 503 : 500);

/** What our side cannot do now, in one line; anything else is a defect, and is told to whoever started the server. */
function wordsOf(error: unknown): string {
  if (error instanceof InfraError) return explain(error);
  if (process.env.STORMPROOF_DEBUG === '1') process.stderr.write(`${error instanceof Error ? error.stack : explain(error)}\n`);
  return `This is a defect of stormproof: ${explain(error)}; STORMPROOF_DEBUG=1 shows where.`;
}

const absent = (c: Context): Response => c.json({ error: 'There is no such thing here.' }, 404);

/** Server-sent events until `work` has told all, the reader has gone, or the server ends. */
function stream(c: Context, signal: AbortSignal, work: (send: Send, ended: AbortSignal) => Promise<void>): Response {
  return streamSSE(c, async (out) => {
    const gone = new AbortController();
    out.onAbort(() => gone.abort());
    const ended = AbortSignal.any([gone.signal, signal]);
    let id = 0;
    const send: Send = async (event, data) => {
      id += 1;
      await out.writeSSE({ event, data: JSON.stringify(data), id: String(id) });
    };
    try {
      await work(send, ended);
    } catch (error) {
      await send('trouble', { error: wordsOf(error) }); // here, since the library would print its stack
    }
  });
}

/** A run of a directory, else of the store. */
async function detailOf(id: string, index: RunIndex, stored: Stored): Promise<RunDetail | undefined> {
  const entry = await index.find(id);
  if (entry !== undefined) {
    const { dir, summary } = entry;
    const { record } = await readRecordFile(dir);
    return { summary, record: record ?? null, ...verdictTexts(record), files: await filesOf(dir), directory: dir };
  }
  const record: Run | undefined = await stored.run(id);
  return record === undefined ? undefined : { summary: summaryOf(record, id), record, ...verdictTexts(record), files: [], directory: null };
}

/** What must stand in every report beside the verdict. */
function verdictTexts(record: Run | undefined): Pick<RunDetail, 'why' | 'told'> {
  if (record === undefined) return { why: [], told: [] };
  const waived = record.trials.flatMap((trial) => waivedTexts(trial, record.waivers).map((text) => `${trial.name}: waived: ${text}`));
  return { why: whyTexts(record), told: [...waived, ...waiverNotes(record), ...rateTexts(record)] };
}

function filterOf(c: Context): ListFilter {
  const verdicts = [...Verdict.options, 'under way', 'broken off'] as const;
  const verdict = verdicts.find((each) => each === c.req.query('verdict'));
  const [kernel, suite, words] = [c.req.query('kernel'), c.req.query('suite'), c.req.query('q')];
  return {
    offset: wholeNumber(c.req.query('offset'), 0, Number.MAX_SAFE_INTEGER),
    limit: Math.max(1, wholeNumber(c.req.query('limit'), USUAL_PAGE, LONGEST_PAGE)),
    ...(verdict && { verdict }),
    ...(kernel && { kernel }),
    ...(suite && { suite }),
    ...(words && { words }),
  };
}

const wholeNumber = (said: string | undefined, usual: number, most: number): number =>
  said !== undefined && /^\d{1,15}$/.test(said) ? Math.min(Number(said), most) : usual;
