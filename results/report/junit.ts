/** JUnit XML, as CI systems read it: a testsuite per trial, a testcase per objective; and one, never green, for each thing that was waived. */
import junit, { type Builder, type TestCase, type TestSuite } from 'junit-report-builder';
import { decides, type ObjectiveResult, type Run, type TrialResult } from '../model.ts';
import { waivedTexts, waiverNotes } from './waiver-text.ts';

/** The package's types promise a `default` inside the default export, which under Node is the builder itself. */
const builders = junit as unknown as Builder;

/** A testcase's outcome by verdict: JUnit's `failure` is the tested thing's fault, `error` means that the test could not tell. */
const OUTCOMES: Readonly<Record<ObjectiveResult['verdict'], (test: TestCase, reason: string) => void>> = {
  pass: () => {},
  fail: (test, reason) => void test.failure(reason, 'fail'),
  unknown: (test, reason) => void test.error(reason, 'unknown'),
  skip: (test, reason) => void test.skipped().standardOutput(`skipped: ${reason}`),
};

/** The report of a whole run as an XML document. */
export function renderJunit(run: Run): string {
  const report = builders.newBuilder().name(clean(`stormproof ${run.name}`));
  for (const trial of run.trials) addTrial(report, trial, run);
  if (run.trials.length === 0 || run.verdict === 'unknown') addRun(report, run);
  const notes = waiverNotes(run);
  if (notes.length > 0) addSkipped(report.testSuite().name('waivers'), 'stormproof', notes);
  return report.build();
}

function addTrial(report: Builder, trial: TrialResult, { scope, waivers }: Run): void {
  const suite = report.testSuite().name(clean(trial.name)).time(trial.seconds);
  const className = clean(['stormproof', trial.suite, trial.class].filter((part) => part !== '').join('.'));
  for (const [name, value] of Object.entries({
    candidate: trial.candidate,
    suite: trial.suite,
    class: trial.class,
    seed: String(trial.seed),
    ...(scope === undefined ? {} : { scope: `${scope.kind}: ${scope.emulated.join('; ')}` }),
  }))
    suite.property(name, clean(value));
  // what the verdict does not rest on is told, and makes no build red: sets of tweaks and other kernels, and what another trial stands for
  const why = trial.superseded === true ? 'tried again' : 'compared only';
  const tell = (test: TestCase, verdict: ObjectiveResult['verdict'], reason: string) =>
    verdict === 'pass' || decides(trial) ? OUTCOMES[verdict](test, reason) : OUTCOMES.skip(test, `${why}, ${verdict}: ${reason}`);
  for (const objective of trial.objectives) {
    const test = suite.testCase().className(className).name(clean(objective.name)).time(0);
    tell(test, objective.verdict, clean(objective.reason || objective.measured));
    if (objective.verdict === 'pass' || (objective.verdict !== 'skip' && decides(trial)))
      test.standardOutput(clean(`measured: ${objective.measured || 'nothing'}; asked: ${objective.threshold}`));
  }
  addSkipped(
    suite,
    className,
    waivedTexts(trial, waivers).map((text) => `waived: ${text}`),
  );
  // What failed the trial may be no objective at all: the boot, the release. It must not look green for that.
  const worse = !trial.objectives.some((objective) => objective.verdict === trial.verdict);
  if (worse && trial.verdict !== 'pass')
    tell(suite.testCase().className(className).name('trial').time(0), trial.verdict, clean(trial.reasons.join('\n') || trial.verdict));
}

/** What makes a build neither red nor green, and is seen in it. */
function addSkipped(suite: TestSuite, className: string, texts: readonly string[]): void {
  for (const text of texts) suite.testCase().className(className).name(clean(text)).time(0).skipped();
}

/** A run of which a part is missing is an error, even where every trial that is there passed. */
function addRun(report: Builder, run: Run): void {
  if (run.trials.some((trial) => decides(trial) && trial.verdict === 'unknown')) return;
  const test = report.testSuite().name('run').testCase().className('stormproof').name('verdict').time(0);
  OUTCOMES[run.verdict ?? 'unknown'](test, clean(run.reasons.join('\n') || 'the run has no trial'));
}

/** What XML 1.0 cannot hold in any form (section 2.2, Char), and the one sequence that would end a CDATA section, become `?`. */
function clean(text: string): string {
  return text.replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '?').replaceAll(']]>', ']]?');
}
