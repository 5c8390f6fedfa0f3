/** Known issues that fail no trial until a day: what was asked, and what came of it. Zod schemas as in `model.ts`. */
import { z } from 'zod';

export const Waiver = z.object({
  /** of the events meant: the whole title, or an expression for the whole of it (ECMAScript, with the flag `u`); one of the two */
  title: z.string().optional(),
  pattern: z.string().optional(),
  /** releases of the kernels meant, both included; what is missing is no bound */
  from: z.string().optional(),
  to: z.string().optional(),
  reason: z.string(),
  owner: z.string(),
  /** the last day, in UTC, on which a run may begin that it excuses anything in */
  expires: z.iso.date(),
});
export type Waiver = z.infer<typeof Waiver>;

export const WaiverResult = Waiver.extend({
  /** before the run began */
  expired: z.boolean(),
  /** events of the run that it alone, or it first, excused */
  excused: z.int().min(0),
});
export type WaiverResult = z.infer<typeof WaiverResult>;

/** Events of a trial that would have failed it. */
export const WaivedEvents = z.object({
  machine: z.string(),
  title: z.string(),
  count: z.int().min(1),
  /** which of the run's waivers excused them, counted from 0 */
  waiver: z.int().min(0),
});
export type WaivedEvents = z.infer<typeof WaivedEvents>;
