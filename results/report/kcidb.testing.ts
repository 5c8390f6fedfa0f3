/**
 * What KCIDB takes, for tests: version 5.3 of its I/O schema as far as reports use it, written after github.com/kernelci/kcidb-io,
 * kcidb_io/schema/v05_03.py (its words for the statuses, its patterns, what is needed, and that nothing else may stand there).
 */
import { z } from 'zod';

const text = z.string().regex(/^[^\0]*$/);
const origin = z.string().regex(/^[a-z0-9_]+$/);
const id = z.string().regex(/^[a-z0-9_]+:[^\0]*$/);
const path = z.string().regex(/^([a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*)?$/);
const misc = z.record(z.string(), z.unknown());

const Checkout = z.strictObject({ id, origin, comment: text.optional(), valid: z.boolean().optional(), misc: misc.optional() });

const Build = z.strictObject({
  id,
  origin,
  checkout_id: id,
  comment: text.optional(),
  architecture: z
    .string()
    .regex(/^[a-z0-9_]*$/)
    .optional(),
  misc: misc.optional(),
});

const Test = z.strictObject({
  id,
  origin,
  build_id: id,
  path: path.optional(),
  status: z.enum(['FAIL', 'ERROR', 'MISS', 'PASS', 'DONE', 'SKIP']).optional(),
  start_time: z.iso.datetime().optional(),
  duration: z.number().optional(),
  log_excerpt: text.max(16_384).optional(),
  number: z.strictObject({ value: z.number(), unit: text.optional(), prefix: z.enum(['metric', 'binary']).optional() }).optional(),
  environment: z.strictObject({ comment: text.optional(), misc: misc.optional() }).optional(),
  misc: misc.optional(),
});

export const Kcidb = z.strictObject({
  version: z.strictObject({ major: z.literal(5), minor: z.int().min(0).max(3) }),
  checkouts: z.array(Checkout).optional(),
  builds: z.array(Build).optional(),
  tests: z.array(Test).optional(),
});
