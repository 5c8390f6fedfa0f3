/**
 * What a person sees while a run goes on: a few lines rewritten in place on a terminal, plain lines elsewhere, nothing where only the
 * summary or the record is wanted. It only listens; nothing depends on it.
 */
import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import type { HistoryRecord } from '../results/model.ts';
import { cells, printable, wrap } from '../results/report/cells.ts';
import { judge } from './judge.ts';
import { type Line, type Tone, tell, tellVerdict } from './progress/lines.ts';
import { advance, BLANK, draw, type View } from './progress/view.ts';

export type Ui = 'live' | 'plain' | 'quiet' | 'json';

export interface Progress {
  record(record: HistoryRecord): void;
  /** something for a person: `building the guest image` … */
  note(text: string): void;
  /** how long a trial will take, for the estimate of what remains */
  expect(trial: string, seconds: number): void;
  /** takes the live lines away and gives the cursor back; may be called twice */
  close(): void;
}

type Stdout = Pick<NodeJS.WriteStream, 'write' | 'columns' | 'isTTY'> &
  Partial<Pick<NodeJS.WriteStream, 'hasColors'>> &
  NodeJS.WritableStream;

/** Where lines go: above the live view, or simply out. */
interface Surface {
  say(line: Line): void;
  redraw(lines: (width: number) => string[]): void;
  close(): void;
}

const SURFACES: Readonly<Record<Ui, (stdout: Stdout) => Surface>> = { live, plain, quiet: () => SILENT, json: () => SILENT };
const SILENT: Surface = { say: () => {}, redraw: () => {}, close: () => {} };
/** DECTCEM, the cursor's mode on terminals since the VT220. */
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const REDRAW_MS = 200;
/** Width of the time in front of a line. */
const HANG = 8;
const LEAST_WIDTH = 40;
const USUAL_WIDTH = 80;
const STYLES = { dim: 'dim', good: 'green', bad: 'red', doubt: 'yellow' } as const satisfies Record<Exclude<Tone, 'plain'>, string>;

/**
 * Shows a run of `total` trials. `monotonic_s` is the clock that carries the view on between two records, which have the run's own.
 */
export function createProgress(
  ui: Ui,
  {
    stdout,
    total,
    monotonic_s = () => performance.now() / 1000,
  }: { readonly stdout: Stdout; readonly total: number; readonly monotonic_s?: () => number },
): Progress {
  const surface = SURFACES[ui](stdout);
  const expected = new Map<string, number>();
  const silent = surface === SILENT;
  let view: View = BLANK;
  let own: HistoryRecord[] = [];
  const waivers: HistoryRecord[] = [];
  /** what was told since the last action: a file system that has lost its disk says the same ten times a second */
  const repeated = new Set<string>();
  let last = { t: 0, seen_s: monotonic_s() };
  const now = (): number => last.t + monotonic_s() - last.seen_s;
  const redraw = (): void => surface.redraw((width) => draw(view, { width, total, now: now(), expected_s: expected.get(view.name) }));
  const timer = ui === 'live' ? setInterval(redraw, REDRAW_MS).unref() : undefined;

  return {
    record(record) {
      if (silent) return;
      last = { t: Math.max(last.t, record.t), seen_s: monotonic_s() };
      if (record.k === 'trial') own = [];
      (record.k === 'waiver' ? waivers : own).push(record);
      view = advance(view, record);
      if (record.k === 'trial')
        surface.say({ tone: 'plain', text: printable(`trial ${view.index}/${total}  ${record.trial}  ${record.candidate}`) });
      if (record.k === 'action') repeated.clear();
      const told = isRepeated(record, repeated) ? undefined : tell(record);
      if (told !== undefined) surface.say(told);
      if (record.k === 'phase' && record.phase === 'release' && record.state === 'end') {
        // The run's own verdict needs all trials; this one needs only its own records, and the run's waivers.
        const [trial] = judge([...waivers, ...own.filter((each) => each.trial === record.trial)]).trials;
        if (trial !== undefined) surface.say(tellVerdict(trial, record.t));
        own = [];
        view = { ...BLANK, index: view.index };
      }
      if (record.k === 'phase' || record.k === 'action') redraw();
    },
    note(text) {
      if (!silent) surface.say({ tone: 'dim', text: printable(text) });
    },
    expect(trial, seconds) {
      expected.set(trial, seconds);
    },
    close() {
      clearInterval(timer);
      surface.close();
    },
  };
}

/** Whether it is an event that merely follows from another, and one of that machine and title is in `told` already; it is then. */
function isRepeated(record: HistoryRecord, told: Set<string>): boolean {
  if (record.k !== 'event' || record.event.consequenceOf === undefined) return false;
  const key = `${record.machine}\0${record.event.title}`;
  if (told.has(key)) return true;
  told.add(key);
  return false;
}

function plain(stdout: Stdout): Surface {
  return { ...SILENT, say: ({ text }) => void stdout.write(`${text}\n`) };
}

/** A line that stays must stay whole: what does not fit goes on below, behind the time. */
function folded(text: string, width: number): string[] {
  if (cells(text) <= width) return [text];
  const [first = '', ...rest] = wrap(text.trimStart(), width - HANG, width - 2);
  return [`  ${first}`, ...rest.map((each) => ' '.repeat(HANG) + each)];
}

function live(stdout: Stdout): Surface {
  // log-update hides the cursor of stderr, whatever it draws on; so that is done here
  const update = createLogUpdate(stdout, { showCursor: true });
  const colours = stdout.hasColors?.() ?? false;
  const paint = ({ tone, text }: Line): string =>
    tone === 'plain' || !colours ? text : styleText(STYLES[tone], text, { validateStream: false });
  // One column stays free: some terminals wrap a line that fills the last one.
  const width = (): number => Math.max(LEAST_WIDTH, stdout.columns ?? USUAL_WIDTH) - 1;
  let shown: string[] = [];
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    process.off('exit', close);
    update.clear();
    update.done();
    stdout.write(SHOW_CURSOR);
  };
  process.on('exit', close);
  stdout.write(HIDE_CURSOR);
  return {
    say(line) {
      if (!open) return;
      update.clear();
      stdout.write(
        folded(line.text, width())
          .map((text) => `${paint({ ...line, text })}\n`)
          .join(''),
      );
      if (shown.length > 0) update(shown.join('\n'));
    },
    redraw(lines) {
      if (!open) return;
      shown = lines(width());
      if (shown.length > 0) update(shown.join('\n'));
      else update.clear();
    },
    close,
  };
}
