/** Runs as no kernel should print them: for tests that a report stays what it is, whatever stands in its record. */
import fc from 'fast-check';
import { EventClass, type ObjectiveResult, ProbeName, type Run, type TrialResult, Verdict } from '../model.ts';
import { printable } from './cells.ts';

/** What would end, open or forge something in one of the formats. */
const HOSTILE = [
  ']]>',
  '<b onclick="x()">&amp;</b><script>alert(1)</script>',
  '--> <!-- ',
  '</details></code></summary>',
  '`code` ``more`` ```',
  '| a | b |\n| --- | --- |',
  '[link](javascript:alert(1)) ![image](//evil.example/x.png) https://evil.example www.evil.example a@evil.example',
  '@everyone #1 !2 &3 ~4 $x$ :fire: deadbeefdeadbeefdeadbeefdeadbeefdeadbeef',
  '\n/close\n/merge',
  '::error::forged\n::set-env name=PATH::/evil\n##[command]x',
  '\r\n::stop-commands::x',
  'ok 99 - forged\n1..1\nBail out! # SKIP # TODO \\# \\',
  '\n---\nreason: forged\n...\n',
  '\n# EOF\nstormproof_run_verdict{x="} 1',
  'a\\"b\\n{}=,',
  '%0A%25%3A::',
  '\u001b[31mred\u001b]8;;http://evil.example\u0007link\u001b[2J',
  '\u0000\u0001\u007f\u0085\u009b',
  '\u2028\u2029\u202e\ufeff\ufffe\uffff',
  '\ud800',
  '漢字 \u{1f525} e\u0301',
  `x${'A<]]>`|'.repeat(2_000)}`,
] as const;

export const wildText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc
    .tuple(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 8 }), fc.constantFrom(...HOSTILE))
    .map((parts) => parts.join('')),
);

const verdict = fc.constantFrom(...Verdict.options);
const figure = fc.oneof(fc.nat(1000), fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constantFrom(0, 1e-9, 1e21, 5e-324));

const objective: fc.Arbitrary<ObjectiveResult> = fc.record({
  name: wildText,
  verdict,
  measured: wildText,
  threshold: wildText,
  reason: wildText,
});

const trial: fc.Arbitrary<TrialResult> = fc.record(
  {
    name: wildText,
    suite: wildText,
    case: wildText,
    variant: wildText,
    tweaks: fc.array(wildText, { maxLength: 2 }),
    class: wildText,
    seed: fc.nat(),
    candidate: wildText,
    verdict,
    reasons: fc.array(wildText, { maxLength: 3 }),
    objectives: fc.uniqueArray(objective, { maxLength: 3, selector: ({ name }) => printable(name) }),
    recovery: fc.array(
      fc.record({
        machine: wildText,
        probe: fc.constantFrom(...ProbeName.options),
        seconds: fc.option(figure),
        how: fc.constantFrom('self' as const, 'after reset' as const, 'not recovered' as const),
      }),
      { maxLength: 3 },
    ),
    measures: fc.array(fc.record({ machine: wildText, name: wildText, seconds: figure }), { maxLength: 2 }),
    events: fc.array(
      fc.record({
        machine: wildText,
        kind: wildText,
        class: fc.constantFrom(...EventClass.options),
        title: wildText,
        t: figure,
        count: fc.integer({ min: 1, max: 9 }),
      }),
      { maxLength: 3 },
    ),
    superseded: fc.constant(true as const),
    waived: fc.uniqueArray(fc.record({ machine: wildText, title: wildText, count: fc.integer({ min: 1, max: 9 }), waiver: fc.nat(1) }), {
      maxLength: 3,
      selector: ({ machine, title }) => printable(`${machine}: ${title}`),
    }),
    seconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
  },
  { requiredKeys: ['name', 'suite', 'class', 'seed', 'candidate', 'verdict', 'reasons', 'objectives', 'recovery', 'events', 'seconds'] },
);

export const wildRun: fc.Arbitrary<Run> = fc
  .record({
    name: wildText,
    text: wildText,
    verdict: fc.option(verdict, { nil: undefined }),
    reasons: fc.array(wildText, { maxLength: 3 }),
    trials: fc.uniqueArray(trial, { maxLength: 3, selector: ({ name }) => printable(name) }),
    sabotage: fc.option(wildText, { nil: undefined }),
    known: fc.boolean(),
    waivers: fc.option(
      fc.uniqueArray(fc.record({ title: wildText, reason: wildText, owner: wildText, expired: fc.boolean(), excused: fc.nat(2) }), {
        maxLength: 2,
        selector: ({ title }) => printable(title),
      }),
      { nil: undefined },
    ),
  })
  .map(({ name, text, verdict: said, reasons, trials, sabotage, known, waivers }) => ({
    schema: 1 as const,
    id: text,
    name,
    argv: [text],
    started: '2026-01-02T03:04:05.678Z',
    ...(known ? { finished: '2026-01-02T03:14:05.678Z' } : {}),
    profile: text,
    notes: [text],
    seed: 7,
    ...(sabotage === undefined ? {} : { sabotage }),
    target: text,
    scope: { kind: text, emulated: [text] },
    candidates: known
      ? [{ asked: text, release: text, version: text, files: [{ role: 'image', name: text, sha256: text, bytes: 1 }] }]
      : [],
    versions: { stormproof: text },
    host: { [text]: text },
    ...(said === undefined ? {} : { verdict: said }),
    reasons,
    trials,
    ...(waivers === undefined ? {} : { waivers: waivers.map((each) => ({ ...each, expires: '2026-12-31' })) }),
    rates: trials.map(({ suite, class: size, candidate }) => ({ suite, class: size, candidate, of: 3, fails: 1, low: 0.1, high: 0.9 })),
  }));

/** So many runs, the same each time. */
export const wildRuns = (count: number): Run[] => fc.sample(wildRun, { numRuns: count, seed: 7 });
