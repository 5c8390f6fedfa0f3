/** The page's script out of its files: they are modules, and become one scope in the order in which they need each other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Each after those that it imports. */
const FILES = [
  'decode.js',
  'clock.js',
  'theme.js',
  'lanes.js',
  'overlays.js',
  'charts.js',
  'tools.js',
  'readout.js',
  'timeline.js',
  'main.js',
] as const;

/** The files of `dir` as one classic script. Throws where a line imports or exports in a way that this does not know. */
export function bundle(dir: string): string {
  const parts = FILES.map((file) => {
    const text = readFileSync(join(dir, file), 'utf8')
      .replaceAll(/^import \{[^}]*\} from '\.\/[\w-]+\.js';\n/gm, '')
      .replaceAll(/^export (?=const|function)/gm, '')
      .replaceAll(/^ *\/\*\*[\s\S]*?\*\/\n/gm, '');
    if (/^\s*(import|export)\b/m.test(text))
      throw new Error(`${file}: only named imports of its neighbours, and exports of constants and functions`);
    return text.trim();
  });
  return `(() => {\n'use strict';\n${parts.join('\n')}\n})();`;
}
