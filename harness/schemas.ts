/**
 * The record and the config as JSON Schema, in `docs/schema/`: for editors, and for whoever reads a run without this program.
 * `npm run docs` writes them; they are made from the zod schemas alone and never edited.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Statement } from '../results/certificate/statement.ts';
import { Comparison } from '../results/compare/model.ts';
import { HistoryRecord, Run, SCHEMA_VERSION } from '../results/model.ts';
import { CLASSES } from '../suites/classes.ts';
import { FORMS } from '../suites/index.ts';
import { PROFILES } from '../suites/profiles.ts';
import { schemaOf } from './config.ts';

export const SCHEMA_DIR = join(import.meta.dirname, '..', 'docs', 'schema');

/** File name -> text, for every schema. */
export function schemas(): Readonly<Record<string, string>> {
  const config = schemaOf({ suites: FORMS, profiles: Object.keys(PROFILES), classes: Object.keys(CLASSES) });
  return {
    'run.schema.json': document(`run.json of a stormproof run, version ${SCHEMA_VERSION}`, Run, 'output'),
    'history.schema.json': document(`one line of history.jsonl of a stormproof run, version ${SCHEMA_VERSION}`, HistoryRecord, 'output'),
    'comparison.schema.json': document('what stormproof compare --json writes', Comparison, 'output'),
    'certificate.schema.json': document('what is signed in a certificate of stormproof (the payload of its envelope)', Statement, 'input'),
    'config.schema.json': document('stormproof.yaml', config, 'input'),
  };
}

function document(title: string, schema: z.ZodType, io: 'input' | 'output'): string {
  const json = z.toJSONSchema(schema, {
    io,
    override: ({ zodSchema, jsonSchema }) => {
      // a list that may be written as its only item is preprocessed, which JSON Schema cannot say
      if (zodSchema._zod.def.type !== 'pipe' || jsonSchema.type !== 'array') return;
      const list = { ...jsonSchema } as z.core.JSONSchema.BaseSchema;
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
      jsonSchema.anyOf = [list.items as z.core.JSONSchema.BaseSchema, list];
    },
  });
  const { $schema, ...rest } = json;
  return `${print({ $schema, title, ...rest }, '')}\n`;
}

const LINE_CHARS = 140;

/** JSON as the formatter of this repository leaves it: every key on a line of its own, short lists on one. */
function print(value: unknown, indent: string, before = 0): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const line = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    const plain = value.every((item) => typeof item !== 'object' || item === null);
    if (plain && before + line.length < LINE_CHARS) return line;
    return `[\n${value.map((item) => deeper + print(item, deeper, deeper.length)).join(',\n')}\n${indent}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const lines = Object.entries(value).map(([key, item]) => {
    const start = `${deeper}${JSON.stringify(key)}: `;
    return start + print(item, deeper, start.length);
  });
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`;
}

if (process.argv[1] === import.meta.filename) {
  mkdirSync(SCHEMA_DIR, { recursive: true });
  for (const [name, text] of Object.entries(schemas())) writeFileSync(join(SCHEMA_DIR, name), text);
}
