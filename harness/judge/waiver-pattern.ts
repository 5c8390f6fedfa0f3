/**
 * What a waiver's expression may be. It must neither hold the judge up nor match whatever comes: how many ways there are to match it is bounded
 * by its syntax tree, and something must stand in every title that it matches.
 */
import { type AST, RegExpParser } from '@eslint-community/regexpp';
import { explain } from '../../results/errors.ts';
import { literalsOf } from '../detect/literals.ts';
import { type Row, TABLE } from '../detect/table.ts';
import { fill } from '../detect/title.ts';

/** A title of a crash or hang has 120 at most (harness/detect/title.ts); what is longer matches no expression. */
export const LONGEST_TITLE_CHARS = 160;
const MOST_CHARS = 200;
/** Three times anything (`.*`) in a title of that length, with as much again for alternatives: a tenth of a second. */
const MOST_WAYS = 5e6;
/** Shorter words stand in titles of many bugs; so long are those by which the detector looks for its own. */
const LEAST_LITERAL_CHARS = 5;

/** Words of no kernel: short, long, with and without an underscore, a digit, a capital. */
const FILLERS = ['zzqx', 'qz_xj', '__qzxj_kvwq_zx9', 'Qzxjkvwqzx'];

/** A title of each kind of event that has one for each bug, of a bug that there is not. */
const MADE_UP: readonly string[] = TABLE.flatMap(({ title }: Row) => {
  const groups = [...title.matchAll(/\{(\w+)\}/g)].map(([, name]) => String(name));
  return groups.length === 0 ? [] : FILLERS.map((word) => fill(title, Object.fromEntries(groups.map((name) => [name, word]))));
});

/** The expression, for a whole title. Throws SyntaxError. */
export const compiled = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`, 'u');

/** Why `pattern` is not taken, in words that go on from "pattern"; undefined where it is. */
export function complaintOfPattern(pattern: string): string | undefined {
  if (pattern.length > MOST_CHARS) return `is ${pattern.length} characters long, at most ${MOST_CHARS} are taken`;
  try {
    // alone too: `a)(b` is whole only between brackets
    new RegExp(pattern, 'u');
    const { alternatives } = new RegExpParser().parsePattern(pattern, 0, pattern.length, { unicode: true });
    if (waysOf(alternatives) > MOST_WAYS) return 'could be matched in too many ways: repeat less, and nothing within what is repeated';
    if (literals(pattern).some(({ length }) => length < LEAST_LITERAL_CHARS))
      return `matches too much: at least ${LEAST_LITERAL_CHARS} characters in a row must stand in every title that it matches`;
    const kind = MADE_UP.find((title) => compiled(pattern).test(title));
    return kind === undefined ? undefined : `matches a whole kind of event, whatever it is of: also "${kind}"; name more of the title`;
  } catch (error) {
    return `is no regular expression: ${explain(error)}`;
  }
}

function literals(pattern: string): readonly string[] {
  try {
    return literalsOf(new RegExp(pattern, 'u'));
  } catch {
    return ['']; // titles that it matches have nothing in common
  }
}

/** How many ways a backtracking matcher may have to go at most, from one place on, in a title of the longest kind. */
function waysOf(alternatives: readonly AST.Alternative[]): number {
  const each = alternatives.map(({ elements }) => elements.reduce((ways, element) => ways * waysOfElement(element), 1));
  return each.reduce((sum, ways) => sum + ways, 0);
}

function waysOfElement(element: AST.Element): number {
  if (element.type === 'Quantifier') {
    const most = Math.min(element.max, LONGEST_TITLE_CHARS);
    return Math.max(1, most - element.min + 1) * waysOfElement(element.element) ** most;
  }
  return 'alternatives' in element ? waysOf(element.alternatives) : 1;
}
