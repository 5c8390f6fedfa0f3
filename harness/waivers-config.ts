/** The key `waivers` of a config: known issues that fail no trial until a day. */
import { z } from 'zod';
import { isOlder, numbersOf } from '../results/release.ts';
import { complaintOfPattern } from './judge/waiver-pattern.ts';

/** A bug that is known for longer is looked at again: what nobody renews within a year nobody works on. */
const LONGEST_DAYS = 366;
const DAY_MS = 86_400_000;

const said = z.string().refine((value) => value.trim() !== '', {
  error: ({ path = [] }) => `${path.join('.')}: it must say something`,
});
const release = z.string().refine((value) => numbersOf(value).length > 0, {
  error: ({ path = [], input }) => `${path.join('.')}: a kernel's release begins with a number, as 6.1.0-47 does, got "${input}"`,
});
const day = z.iso.date({ error: ({ input }) => `a day as 2027-06-30, got ${JSON.stringify(input ?? null)}` });

/** The schema of the list; `now` is the day against which its expiry is held. */
export const waiversSchema = (now: Date) =>
  z.array(
    z
      .strictObject({
        title: said.optional(),
        pattern: said.optional(),
        from: release.optional(),
        to: release.optional(),
        reason: said,
        owner: said,
        expires: day,
      })
      .superRefine(({ title, pattern, from, to, expires }, { addIssue }) => {
        const complain = (message: string, ...path: string[]) => addIssue({ code: 'custom', message, path });
        if (title === undefined && pattern === undefined) complain('a waiver says for which events: their title, or a pattern for it');
        if (title !== undefined && pattern !== undefined) complain('a waiver has a title or a pattern, not both', 'pattern');
        const wrong = pattern === undefined ? undefined : complaintOfPattern(pattern);
        if (wrong !== undefined) complain(`this pattern ${wrong}`, 'pattern');
        if (from !== undefined && to !== undefined && isOlder(numbersOf(to), numbersOf(from)))
          complain(`to ${to} is older than from ${from}`, 'to');
        const latest = new Date(now.getTime() + LONGEST_DAYS * DAY_MS).toISOString().slice(0, expires.length);
        if (expires > latest) complain(`a waiver holds for a year at most, until ${latest}: look at the bug again then`, 'expires');
      })
      // which says what the refinement does, as far as JSON Schema can
      .meta({ oneOf: [{ required: ['title'] }, { required: ['pattern'] }] }),
  );
