import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from './errors.ts';
import { readHistory } from './history.ts';
import { type Run, SCHEMA_VERSION } from './model.ts';
import { readRecord, recordText, STEPS, versionOf } from './record.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const jsonOf = (version: number): Record<string, unknown> =>
  JSON.parse(readFileSync(join(FIXTURES, `version-${version}`, 'run.json'), 'utf8')) as Record<string, unknown>;
const VERSIONS = Array.from({ length: SCHEMA_VERSION + 1 }, (_, version) => version);

describe('the versions of the record', () => {
  it('each have a step to the next, and a fixture', () => {
    expect(STEPS.length).toBe(SCHEMA_VERSION);
    expect(readdirSync(FIXTURES).sort()).toEqual(VERSIONS.map((version) => `version-${version}`));
  });

  it.each(VERSIONS)('%d is told from its fixture, and nothing of that is lost on the way to this one', (version) => {
    const json = jsonOf(version);
    expect(versionOf(json)).toBe(version);
    expect(readRecord(json)).toEqual({ ...json, schema: SCHEMA_VERSION });
    const { records, damage } = readHistory(join(FIXTURES, `version-${version}`, 'history.jsonl'), version);
    expect([records.length > 100, damage]).toEqual([true, undefined]);
  });

  it('that are newer than the program are refused in one line that says so', () => {
    const newer = { ...jsonOf(SCHEMA_VERSION), schema: SCHEMA_VERSION + 1 };
    expect(() => readRecord(newer)).toThrow(UsageError);
    expect(() => readRecord(newer)).toThrow(/^written by a newer stormproof: the record has version 2, and this one reads up to 1; take/);
  });

  it.each<[string, unknown, RegExp]>([
    ['a list', [], /^not a JSON object$/],
    ['nothing', null, /^not a JSON object$/],
    ['a version in words', { schema: 'one' }, /^its schema is "one", which is no version$/],
    ['a negative version', { schema: -1 }, /no version/],
    ['a record without trials', { ...jsonOf(1), trials: undefined }, /^trials: Invalid input/],
    ['a trial without a name', { ...jsonOf(1), trials: [{}] }, /^trials\.0\.name: Invalid input/],
  ])('are not read out of %s', (_what, json, words) => {
    expect(() => readRecord(json)).toThrow(words);
    expect(() => readRecord(json)).not.toThrow(UsageError);
  });
});

describe('run.json', () => {
  it('is what a run that was read back writes again', () => {
    const text = readFileSync(join(FIXTURES, `version-${SCHEMA_VERSION}`, 'run.json'), 'utf8');
    expect(recordText(readRecord(JSON.parse(text)))).toBe(text);
  });

  it('is the same text in whatever order a run came to its fields', () => {
    const run = readRecord(jsonOf(1));
    fc.assert(
      fc.property(fc.shuffledSubarray(Object.entries(run), { minLength: Object.keys(run).length }), (fields) => {
        expect(recordText(Object.fromEntries(fields) as Run)).toBe(recordText(run));
      }),
      { numRuns: 20 },
    );
  });

  it('is written also where it does not fit the schema', () => {
    const odd = { ...readRecord(jsonOf(1)), seed: 0.5 };
    expect(JSON.parse(recordText(odd))).toMatchObject({ seed: 0.5, id: odd.id });
  });
});
