/** The one function that quotes for a POSIX shell, on another machine or for whoever copies a line from this one; nothing else may put words into a command line. */
export function quote(argv: readonly string[]): string {
  return argv.map((word) => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
