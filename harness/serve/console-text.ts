/** The lines of a console as text that nothing obeys: a machine under attack may print anything. */

/** ECMA-48: control sequences, and strings up to their terminator, as a serial console's firmware and shells send them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is sought
const SEQUENCES = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]/g;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/gu;
const MOST_CHARS = 1000;

/** One line of a console, without what a terminal would obey: control, format and direction characters are left out, tabs become spaces. */
export function consoleLine(bytes: Buffer): string {
  const text = bytes.toString('utf8').replaceAll(SEQUENCES, '').replaceAll('\t', '    ').replaceAll(UNSEEN, '').trimEnd();
  return text.length <= MOST_CHARS ? text : `${text.slice(0, MOST_CHARS)} …`;
}
