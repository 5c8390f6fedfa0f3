/**
 * JUnit XML, as CI systems read it: a testsuite per trial, a testcase per objective, and one, never green, for each thing that was waived. There is no one standard; kept are the schema of Jenkins'
 * xUnit plugin (junit-10.xsd) and what GitLab says of unit test reports: of two testcases with the same class and name it shows the first
 * alone, so that the class is the trial.
 */
import junit, { type Builder, type TestCase, type TestSuite } from 'junit-report-builder';
import type { Run, Verdict } from '../model.ts';
import { type Group, groupsOf } from './cases.ts';
import { waiverNotes } from './waiver-text.ts';

/** The package's types promise a `default` inside the default export, which under Node is the builder itself. */
const builders = junit as unknown as Builder;

/** A testcase's outcome by verdict: JUnit's `failure` is the tested thing's fault, `error` means that the test could not tell. */
const OUTCOMES: Readonly<Record<Verdict, (test: TestCase, reason: string) => void>> = {
  pass: () => {},
  fail: (test, reason) => void test.failure(reason, 'fail'),
  unknown: (test, reason) => void test.error(reason, 'unknown'),
  skip: (test, reason) => void test.skipped().standardOutput(`skipped: ${reason}`),
};

/** The report of a whole run as an XML document. */
export function renderJunit(run: Run): string {
  const report = builders.newBuilder().name(clean(`stormproof ${run.name}`));
  for (const group of groupsOf(run)) addGroup(report, group, run);
  const notes = waiverNotes(run);
  if (notes.length > 0) addSkipped(report.testSuite().name('waivers'), 'stormproof', notes);
  return withoutSkipped(report.build());
}

function addGroup(report: Builder, { name, trial, cases, waived }: Group, { scope }: Run): void {
  const suite = report.testSuite().name(clean(name));
  if (trial !== undefined) {
    suite.time(Math.round(trial.seconds * 1000) / 1000);
    for (const [property, value] of Object.entries({
      candidate: trial.candidate,
      suite: trial.suite,
      class: trial.class,
      seed: String(trial.seed),
      ...(scope === undefined ? {} : { scope: `${scope.kind}: ${scope.emulated.join('; ')}` }),
    }))
      suite.property(property, clean(value));
  }
  const className = clean(trial === undefined || name === '' ? 'stormproof' : `stormproof.${name}`);
  for (const { name: objective, outcome, reason, measured, threshold } of cases) {
    const test = suite.testCase().className(className).name(clean(objective)).time(0);
    OUTCOMES[outcome](test, clean(reason));
    if (outcome !== 'skip' && threshold !== '') test.standardOutput(clean(`measured: ${measured || 'nothing'}; asked: ${threshold}`));
  }
  addSkipped(
    suite,
    className,
    waived.map((text) => `waived: ${text}`),
  );
}

/** What makes a build neither red nor green, and is seen in it. */
function addSkipped(suite: TestSuite, className: string, texts: readonly string[]): void {
  for (const text of texts) suite.testCase().className(className).name(clean(text)).time(0).skipped();
}

/** The package counts what was skipped on the root too, which the schema of Jenkins does not know; each testsuite has that count. */
const withoutSkipped = (xml: string): string => xml.replace(/(<testsuites name="[^"]*"(?: \w+="\d+")*?) skipped="\d+"/, '$1');

/** What XML 1.0 cannot hold in any form (section 2.2, Char), and the one sequence that would end a CDATA section, become `?`. */
function clean(text: string): string {
  return text.replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '?').replaceAll(']]>', ']]?');
}
