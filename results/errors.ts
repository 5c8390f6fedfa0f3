/**
 * Whose fault a failure is. The four classes decide the exit code and the verdict, so nothing else may be thrown on purpose.
 */

/** The person asked for something that cannot be: wrong argument, config or candidate file. Exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Our side failed: QEMU did not start, the disk is full, an engine is missing. Verdict `unknown`, exit 125; never a `fail`. */
export class InfraError extends Error {
  override readonly name = 'InfraError';
}

/** The candidate failed: it did not boot, or died while it was worked on. Verdict `fail`, exit 1. */
export class CandidateError extends Error {
  override readonly name = 'CandidateError';
}

/** The person or the system asked us to stop (SIGINT, SIGTERM). Exit 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** One line for a person: the message and the messages of its causes, without stack traces. */
export function explain(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error, depth = 0; at !== undefined && at !== null && depth < 5; depth += 1) {
    const text = (at instanceof Error ? at.message : String(at)).trim().replaceAll(/\s*\n\s*/g, ' ');
    if (text !== '' && !parts.some((part) => part.includes(text))) parts.push(text);
    at = at instanceof Error ? at.cause : undefined;
  }
  return parts.join(': ') || 'unknown error';
}

/** Why a file that a person named cannot be read; `instead` is what to name where it is a directory. */
export function whyUnread(cause: unknown, instead = 'name a file'): string {
  const words: Readonly<Record<string, string>> = { ...ABSENT, EISDIR: `is a directory: ${instead}`, EACCES: 'this user may not read it' };
  return words[codeOf(cause)] ?? `cannot be read (${codeOf(cause)})`;
}

/** Why no file can be made in the directory `dir` of a name that a person gave. */
export function whyUnmade(cause: unknown, dir: string): string {
  const absent = `there is no directory ${dir}`;
  const words: Readonly<Record<string, string>> = { ENOENT: absent, ENOTDIR: absent, EACCES: `this user may not write to ${dir}` };
  return words[codeOf(cause)] ?? `cannot be written (${codeOf(cause)})`;
}

const ABSENT = { ENOENT: 'there is no such file', ENOTDIR: 'there is no such file' } as const;
const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? explain(cause);
