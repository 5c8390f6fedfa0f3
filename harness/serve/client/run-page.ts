/** One run: live while it goes on, and afterwards. */
import type { Frame, RunDetail, TrialState } from '../protocol.ts';
import { ask, el, fill, say } from './dom.ts';
import { clock, duration, faultsText, filePath, kernelsText, moment, tookOf } from './format.ts';
import { runMark, trialMark } from './marks.ts';
import { facts, objectives, reasons, recordedEvents, told } from './record-view.ts';
import { openStream } from './stream.ts';
import { trialView } from './trial-view.ts';
import type { View } from './view.ts';

const TICK_MS = 200;
const REPORTS_MS = 3000;

export const runPage: View = (root, { name: id, query, note }) => {
  document.title = `${id} · stormproof`;
  const [mark, about, why, progress] = [
    el('span'),
    el('p', { class: 'soft' }),
    el('div'),
    el('p', { class: 'notice', role: 'status', hidden: true }),
  ];
  const [title, links] = [el('h1', null, id), el('p', { class: 'links' })];
  const trials = el('div', { class: 'trials', role: 'group', 'aria-label': 'Trials' });
  const [judged, record] = [el('div'), el('div')];
  const trial = trialView(id);
  fill(root, el('div', { class: 'title' }, title, mark), about, links, why, progress, trials, trial.element, judged, record);

  let detail: RunDetail | undefined;
  let frame: Frame | undefined;
  let close = (): void => undefined;
  let received = 0;
  let states: readonly TrialState[] = [];
  const leaving = new AbortController();
  const going = (): boolean => (frame?.state ?? detail?.summary.state) === 'under way';
  /** where the run's clock stands, as far as it is known here */
  const now = (): number | null => (going() && frame !== undefined ? frame.t + (performance.now() - received) / 1000 : null);

  function drawHead(): void {
    if (detail === undefined) return;
    const { summary, files } = detail;
    const verdict = detail.record?.verdict ?? summary.verdict;
    const state = frame?.state ?? summary.state;
    say(title, summary.name || id);
    document.title = `${state === 'under way' ? 'under way' : (verdict ?? state)} · ${summary.name || id} · stormproof`;
    fill(mark, runMark({ state, verdict }));
    const took = tookOf({ started: summary.started, finished: detail.record?.finished ?? summary.finished });
    say(
      about,
      [kernelsText(detail.record), moment(summary.started), took === undefined ? '' : duration(took), summary.host]
        .filter((each) => each !== '')
        .join(' · '),
    );
    const report =
      files.includes('report.html') &&
      el('a', { class: 'button', href: filePath(id, 'report.html'), target: '_blank', rel: 'noreferrer' }, 'The report');
    fill(links, report, summary.sabotage !== null && el('span', { class: 'tag' }, `sabotaged on purpose: ${summary.sabotage}`));
    fill(
      why,
      reasons(detail),
      told(detail),
      summary.problem !== null && el('p', { class: 'notice' }, `There is no record to be shown: ${summary.problem}.`),
      state === 'broken off' &&
        el(
          'p',
          { class: 'notice' },
          `It has no end: ${detail.directory === null ? '' : `stormproof judge ${detail.directory} judges what it saw.`}`,
        ),
    );
    fill(record, facts(detail));
    drawJudged();
  }

  function drawJudged(): void {
    const shown = query.get('trial') ?? frame?.trial ?? detail?.record?.trials[0]?.name;
    const result = detail?.record?.trials.find((each) => each.name === shown);
    fill(judged, ...(result === undefined ? [] : [objectives(result), detail?.directory === null && recordedEvents(result)]));
  }

  function drawTrials(): void {
    const shown = frame?.trial;
    const focused =
      document.activeElement instanceof HTMLElement && trials.contains(document.activeElement)
        ? document.activeElement.dataset.trial
        : undefined;
    const all = states.map((state) => {
      const verdict = state.verdict ?? detail?.record?.trials.find((each) => each.name === state.name)?.verdict ?? null;
      return el(
        'button',
        { type: 'button', 'data-trial': state.name, 'aria-pressed': String(state.name === shown), onclick: () => look(state.name) },
        el('span', { class: 'name' }, state.name),
        trialMark({ ...state, verdict }, going()),
        el('span', { class: 'soft' }, `${clock(state.begun)}${state.ended === null ? '' : `, ${duration(state.ended - state.begun)}`}`),
        state.faults > 0 && el('span', { class: verdict === 'pass' ? 'soft' : 'bad' }, faultsText(state.faults, verdict)),
      );
    });
    const earlier = frame?.leftOut.trials ?? 0;
    const left = (frame?.planned ?? 0) - earlier - states.length;
    const follows =
      going() && query.has('trial') && el('button', { type: 'button', class: 'primary', onclick: () => look('') }, 'Follow the run');
    const before = earlier > 0 && el('span', { class: 'soft' }, `${earlier.toLocaleString('en')} earlier trials are left out, and`);
    fill(trials, before, ...all, left > 0 && el('span', { class: 'soft' }, `and ${left} more to come`), follows);
    if (focused !== undefined) trials.querySelector<HTMLElement>(`[data-trial="${CSS.escape(focused)}"]`)?.focus();
  }

  /** The trial that was chosen; else the one under way, or of a run that is over the one that its verdict comes from. */
  function wanted(): string {
    const chosen = query.get('trial');
    if (chosen !== null || going()) return chosen ?? '';
    const all = detail?.record?.trials ?? [];
    return (all.find(({ verdict }) => verdict === 'fail') ?? all.find(({ verdict }) => verdict !== 'pass') ?? all[0])?.name ?? '';
  }

  /** Shows a trial of the run; `''`: the one under way. */
  function look(name: string): void {
    if (name === '') query.delete('trial');
    else query.set('trial', name);
    note(query);
    follow();
  }

  function follow(): void {
    close();
    const gone = (): void => {
      close();
      tell('The directory of this run is gone. What is shown here was read before.');
    };
    const on = { frame: (data: unknown) => takeFrame(data as Frame), gone };
    const path = `/api/runs/${encodeURIComponent(id)}/stream?${new URLSearchParams({ trial: wanted() })}`;
    close = openStream(path, { on, lost: tell });
  }

  function takeFrame(news: Frame): void {
    const [before, wasGoing] = [frame?.trial, going()];
    frame = news;
    received = performance.now();
    if (news.trials !== undefined) states = news.trials;
    if (news.record !== undefined && detail !== undefined) detail = { ...detail, record: news.record };
    trial.take(
      news,
      states.find(({ name }) => name === news.trial),
      now(),
    );
    if (news.trials !== undefined || news.reset || before !== news.trial) drawTrials();
    if (news.record !== undefined || wasGoing !== going()) void load();
    else if (before !== news.trial) drawJudged();
    tell(noticeOf(news));
    if (!news.done) return;
    close();
    // reports are written after the record
    if (wasGoing) setTimeout(() => void load(), REPORTS_MS);
  }

  function tell(words: string | null): void {
    progress.hidden = words === null;
    say(progress, words ?? '');
  }

  async function load(): Promise<void> {
    try {
      detail = await ask<RunDetail>(`/api/runs/${encodeURIComponent(id)}`, leaving.signal);
      drawHead();
      drawTrials();
    } catch (error) {
      if (!leaving.signal.aborted) tell((error as Error).message);
    }
  }

  void load().then(() => {
    if (detail === undefined || leaving.signal.aborted) return;
    if (detail.directory !== null) follow();
    else states = [];
  });
  const timer = setInterval(() => {
    const t = now();
    if (t !== null) trial.tick(t);
  }, TICK_MS);
  return () => {
    leaving.abort();
    clearInterval(timer);
    close();
    trial.destroy();
  };
};

/** What is to be known of a frame: what cannot be read, what is still being read, and what was damaged. */
function noticeOf({ trouble, read_bytes, of_bytes, damaged, done }: Frame): string | null {
  if (trouble !== null) return `${trouble}.`;
  if (of_bytes > read_bytes && !done) return `Reading the history: ${Math.floor((100 * read_bytes) / of_bytes)} %`;
  return damaged > 0 ? `${damaged} damaged ${damaged === 1 ? 'line' : 'lines'} in the history: not all that was seen is shown.` : null;
}
