/** What is sent to a page as it happens: a run's frames, and the list of what is under way. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Consoles } from './consoles.ts';
import { type Cursor, NOTHING, newsOf, recentPoints } from './frame.ts';
import type { Frame, LiveList, LiveRun } from './protocol.ts';
import type { RunIndex } from './run-index.ts';
import type { RunWatch, Watches } from './watch.ts';

/** Sends one message; resolves when the connection has taken it, so that a slow reader gets fewer and larger ones. */
export type Send = (event: string, data: unknown) => Promise<void>;

/** Frames come no closer than this. */
const FRAME_MS = 250;
/** A word every so often keeps proxies from closing a quiet connection, and finds out that a reader has gone. */
const QUIET_MS = 15_000;

/** Follows a run from what it has told already to its end. `trial`: which one's curves, the one under way where it is undefined. */
export async function streamRun(watch: RunWatch, trial: string | undefined, send: Send, signal: AbortSignal): Promise<void> {
  const leave = watch.look();
  try {
    const consoles = new Consoles(watch.dir);
    let cursor: Cursor = NOTHING;
    let recordRevision = -1;
    let before = '';
    let sent = 0;
    while (!signal.aborted) {
      const news = watch.news(); // asked for before looking: what comes meanwhile is not missed
      const { complete } = watch;
      const { frame, next } = await frameOf(watch, cursor, trial, consoles, complete);
      const record = watch.recordRevision === recordRevision ? {} : { record: watch.record ?? null };
      const now = performance.now();
      const said = `${frame.state} ${frame.trouble}`;
      const worth = isNews(frame) || 'record' in record || said !== before || complete || now - sent > QUIET_MS;
      [cursor, recordRevision, before] = [next, watch.recordRevision, said];
      if (worth) {
        sent = now;
        await send(watch.gone ? 'gone' : 'frame', { ...frame, ...record });
      }
      if (complete) return;
      await either(news, QUIET_MS, signal);
      await pause(FRAME_MS, signal);
    }
  } finally {
    leave();
  }
}

async function frameOf(
  watch: RunWatch,
  cursor: Cursor,
  trial: string | undefined,
  consoles: Consoles,
  done: boolean,
): Promise<{ frame: Frame; next: Cursor }> {
  const { digest } = watch;
  // one that the run has not got, as an old address may name
  const known = trial === undefined || !done || digest.trials.has(trial);
  const { news, cursor: next } = newsOf(digest, cursor, known ? trial : undefined);
  const machines = digest.trials.get(news.trial ?? '')?.state.value.machines.map(({ name }) => name) ?? [];
  const { parts, troubles } = await consoles.read(news.trial ?? '', machines, news.reset);
  const trouble = [...(watch.trouble === undefined ? [] : [watch.trouble]), ...troubles].join('; ') || null;
  const { state, read_bytes, size_bytes: of_bytes } = watch;
  return { frame: { ...news, state, read_bytes, of_bytes, trouble, consoles: parts, done }, next };
}

const isNews = ({ reset, trials, series, marks, events, consoles }: Frame): boolean =>
  reset || trials !== undefined || [series, marks, events, consoles].some((each) => each.length > 0);

const LIST_MS = 1000;
/** More than that are not followed at once: each is read as it grows. */
const MOST_LIVE = 12;
const RECENT_s = 60;
const RECENT_EVENTS = 4;

/** What is under way, every second. */
export async function streamLive(index: RunIndex, watches: Watches, send: Send, signal: AbortSignal): Promise<void> {
  const leaving = new Map<RunWatch, () => void>();
  let before = '';
  let sent = 0;
  try {
    while (!signal.aborted) {
      const entries = (await index.all()).filter(({ summary }) => summary.state === 'under way').slice(0, MOST_LIVE);
      const going = entries.map((entry) => watches.of(entry));
      for (const watch of going) if (!leaving.has(watch)) leaving.set(watch, watch.look());
      for (const [watch, leave] of leaving)
        if (!going.includes(watch)) {
          leave();
          leaving.delete(watch);
        }
      const runs = going.map((watch, at) => liveRun(watch, entries[at] as (typeof entries)[number]));
      const list: LiveList = { version: index.version, runs };
      const text = JSON.stringify(list);
      if (text !== before || performance.now() - sent > QUIET_MS) {
        sent = performance.now();
        await send('live', list);
      }
      before = text;
      await pause(LIST_MS, signal);
    }
  } finally {
    for (const leave of leaving.values()) leave();
  }
}

function liveRun({ digest }: RunWatch, { summary }: { summary: LiveRun['summary'] }): LiveRun {
  const log = digest.current;
  const trial = log?.state.value ?? null;
  const marks = log?.marks.map(({ value }) => value) ?? [];
  const events = [...(log?.events.values() ?? [])].map(({ value }) => value);
  return {
    summary,
    trial,
    t: digest.t,
    number: digest.trialsLeftOut + digest.trials.size,
    planned: digest.planned,
    doing: marks.filter(({ to, what }) => to === null && what !== 'phase').map(({ what, name, on }) => `${what} ${name} on ${on}`),
    machines: (trial?.machines ?? []).map(({ name, probes }) => ({
      name,
      probes: probes.flatMap((probe) => {
        const series = log?.series.get(`${name}/${probe}`)?.value;
        if (series === undefined) return [];
        const { curve: _, machine: __, ...figure } = series;
        return [{ ...figure, recent: recentPoints(series, digest.t, RECENT_s) }];
      }),
    })),
    events: events.filter(({ severity }) => severity !== 'info').slice(-RECENT_EVENTS),
  };
}

/** Until there is news, the time is up or the reader has gone. */
async function either(news: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  await Promise.race([news, pause(ms, AbortSignal.any([over.signal, signal]))]);
  over.abort();
}

const pause = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal, ref: false }).catch(() => undefined); // the loop that waits looks at the signal
