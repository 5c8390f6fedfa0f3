/** How long the same thing takes on hosts of several sizes. */
import { z } from 'zod';

/** One thing that was timed on a machine. */
export const Measure = z.object({
  machine: z.string(),
  /** `boot`, `compaction` … */
  name: z.string(),
  seconds: z.number().min(0),
});
export type Measure = z.infer<typeof Measure>;
