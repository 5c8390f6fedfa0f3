/** The registry of reports: what a run is told in, for whom. Add one by a file and a line here; `--help` and the README list what stands here. */
import { UsageError } from '../errors.ts';
import type { HistoryRecord, Run, TrialResult } from '../model.ts';

/** What a report is made of: the run's directory and nothing else, so that it is the same text at any time and in any place. */
export interface Source {
  /** as it is judged from `records` */
  readonly run: Run;
  readonly records: readonly HistoryRecord[];
  /** what of the record could not be read */
  readonly damage: readonly string[];
  /** holds `console/` and `artefacts/`; a report says nothing of where it stands */
  readonly dir: string;
}

/** The text of a report; of one with a file per trial a text by trial. Undefined where there is nothing to show. */
export type Render = (source: Source) => string | undefined | Readonly<Record<string, string>>;

export interface Format {
  /** in the run's directory; `<trial>` stands for the name of one */
  readonly file: string;
  readonly what: string;
  /** who reads it */
  readonly reader: string;
  /** every run leaves it at its end */
  readonly usual: boolean;
  /** Imports what it needs only now. */
  load(): Promise<Render>;
}

const ofRun =
  (render: (run: Run) => string | undefined): Render =>
  ({ run }) =>
    render(run);

const ofTrials =
  (render: (trial: TrialResult) => string | undefined): Render =>
  ({ run }) =>
    Object.fromEntries(
      run.trials.flatMap((trial) => {
        const text = render(trial);
        return text === undefined ? [] : [[trial.name, text]];
      }),
    );

export const FORMATS = {
  json: {
    file: 'run.json',
    what: 'the record: what was asked, hashes, versions, facts of the host, verdict with reasons',
    reader: 'programs; its schema is docs/schema/run.schema.json',
    usual: true,
    load: async () => ofRun((await import('../record.ts')).recordText),
  },
  junit: {
    file: 'junit.xml',
    what: 'a testsuite per trial, a testcase per objective; `unknown` is an error, never green',
    reader: 'Jenkins, GitLab and most other CI',
    usual: true,
    load: async () => ofRun((await import('./junit.ts')).renderJunit),
  },
  markdown: {
    file: 'summary.md',
    what: 'a summary with a row per trial, details folded away',
    reader: 'merge requests, `$GITHUB_STEP_SUMMARY`',
    usual: true,
    load: async () => ofRun((await import('./markdown.ts')).renderMarkdown),
  },
  html: {
    file: 'report.html',
    what: 'everything to look at, in one file: timeline, curves, consoles, tables',
    reader: 'people, with a browser',
    usual: true,
    load: async () => {
      const [{ htmlReport }, { contentsOf }] = await Promise.all([import('./html/index.ts'), import('./html/contents.ts')]);
      return ({ run, records, damage, dir }) => htmlReport(contentsOf(dir, run, records, damage));
    },
  },
  curve: {
    file: '<trial>.curve.svg',
    what: 'of a search: loss, softirq and latencies over the offered load, the cliff marked',
    reader: 'browsers',
    usual: true,
    load: async () => {
      const { renderCurveSvg } = await import('./curve-svg.ts');
      return ofTrials(
        ({ curve, name, candidate, tweaks = [] }) =>
          curve && renderCurveSvg(curve, { title: name, subtitle: [candidate, ...tweaks].join(', ') }),
      );
    },
  },
  scaling: {
    file: 'scaling.svg',
    what: 'of hosts of several sizes: how long what was timed took over their memory, marked where it grows faster than linear',
    reader: 'browsers',
    usual: true,
    load: async () => ofRun((await import('./scaling-svg.ts')).renderScalingSvg),
  },
  text: {
    file: 'summary.txt',
    what: 'the summary as the terminal shows it, 120 columns, no colours',
    reader: 'people, mails',
    usual: false,
    load: async () => {
      const { renderTerminal } = await import('./terminal.ts');
      return ofRun((run) => renderTerminal(run, { width: 120, colour: false }));
    },
  },
  github: {
    file: 'github.txt',
    what: 'annotations: a workflow command for the run and each trial that is no pass',
    reader: 'GitHub Actions, printed in a step',
    usual: false,
    load: async () => ofRun((await import('./github.ts')).renderGithub),
  },
  tap: {
    file: 'report.tap',
    what: 'TAP version 14: a subtest per trial, figures as YAML',
    reader: 'node-tap and others that know version 14',
    usual: false,
    load: async () => ofRun((await import('./tap.ts')).renderTap),
  },
  ktap: {
    file: 'report.ktap',
    what: "KTAP version 1, as the kernel's own tests print it",
    reader: 'what reads kselftest and KUnit',
    usual: false,
    load: async () => ofRun((await import('./ktap.ts')).renderKtap),
  },
  kcidb: {
    file: 'kcidb.json',
    what: 'KCIDB I/O data, schema 5.3: checkout, build and tests with their statuses',
    reader: 'kcidb-submit',
    usual: false,
    load: async () => {
      const { renderKcidb } = await import('./kcidb.ts');
      return ({ run, records }) => renderKcidb(run, records);
    },
  },
  openmetrics: {
    file: 'metrics.prom',
    what: 'OpenMetrics: verdicts, durations, recoveries, events, packets',
    reader: "Prometheus, by way of node_exporter's textfile collector",
    usual: false,
    load: async () => ofRun((await import('./openmetrics.ts')).renderOpenMetrics),
  },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];
export const USUAL_FORMATS = FORMAT_NAMES.filter((name) => FORMATS[name].usual);

/**
 * Loads these formats now, and gives the files of each, by name, whenever it is asked: a run loads them at its beginning, since a tree that was
 * changed in the meantime must not spoil the end of a run of hours. Throws UsageError for a trial whose name is no file's.
 */
export async function loadFormats(names: readonly FormatName[]): Promise<(source: Source) => Map<string, string>> {
  const loaded = await Promise.all(names.map(async (name) => [FORMATS[name], await FORMATS[name].load()] as const));
  return (source) => new Map(loaded.flatMap(([{ file }, render]) => filesOf(file, render(source))));
}

function filesOf(file: string, rendered: ReturnType<Render>): [string, string][] {
  if (rendered === undefined) return [];
  if (typeof rendered === 'string') return [[file, rendered]];
  return Object.entries(rendered).map(([trial, text]) => {
    // a record may come from anywhere, and its files must not go everywhere
    if (!/^[\w@+.-]*$/.test(trial) || trial.startsWith('.'))
      throw new UsageError(`the trial ${JSON.stringify(trial)} has no name for a file`);
    return [file.replace('<trial>', () => trial), text];
  });
}
