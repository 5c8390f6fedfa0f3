import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CERTIFIED } from '../results/certificate/certificate.sample.ts';
import { statementOf } from '../results/certificate/statement.ts';
import type { HistoryRecord, Run } from '../results/model.ts';
import { wildRuns } from '../results/report/wild.testing.ts';
import { SUITES } from '../suites/index.ts';
import { SCHEMA_DIR, schemas } from './schemas.ts';

const texts = schemas();
const accepts = (name: string, value: unknown): boolean =>
  z.fromJSONSchema(JSON.parse(texts[name] as string) as z.core.JSONSchema.JSONSchema).safeParse(JSON.parse(JSON.stringify(value))).success;

const RUN: Run = {
  schema: 1,
  id: '20260102-030405z-ab12',
  name: 'certify',
  argv: ['certify'],
  started: '2026-01-02T03:04:05.678Z',
  profile: 'quick',
  notes: [],
  seed: 7,
  target: 'lab',
  candidates: [],
  versions: { node: '24.21.0' },
  host: { cpus: 2, kernel: '6.1.0' },
  verdict: 'pass',
  reasons: [],
  trials: [],
};
const SAMPLE: HistoryRecord = { t: 1.5, trial: 'io-storm', k: 'sample', probe: 'storage', machine: 'victim', ms: null, seq: 3 };
const EVIDENCE = { path: 'console/head.log', bytes: 7, sha256: 'a'.repeat(64) };
const STATEMENT = statementOf({ ...CERTIFIED, evidence: [EVIDENCE] });
const { predicate } = STATEMENT;

describe('the JSON Schemas in docs/schema', () => {
  it.each(Object.keys(texts))('%s is up to date (npm run docs)', (name) => {
    expect(readFileSync(join(SCHEMA_DIR, name), 'utf8')).toBe(texts[name]);
  });

  it('are these and no others', () => {
    expect(readdirSync(SCHEMA_DIR).sort()).toEqual(Object.keys(texts).sort());
  });

  it.each(Object.keys(texts))('%s is the same text each time, with a newline at its end', (name) => {
    expect(schemas()[name]).toBe(texts[name]);
    expect(texts[name]).toMatch(/^\{\n.*\}\n$/s);
  });

  it.each<[string, string, unknown, boolean]>([
    ['a run', 'run.schema.json', RUN, true],
    ['a run without a seed', 'run.schema.json', { ...RUN, seed: undefined }, false],
    ['a run with a verdict of its own', 'run.schema.json', { ...RUN, verdict: 'maybe' }, false],
    ['a run of another schema', 'run.schema.json', { ...RUN, schema: 2 }, false],
    ['a record', 'history.schema.json', SAMPLE, true],
    ['a record of no kind', 'history.schema.json', { ...SAMPLE, k: 'other' }, false],
    ['a record with a negative time', 'history.schema.json', { ...SAMPLE, t: -1 }, false],
    ['a statement', 'certificate.schema.json', STATEMENT, true],
    ['a statement of a later version', 'certificate.schema.json', { ...STATEMENT, predicate: { ...predicate, wind: 'north' } }, true],
    ['a statement about nothing', 'certificate.schema.json', { ...STATEMENT, subject: [] }, false],
    ['another predicate', 'certificate.schema.json', { ...STATEMENT, predicateType: 'https://slsa.dev/provenance/v1' }, false],
    ['no verdict', 'certificate.schema.json', { ...STATEMENT, predicate: { ...predicate, verdict: undefined } }, false],
    [
      'evidence elsewhere',
      'certificate.schema.json',
      { ...STATEMENT, predicate: { ...predicate, evidence: [{ ...EVIDENCE, path: '../run.json' }] } },
      false,
    ],
    ['an empty config', 'config.schema.json', {}, true],
    ['a config with one kernel', 'config.schema.json', { kernel: 'running' }, true],
    ['a config with several', 'config.schema.json', { kernel: ['running', 'deb:linux-image-amd64'], suites: Object.keys(SUITES) }, true],
    ['a config with no kernel in its list', 'config.schema.json', { kernel: [] }, false],
    ['a config with a suite that is not there', 'config.schema.json', { suites: ['ipv6-floods'] }, false],
    ['a config with an unknown key', 'config.schema.json', { profil: 'quick' }, false],
    ['a config with an unknown key inside', 'config.schema.json', { recovery: { limit: 1 } }, false],
    ['a config with seconds that cannot be', 'config.schema.json', { recovery: { limit_s: 0 } }, false],
  ])('tell %s', (_what, name, value, accepted) => {
    expect(accepts(name, value)).toBe(accepted);
  });

  it('fit what runs left, by a validator that is not ours, whatever a kernel printed', () => {
    const ajv = formats.default(new Ajv2020({ allowUnionTypes: true }));
    const [run, line] = ['run.schema.json', 'history.schema.json'].map((name) => ajv.compile(JSON.parse(texts[name] as string)));
    const dir = join(import.meta.dirname, '..', 'results', 'fixtures', 'version-1');
    const recorded: unknown = JSON.parse(readFileSync(join(dir, 'run.json'), 'utf8'));
    const wild = wildRuns(20).map((each) => JSON.parse(JSON.stringify(each)) as unknown);
    for (const each of [recorded, ...wild]) expect(run?.(each), JSON.stringify(run?.errors)).toBe(true);
    for (const each of readFileSync(join(dir, 'history.jsonl'), 'utf8').trimEnd().split('\n'))
      expect(line?.(JSON.parse(each)), each).toBe(true);
    expect([run?.({ ...RUN, seed: 'x' }), line?.({ ...SAMPLE, ms: -1 })]).toEqual([false, false]);
  });
});
