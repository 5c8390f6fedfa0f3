/** A console to a fixture: a handful of lines of the boot, then everything from the mark on. */

/** Said on the console by the capture itself, just before it provokes. */
export const mark = (name: string): string => `stormproof: provoke ${name}`;

const BOOT_LINES = 8;
const KEPT = / Run \S+ as init process|stormproof: /;

/** `console` in latin1, so that no byte is lost. Throws where there is no mark. */
export function trim(console: string, name: string): string {
  const lines = console.split(/(?<=\n)/);
  const from = lines.findIndex((line) => line.includes(mark(name)));
  if (from < 0) throw new Error(`no "${mark(name)}" in the console`);
  return [...lines.slice(0, from).filter((line, at) => at < BOOT_LINES || KEPT.test(line)), ...lines.slice(from)].join('');
}
