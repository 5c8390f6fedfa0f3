/**
 * What must stand in a text for a pattern to match it: a set of literals of which at least one occurs in every match. Found in the
 * pattern's syntax tree, so that nobody has to write it down beside the pattern, and so that the two cannot differ.
 * Source: R. Cox, "Regular Expression Matching with a Trigram Index" (2012), whose "exact set" is kept here.
 */
import { type AST, RegExpParser } from '@eslint-community/regexpp';

/** A sequence that has more spellings than this is cut in two. */
const SPELLINGS_LIMIT = 16;
/** A literal this long says enough; longer ones are preferred no more. */
const ENOUGH_CHARS = 12;

/** All spellings of a part, or undefined where there is no end of them. */
type Spellings = readonly string[] | undefined;

interface Found {
  readonly spellings: Spellings;
  /** what must occur, or undefined where nothing must */
  readonly literals: readonly string[] | undefined;
}

/** The literals of `pattern`. Throws an Error for a pattern without any, and for one that ignores case. */
export function literalsOf(pattern: RegExp): readonly string[] {
  if (pattern.ignoreCase) throw new Error(`${pattern} ignores case: nothing certain stands in what it matches`);
  const { pattern: tree } = new RegExpParser().parseLiteral(pattern.toString());
  const { literals } = ofAlternatives(tree.alternatives);
  if (literals === undefined) throw new Error(`${pattern} matches texts that have nothing in common`);
  return withoutLonger(literals);
}

/** A literal that holds another is found with that one. */
export const withoutLonger = (literals: readonly string[]): string[] =>
  [...new Set(literals)].filter((text, _, all) => !all.some((other) => other !== text && text.includes(other)));

function ofAlternatives(alternatives: readonly AST.Alternative[]): Found {
  const found = alternatives.map(ofSequence);
  const literals = found.map((each) => each.literals);
  return {
    spellings: union(found.map((each) => each.spellings)),
    literals: literals.includes(undefined) ? undefined : literals.flatMap((each) => each ?? []),
  };
}

/** Neighbours whose spellings are known are joined into runs; the best run, or the best part within, stands for the sequence. */
function ofSequence({ elements }: AST.Alternative): Found {
  let run: readonly string[] = [''];
  let whole = true;
  let best: readonly string[] | undefined;
  const offer = (literals: readonly string[] | undefined): void => {
    if (literals !== undefined && (best === undefined || worth(literals) >= worth(best))) best = literals;
  };
  for (const element of elements) {
    const { spellings, literals } = ofElement(element);
    offer(literals);
    const joined = spellings && run.flatMap((head) => spellings.map((tail) => head + tail));
    if (joined !== undefined && joined.length <= SPELLINGS_LIMIT) {
      run = joined;
      continue;
    }
    offer(run);
    whole = false;
    run = spellings ?? [''];
  }
  offer(run);
  return { spellings: whole ? run : undefined, literals: best !== undefined && worth(best) > 0 ? best : undefined };
}

function ofElement(element: AST.Element): Found {
  switch (element.type) {
    case 'Character':
      return known([String.fromCodePoint(element.value)]);
    case 'CharacterClass':
      return known(spellingsOfClass(element));
    case 'Assertion':
      return known(['']);
    case 'Group':
    case 'CapturingGroup':
      return ofAlternatives(element.alternatives);
    case 'Quantifier':
      return ofQuantifier(element);
    default:
      return { spellings: undefined, literals: undefined };
  }
}

function ofQuantifier({ min, max, element }: AST.Quantifier): Found {
  const inner = ofElement(element);
  if (min === 0 && max === 1 && inner.spellings !== undefined) return known(['', ...inner.spellings]);
  return { spellings: undefined, literals: min === 0 ? undefined : inner.literals };
}

/** `[Tt]` has two spellings, `[a-z]` has too many to be of use. */
function spellingsOfClass({ negate, elements }: AST.CharacterClass): Spellings {
  const characters = elements.map((element) => (element.type === 'Character' ? String.fromCodePoint(element.value) : undefined));
  return negate || characters.length > SPELLINGS_LIMIT || characters.includes(undefined) ? undefined : (characters as string[]);
}

const known = (spellings: Spellings): Found => ({
  spellings,
  literals: spellings === undefined || spellings.includes('') ? undefined : spellings,
});

function union(sets: readonly Spellings[]): Spellings {
  const all = sets.flatMap((set) => set ?? []);
  return sets.includes(undefined) || all.length > SPELLINGS_LIMIT ? undefined : [...new Set(all)];
}

/** The shortest counts. Of two that say enough the later is better: messages begin with who speaks, and go on to what is wrong. */
const worth = (literals: readonly string[]): number => Math.min(ENOUGH_CHARS, ...literals.map((literal) => literal.length));
