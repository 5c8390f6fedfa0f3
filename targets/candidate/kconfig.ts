/**
 * A kernel's configuration as text (`.config`, `boot/config-*`, `/proc/config.gz` unpacked) -> `CONFIG_X` -> `y`, `m` or a value.
 */

/** Options that are not set are absent. String values lose their quotes. */
export function parseKconfig(text: string): ReadonlyMap<string, string> {
  const settings = text.matchAll(/^(CONFIG_\w+)=(.*)$/gm);
  return new Map([...settings].map(([, name = '', value = '']) => [name, unquote(value.trim())]));
}

/** scripts/kconfig/symbol.c escapes only `"` and `\`. */
const unquote = (value: string): string => (/^".*"$/.test(value) ? value.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : value);
