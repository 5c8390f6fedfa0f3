/**
 * What a certificate says: an in-toto Statement v1 (in-toto/attestation, spec/v1/statement.md). Its subjects are the kernel's files, its predicate is what was
 * done to them and what came of it. docs/certificate.md has it in words.
 */
import { z } from 'zod';
import { CandidateRecord, Run, TrialResult, Verdict } from '../model.ts';
import { WaiverResult } from '../waiver.ts';
import { EvidenceFile } from './evidence.ts';
import { asJson, complaintOf } from './one-form.ts';
import type { Refusal } from './refusal.ts';

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
/** A name and no address. What is added to a predicate is passed over by older programs; what changes its meaning gets a new name. */
export const PREDICATE_TYPE = 'https://stormproof.dev/certificate/v1';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'no sha256 in hexadecimal' });

/** The size of host. `suites` are those that it asks for; `untried` is what of them was left out, each with its case. */
const CertifiedClass = z.object({
  name: z.string(),
  summary: z.string(),
  memory_MiB: z.number(),
  nodes: z.int(),
  cpus: z.int(),
  suites: z.array(z.string()),
  untried: z.array(z.string()),
});

const Predicate = z.object({
  /** of this kernel on this class; a run of several has a certificate for each */
  verdict: Verdict,
  reasons: z.array(z.string()),
  run: Run.pick({
    id: true,
    name: true,
    argv: true,
    started: true,
    finished: true,
    profile: true,
    notes: true,
    departures: true,
    seed: true,
  }).required(),
  sabotage: z.string().optional(),
  candidate: CandidateRecord,
  /** kernel parameters that were added to its command line */
  parameters: z.array(z.string()),
  class: CertifiedClass,
  scope: z.object({ kind: z.string(), emulated: z.array(z.string()) }),
  /** those on which the verdict rests, in their order */
  trials: z.array(
    TrialResult.pick({
      name: true,
      suite: true,
      case: true,
      tweaks: true,
      repeat: true,
      retryOf: true,
      seed: true,
      verdict: true,
      reasons: true,
      objectives: true,
      recovery: true,
      events: true,
      waived: true,
      seconds: true,
    }),
  ),
  /** how often those failed that were repeated */
  rates: Run.shape.rates,
  /** the known issues that the run was told of; `waived` of a trial says which of them it rests on */
  waivers: z.array(WaiverResult),
  versions: z.record(z.string(), z.string()),
  host: Run.shape.host,
  /** every file of the run's directory but the run's certificates, which are named apart */
  evidence: z.array(EvidenceFile),
  certificates: z.array(z.string()),
});

export const Statement = z.object({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.object({ name: z.string(), digest: z.object({ sha256: Sha256 }) })).min(1),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: Predicate,
});
export type Statement = z.infer<typeof Statement>;

/** What is known of one kernel on one class of host, once its run has ended. */
export interface Certified {
  /** with the verdict, the reasons and the trials of this kernel on this class alone */
  readonly run: Omit<Run, 'rates' | 'waivers'> & {
    readonly finished: string;
    readonly verdict: Verdict;
    readonly rates?: Run['rates'] | undefined;
    readonly waivers?: Run['waivers'] | undefined;
  };
  readonly candidate: CandidateRecord;
  readonly parameters: readonly string[];
  readonly class: z.input<typeof CertifiedClass>;
  readonly evidence: readonly EvidenceFile[];
  readonly certificates: readonly string[];
}

/** The statement about it. */
export function statementOf({ run, candidate, ...rest }: Certified): Statement {
  const { verdict, reasons, trials, rates, waivers = [], sabotage, versions, host, target, scope = { kind: target, emulated: [] } } = run;
  const statement: z.input<typeof Statement> = {
    _type: STATEMENT_TYPE,
    subject: subjectsOf(candidate),
    predicateType: PREDICATE_TYPE,
    predicate: {
      verdict,
      reasons,
      run: { ...run, departures: run.departures ?? [] },
      ...(sabotage === undefined ? {} : { sabotage }),
      candidate,
      parameters: [...rest.parameters],
      class: rest.class,
      scope,
      trials,
      ...(rates === undefined ? {} : { rates }),
      waivers,
      versions,
      host,
      evidence: [...rest.evidence],
      certificates: [...rest.certificates],
    },
  };
  return Statement.parse(statement);
}

/**
 * The kernel's files: its image, its package where it came in one, and its modules. These are one subject, the list that sha256sum(1) makes of them,
 * sorted; its digest is the one of `candidates` in run.json.
 */
function subjectsOf({ release, files }: CandidateRecord): Statement['subject'] {
  const names = new Map([
    ['image', () => `vmlinuz-${release}`],
    ['modules', () => `modules-${release}.sha256sum`],
    ['package', (name: string) => name],
  ]);
  return files.flatMap(({ role, name, sha256 }) => {
    const called = names.get(role)?.(name);
    return called === undefined ? [] : [{ name: called, digest: { sha256 } }];
  });
}

/** The bytes that are signed. */
export const payloadOf = (statement: Statement): Buffer => Buffer.from(JSON.stringify(statement));

/** The statement in a payload whose signature holds, or why it cannot be judged by. */
export function readStatement(payload: Uint8Array): Statement | Refusal {
  const refuse = (why: string): Refusal => ({ check: 'statement', why });
  const json = asJson(payload);
  if ('why' in json) return refuse(`what is signed is no statement: ${json.why}`);
  const { value, text } = json;
  // of a key that stands in it twice, another program may see the other one
  if (JSON.stringify(value) !== text) return refuse('what is signed is not in the one form that statements have: a key stands in it twice');
  const type = z.object({ _type: z.string(), predicateType: z.string() }).safeParse(value);
  if (!type.success) return refuse(`what is signed is no statement: ${complaintOf(type.error)}`);
  if (type.data._type !== STATEMENT_TYPE) return refuse(`it is of the type "${type.data._type}", not ${STATEMENT_TYPE}`);
  if (type.data.predicateType !== PREDICATE_TYPE)
    return refuse(`its predicate is of the type "${type.data.predicateType}", not ${PREDICATE_TYPE}`);
  const parsed = Statement.safeParse(value);
  return parsed.success ? parsed.data : refuse(`what is signed is no statement: ${complaintOf(parsed.error)}`);
}
