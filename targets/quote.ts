/** The one function that quotes for a POSIX shell on another machine; nothing else may put words into a command line. */
export function quote(argv: readonly string[]): string {
  return argv.map((word) => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
