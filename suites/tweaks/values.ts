/** What may stand behind the `=` of a tweak. A complaint is the end of a message that begins with the tweak's name. */
import type { Suggest } from './tweak.ts';

export interface Values {
  /** for help: `on|off`, `N` */
  readonly spelling: string;
  complaint(value: string, suggest: Suggest): string | undefined;
}

/** One of a few words. */
export const oneOf = (...words: readonly string[]): Values => ({
  spelling: words.join('|'),
  complaint: (value, suggest) => (words.includes(value) ? undefined : `cannot be "${value}"${suggest(value, words)}`),
});

export const ON_OFF = oneOf('on', 'off');

/** A whole number in decimal, as the kernel prints it: without sign, leading zeros or unit. */
export const whole = (least: number, most: number, what = 'a whole number'): Values => ({
  spelling: 'N',
  complaint: (value) => {
    const good = /^(0|[1-9]\d*)$/.test(value) && Number(value) >= least && Number(value) <= most;
    return good ? undefined : `is ${what} from ${least} to ${most}, not "${value}"`;
  },
});

/** Anything of this form; `what` says it in words. */
export const formed = (spelling: string, form: RegExp, what: string): Values => ({
  spelling,
  complaint: (value) => (form.test(value) ? undefined : `is ${what}, not "${value}"`),
});
