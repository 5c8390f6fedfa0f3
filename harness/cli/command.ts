/** The contract of a command: what it is called, what may be said to it, and what it does. One file per command, one line in `COMMANDS`. */
import { UsageError } from '../../results/errors.ts';
import type { Verdict } from '../../results/model.ts';

/** How a command ended; `main.ts` alone turns this into an exit code. */
export type Outcome = Verdict | 'done' | 'interrupted';

export interface Option {
  readonly describe: string;
  /** how the value is called in the help; an option without one is a switch */
  readonly value?: string;
  /** may be given several times */
  readonly many?: true;
  readonly choices?: readonly string[];
}

export interface Command {
  readonly name: string;
  /** what stands after the name, `<x>` is needed, `<x..>` may be several */
  readonly operands: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, Option>>;
  /** lines at the end of the command's help: what its options may name */
  readonly notes?: readonly string[];
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** its exit codes in words, where they are not those of a verdict */
  readonly exits?: string;
  /** Heavy code is imported in here, so that `--help` is quick. */
  run(args: Args, io: Io): Promise<Outcome>;
}

/** What was said on the command line, by name of option or operand. */
export type Args = Readonly<Record<string, unknown>>;

export interface Io {
  readonly argv: readonly string[];
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** All values of an option or operand, in order. */
export function texts(args: Args, name: string): string[] {
  const value = args[name];
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** The one value of an option. Throws UsageError when it was given twice or is empty. */
export function text(args: Args, name: string): string | undefined {
  const values = texts(args, name);
  if (values.length > 1) throw new UsageError(`--${name} may be given once: ${values.join(', ')}`);
  if (values[0] === '') throw new UsageError(`--${name} needs a value`);
  return values[0];
}

/** A whole number from 0 to 2^32 - 1. Throws UsageError for anything else. */
export function wholeNumber(args: Args, name: string): number | undefined {
  const value = text(args, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!/^\d{1,10}$/.test(value) || number > 0xffff_ffff)
    throw new UsageError(`--${name} is a whole number from 0 to 4294967295, not "${value}"`);
  return number;
}

/** Columns where standard output is no terminal. */
const PLAIN_WIDTH = 120;

/** How wide what goes to `stdout` may be, in columns, and whether in colour. */
export const lookOf = (stdout: NodeJS.WriteStream): { readonly width: number; readonly colour: boolean } => ({
  width: stdout.columns ?? PLAIN_WIDTH,
  colour: stdout.isTTY && stdout.hasColors(),
});

export const flag = (args: Args, name: string): boolean => args[name] === true;
