/**
 * `run.json` as text, over all versions of the record. A version is one number for the whole directory: `schema` in `run.json` speaks for
 * `history.jsonl` too. It grows only where an older program would misread a newer record; a field that may be missing needs no new number.
 * Fixtures of every version stand in results/fixtures.
 */
import { UsageError } from './errors.ts';
import { Run, SCHEMA_VERSION } from './model.ts';

type Json = Readonly<Record<string, unknown>>;

/** From one version to the next: what becomes of `run.json`, and of a line of `history.jsonl`. */
interface Step {
  readonly run: (old: Json) => Json;
  readonly line: (old: unknown) => unknown;
}

const same = <T>(old: T): T => old;

/** The step at index N leads from version N to N + 1. A new version is a line here, a fixture, and a number in model.ts. */
export const STEPS: readonly Step[] = [
  // version 0 is a record that does not say: it is version 1 without the number
  { run: (old) => ({ ...old, schema: 1 }), line: same },
];

/**
 * The version of a parsed `run.json`; one that does not say is 0. Throws UsageError for a version that this program does not know yet, and
 * a plain Error for what is no version.
 */
export function versionOf(json: unknown): number {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new Error('not a JSON object');
  const { schema = 0 } = json as Json;
  if (typeof schema !== 'number' || !Number.isInteger(schema) || schema < 0)
    throw new Error(`its schema is ${JSON.stringify(schema)?.slice(0, 40)}, which is no version`);
  if (schema > SCHEMA_VERSION)
    throw new UsageError(
      `written by a newer stormproof: the record has version ${schema}, and this one reads up to ${SCHEMA_VERSION}; take the newer one`,
    );
  return schema;
}

/** A parsed `run.json` of any version up to this program's. Throws what `versionOf` throws, and Error with the first field that is wrong. */
export function readRecord(json: unknown): Run {
  const version = versionOf(json);
  const parsed = Run.safeParse(STEPS.slice(version).reduce((old, step) => step.run(old), json as Json));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${issue?.path.join('.') || 'the record'}: ${issue?.message ?? 'not a run'}`);
}

/** A parsed line of `history.jsonl` of that version, as the same line of this program's version; it is not checked. */
export const upToDate = (line: unknown, version: number): unknown => STEPS.slice(version).reduce((old, step) => step.line(old), line);

/**
 * `run.json`: the same text for the same run, in whatever order it came to its fields, and after it was read back. What does not fit the
 * schema is written as it is, since a record that cannot be read is better than none.
 */
export function recordText(run: Run): string {
  const parsed = Run.safeParse(JSON.parse(JSON.stringify(run)));
  return `${JSON.stringify(parsed.success ? parsed.data : run, null, 2)}\n`;
}
