/** What somebody may have meant: the one place that compares mistyped names with known ones. */
import { closest, distance } from 'fastest-levenshtein';

/** The known name nearest to `word`, or undefined when none is near: more than about a third of it would have to be changed. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  if (names.length === 0 || word === '') return undefined;
  const typed = word.toLowerCase();
  const begun = names.filter((name) => name.toLowerCase().startsWith(typed));
  if (begun.length === 1 && typed.length > 1) return begun[0];
  const near = closest(
    typed,
    names.map((name) => name.toLowerCase()),
  );
  const name = names.find((each) => each.toLowerCase() === near);
  return distance(typed, near) <= Math.max(1, Math.floor(Math.max(typed.length, near.length) / 3)) ? name : undefined;
}

/** `, did you mean "x"?` where a name is near, else what there is to choose from. To be appended to a message. */
export function suggestion(word: string, names: readonly string[]): string {
  const near = nearest(word, names);
  if (near !== undefined) return `, did you mean "${near}"?`;
  return names.length === 0 ? '' : `; there is: ${choiceFor(word, names).join(', ')}`;
}

/** Of names that are made of parts (`SUITE/CASE`) those that share the first with the word, else the first parts alone: all would fill a screen. */
function choiceFor(word: string, names: readonly string[]): readonly string[] {
  const own = names.filter((name) => name.startsWith(`${word.split('/')[0]}/`));
  return own.length > 0 ? own : names.filter((name) => !name.includes('/'));
}
