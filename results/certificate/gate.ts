/**
 * Whether a certificate is good enough. Nothing in it is believed before its signature holds; then all that is wrong is told, and not only the first of it,
 * since whoever reads it has to mend it all.
 */

import { open } from './envelope.ts';
import { complaintsOfEvidence } from './evidence.ts';
import type { TrustedKey } from './keys.ts';
import type { Refusal } from './refusal.ts';
import { readStatement, type Statement } from './statement.ts';

/** A kernel that the certificate must be of: a release, or the sha256 of one of its files. `asked` is how a person called it. */
export type KernelDemand = { readonly asked: string } & ({ readonly release: string } | { readonly sha256: string });

/** What is asked of a certificate, besides that it says `pass`. */
export interface Demands {
  readonly trusted: readonly TrustedKey[];
  /** it must be of each of them */
  readonly kernels: readonly KernelDemand[];
  readonly class?: string;
  readonly profile?: string;
  readonly scope?: string;
  /** seconds since the end of its run */
  readonly maxAge_s?: number;
}

export interface Gated {
  /** nothing where it is good enough */
  readonly refusals: readonly Refusal[];
  /** what was signed and by whom, where a trusted key signed it */
  readonly signed?: { readonly statement: Statement; readonly keyids: readonly string[] };
}

/** Clocks of two machines differ. */
const SKEW_S = 60;
/** The run itself, without which there is no evidence. */
const RECORD = ['run.json', 'history.jsonl'];

/** Holds a certificate and the evidence, a directory, against what is asked of them at the time `now`. */
export async function gate(certificate: Uint8Array, evidence: string, demands: Demands, now: Date): Promise<Gated> {
  const opened = open(certificate, demands.trusted);
  if ('why' in opened) return { refusals: [opened] };
  const statement = readStatement(opened.payload);
  if ('why' in statement) return { refusals: [statement] };
  const { predicate } = statement;
  const refusals = Object.entries(CHECKS).flatMap(([check, complaints]) =>
    complaints(statement, demands, now).map((why) => ({ check: check as keyof typeof CHECKS, why })),
  );
  const unnamed = RECORD.filter((name) => !predicate.evidence.some(({ path }) => path === name)).map((name) => `${name}: not signed`);
  const changed = await complaintsOfEvidence(evidence, predicate.evidence, predicate.certificates);
  return {
    refusals: [...refusals, ...[...unnamed, ...changed].map((why): Refusal => ({ check: 'evidence', why }))],
    signed: { statement, keyids: opened.keyids },
  };
}

type Complaints = (statement: Statement, demands: Demands, now: Date) => string[];
type Checked = Exclude<Refusal['check'], 'envelope' | 'signature' | 'statement' | 'evidence'>;

/** Each tells what is wrong, in words. */
const CHECKS: Readonly<Record<Checked, Complaints>> = {
  kernel: (statement, { kernels }) => kernels.flatMap((kernel) => complaintOfKernel(statement, kernel) ?? []),

  class: ({ predicate: { class: size } }, { class: wanted }) => [
    ...(wanted === undefined || wanted === size.name ? [] : [`it is for the class "${size.name}", not "${wanted}"`]),
    ...(size.untried.length === 0 ? [] : [`the class "${size.name}" asks for ${size.untried.join(', ')} too, and that was not tried`]),
  ],

  profile: ({ predicate: { run } }, { profile }) =>
    profile === undefined
      ? []
      : profile !== run.profile
        ? [`it was tried with the profile "${run.profile}", not "${profile}"`]
        : run.departures.map((each) => `it is not what the profile "${profile}" asks for: ${each}`),

  scope: ({ predicate: { scope } }, { scope: wanted }) =>
    wanted === undefined || wanted === scope.kind ? [] : [`it was tried in the scope "${scope.kind}", not "${wanted}"`],

  age: ({ predicate: { run } }, { maxAge_s }, now) => {
    const age_s = (now.getTime() - Date.parse(run.finished)) / 1000;
    if (age_s < -SKEW_S) return [`its run ended at ${run.finished}, and here it is only ${now.toISOString()}: a clock is wrong`];
    if (maxAge_s === undefined || age_s <= maxAge_s) return [];
    return [`its run ended at ${run.finished}, ${inWords(age_s)} ago, and it may be no older than ${inWords(maxAge_s)}`];
  },

  verdict: ({ predicate }) => [
    ...(predicate.verdict === 'pass' ? [] : [`it says ${predicate.verdict}: ${predicate.reasons[0] ?? 'for no reason that it tells'}`]),
    ...(predicate.sabotage === undefined ? [] : [`its run was sabotaged on purpose: ${predicate.sabotage}`]),
    ...(predicate.verdict === 'pass' ? contradictions(predicate) : []),
  ],

  waiver: ({ predicate: { trials, waivers } }, _demands, now) => {
    const restedOn = new Set(trials.flatMap(({ waived = [] }) => waived.map(({ waiver }) => waiver)));
    return (
      waivers
        // it holds to the end of its day
        .filter(({ expires }, index) => restedOn.has(index) && now.toISOString().slice(0, expires.length) > expires)
        .map(
          ({ title, pattern, owner, expires }) =>
            `the waiver of ${title ?? `/${pattern}/`} by ${owner}, which it rests on, expired on ${expires}`,
        )
    );
  },
};

function complaintOfKernel({ subject, predicate: { candidate } }: Statement, kernel: KernelDemand): string | undefined {
  if ('release' in kernel)
    return kernel.release === candidate.release ? undefined : `it is of the kernel ${candidate.release}, not ${kernel.release}`;
  if (subject.some(({ digest }) => digest.sha256 === kernel.sha256)) return undefined;
  const known = subject.map(({ name, digest }) => `${name} is ${digest.sha256}`).join(', ');
  return `it is of another kernel than ${kernel.asked}: that is ${kernel.sha256}, and ${known}`;
}

/** What no run that passed can have left. */
function contradictions({ trials }: Statement['predicate']): string[] {
  if (trials.length === 0) return ['it says pass, and nothing was tried'];
  return trials.flatMap(({ name, verdict, objectives }) => {
    if (verdict !== 'pass') return [`it says pass, and ${verdict} of ${name}`];
    const missed = objectives
      .filter((each) => each.verdict !== 'pass')
      .map((each) => `it says pass, and ${each.verdict} of ${each.name} in ${name}`);
    return objectives.length === 0 ? [`it says pass, and ${name} had no objective`] : missed;
  });
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
] as const;

/** `30 d`, `90 min`: in the largest unit of which there are two at least. */
export function inWords(seconds: number): string {
  const [unit, size] = UNITS.find(([, each]) => seconds >= 2 * each) ?? ['s', 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}
