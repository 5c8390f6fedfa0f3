/** Releases of kernels, and versions of programs, as numbers that can be compared. */

/**
 * The numbers that a version begins with: `6.1.0-56-cloud-amd64` gives 6, 1, 0, 56 and `6.12.117+deb12` gives 6, 12, 117. What follows, a flavour or
 * `-rc1`, is left out; a text that begins with no number gives none.
 */
export const numbersOf = (version: string): number[] =>
  (/^\d+(?:[.-]\d+\b)*/.exec(version)?.[0] ?? '').split(/[.-]/).filter(Boolean).map(Number);

/** Whether a version is older than another; a number that is missing counts as 0. */
export function isOlder(version: readonly number[], than: readonly number[]): boolean {
  const differs = Array.from({ length: Math.max(version.length, than.length) }).findIndex(
    (_, at) => (version[at] ?? 0) !== (than[at] ?? 0),
  );
  return differs >= 0 && (version[differs] ?? 0) < (than[differs] ?? 0);
}
