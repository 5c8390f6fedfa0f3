/**
 * The contract of a tweak: one setting of a host, `NAME=VALUE`, that may decide whether it survives a flood. Plain data and pure functions; what
 * is run on a machine is POSIX shell, so that a tweak is tried there exactly as a person would try it.
 */
import { UNTWEAKED as UNTWEAKED_NAME } from '../../results/model.ts';
import type { Values } from './values.ts';

/** One tweak, checked. */
export interface Tweak {
  /** what stands before the `=`: `net.core.netdev_budget`, `gro`, `module:nf_conntrack.hashsize`, `boot:threadirqs` */
  readonly name: string;
  /** what stands behind it; empty for a boot parameter that has none */
  readonly value: string;
  /** which entry of `KINDS` it belongs to */
  readonly kind: string;
  /** how it is spelt; `parseTweak` of it gives the same tweak */
  readonly text: string;
}

/** A named set of tweaks, tried together in a trial of its own. */
export interface Variant {
  /** fit for a file name */
  readonly name: string;
  readonly tweaks: readonly Tweak[];
}

/** The variant without any tweak: the reference that the others are compared with, so nobody else may have its name. */
export const UNTWEAKED: Variant = { name: UNTWEAKED_NAME, tweaks: [] };

/** What somebody may have meant by `word`, or what there is to choose from, to be appended to a message; see `suggestion` of the harness. */
export type Suggest = (word: string, known: readonly string[]) => string;

/** How tweaks of one kind are spelt, checked, applied and read back. One entry of `KINDS`. */
export interface Kind {
  /** for help: `gro=on|off`, `net.…=VALUE` */
  readonly spelling: string;
  /** what it does, in one line */
  readonly summary: string;
  /** a tweak that makes sense */
  readonly example: string;
  /** for a kind with many names; otherwise its key in `KINDS` is the only one */
  readonly names?: Names;
  readonly values: Values;
  readonly setting: Setting;
}

export interface Names {
  /** whether a name is meant to be of this kind */
  readonly meant: RegExp;
  /** what is wrong with such a name, to follow the name in a message; undefined where it is right */
  complaint(name: string): string | undefined;
  /** what the shell text of the setting finds as `$key` */
  key(name: string): string;
}

/**
 * POSIX shell text, which finds `$device` (the front card), `$key` and `$value`. `read` prints the present value, spelt as it would be asked
 * for, or fails with the reason; `write` sets it. Whether it was set is told by reading it back, never by the exit code of `write`: sysctl(8)
 * for one exits with 0 where it could not write.
 */
export interface Setting {
  readonly read: string;
  /** undefined for what is set on the kernel's command line */
  readonly write?: string;
  /** prints what `read` will print once `$value` is set; without it that is `$value` itself */
  readonly want?: string;
}

/** A kind with one name, whose example is of that name. */
export const kind = (name: string, values: Values, example: string, summary: string, setting: Setting): Kind => ({
  spelling: `${name}=${values.spelling}`,
  summary,
  example: `${name}=${example}`,
  values,
  setting,
});
