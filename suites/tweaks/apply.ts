/** Tweaks -> what is run on the machine to set them and to prove that they hold. */
import type { Preparation } from '../flood/vector.ts';
import { KINDS, type KindName } from './kinds.ts';
import type { Kind, Tweak } from './tweak.ts';

export interface Application {
  /**
   * Sets them, in order; each fails with `tweak X cannot be set here: …` unless the value reads back as asked. It prints `X: it was OLD`,
   * or what ends in `UNCHANGED`.
   */
  readonly prepare: readonly Preparation[];
  /** kernel parameters, to be put behind all others, since the last one of a name counts */
  readonly append: readonly string[];
  /** Proves that they hold; to be run once all is prepared, and again after the storm. Each prints the value that was read. */
  readonly verify: readonly Preparation[];
}

/** The end of what is printed for a tweak that asks for what there is already. */
export const UNCHANGED = 'it was so already';

/** The name of the step that proves a tweak, by its text. */
export const inForce = (tweak: string): string => `is ${tweak} in force`;

/** What makes one tweak true on a machine whose front card is `device`. */
export function applyTweak(tweak: Tweak, { device }: { readonly device: string }): Application {
  const { setting, names }: Kind = KINDS[tweak.kind as KindName];
  // in the environment: first on the command line is then what it is about, and nothing of it is ever taken for shell text
  const words = Object.entries({ tweak: tweak.text, device, key: names?.key(tweak.name) ?? tweak.name, value: tweak.value });
  const environment = words.map(([word, value]) => `${word}=${value}`);
  const run = (name: string, script: string): Preparation => ({ name, argv: ['env', ...environment, 'sh', '-c', script] });
  const verify = [run(inForce(tweak.text), `${functions(setting)}\n${VERIFY}`)];
  if (setting.write === undefined) return { prepare: [], append: [bootWord(tweak)], verify };
  return { prepare: [run(`tweak ${tweak.text}`, `${functions(setting)}\n${PREPARE}`)], append: [], verify };
}

/** All tweaks of a variant, in the order of `KINDS`; those of one kind in their own. */
export function applyTweaks(tweaks: readonly Tweak[], options: { readonly device: string }): Application {
  const order = Object.keys(KINDS);
  const sorted = tweaks.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const each = sorted.map((tweak) => applyTweak(tweak, options));
  return {
    prepare: each.flatMap(({ prepare }) => prepare),
    append: each.flatMap(({ append }) => append),
    verify: each.flatMap(({ verify }) => verify),
  };
}

/**
 * Why tweaks try nothing on a machine: it had all of them before, so it is the untweaked host. `said` is what each step printed, those of
 * `prepare` first. Undefined where one changed something; a kernel parameter counts as that, since nobody can tell what was without it.
 */
export function nothingToTry({ prepare, append }: Application, said: readonly string[]): string | undefined {
  const changes = said.slice(0, prepare.length);
  if (append.length > 0 || changes.length === 0 || !changes.every((each) => each.endsWith(UNCHANGED))) return undefined;
  return `there is nothing to try: ${changes.join('; ')}`;
}

const bootWord = ({ text }: Tweak): string => text.slice('boot:'.length);

const functions = ({ read, write, want }: Kind['setting']): string => `reading() { ( ${read}
) 2>&1; }
writing() { ( ${write ?? ':'}
) 2>&1 | paste -sd ' ' -; }
no() { printf '%s\\n' "$*" | paste -sd ' ' - >&2; exit 1; }
want=$( ${want ?? `printf '%s\\n' "$value"`}
)`;

const PREPARE = `was=$(reading) || no "tweak $tweak cannot be set here: $was"
[ "$was" != "$want" ] || { echo "$tweak: ${UNCHANGED}"; exit; }
said=$(writing)
is=$(reading)
[ "$is" = "$want" ] || no "tweak $tweak cannot be set here: \${said:+$said; }it is \${is:-not told}"
echo "$tweak: it was \${was:-not told}"`;

const VERIFY = `is=$(reading) || no "tweak $tweak is not in force: $is"
[ "$is" = "$want" ] || no "tweak $tweak is not in force: it is \${is:-not told}"
echo "$is"`;
