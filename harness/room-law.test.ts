import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** A file may import from its own room and from rooms further right. */
const ROOMS = ['harness', 'suites', 'targets', 'results'] as const;
/** `from 'x'`, `import 'x'`, `import('x')`, `new URL('x', import.meta.url)`: every way in which a file names another. */
const NAMES_FILE = /(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)(['"])(\.{1,2}\/[^'"]+)\1/g;

interface Import {
  readonly file: string;
  readonly imported: string;
}

function importsOf(file: string, source: string): Import[] {
  return [...source.matchAll(NAMES_FILE)].map(([, , path = '']) => ({ file, imported: relative(ROOT, join(ROOT, dirname(file), path)) }));
}

const roomOf = (file: string): number => (ROOMS as readonly string[]).indexOf(file.split(sep)[0] ?? '');

/** What is wrong with an import, or undefined. */
function breach({ file, imported }: Import): string | undefined {
  const [from, to] = [roomOf(file), roomOf(imported)];
  if (to < 0)
    return imported === 'package.json' || !imported.endsWith('.ts') ? undefined : `${file} imports ${imported}, which is in no room`;
  return to < from ? `${file} imports ${imported}: ${ROOMS[from]} may not know ${ROOMS[to]}` : undefined;
}

const files = ROOMS.flatMap((room) => globSync(`${room}/**/*.ts`, { cwd: ROOT })).filter((file) => !import.meta.url.endsWith(file));
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(ROOT, file), 'utf8')));

describe('the law of the rooms', () => {
  it('is kept: harness -> suites -> targets -> results', () => {
    expect(files.length).toBeGreaterThan(20);
    expect(imports.map(breach).filter((each) => each !== undefined)).toEqual([]);
  });

  it('is about files that exist', () => {
    expect(imports.filter(({ imported }) => imported.endsWith('.ts') && !existsSync(join(ROOT, imported)))).toEqual([]);
  });

  it.each([
    ['results/a.ts', "import { b } from '../harness/b.ts';", /results may not know harness/],
    ['targets/lab/a.ts', "export type { B } from '../../suites/b.ts';", /targets may not know suites/],
    ['suites/a.ts', "const b = await import('../harness/b.ts');", /suites may not know harness/],
    ['results/a.ts', "import '../targets/b.ts';", /results may not know targets/],
    ['harness/a.ts', "import x from '../elsewhere/b.ts';", /in no room/],
  ])('notices %s: %s', (file, source, words) => {
    expect(importsOf(file, source).map(breach).join()).toMatch(words);
  });

  it.each([
    ['harness/a.ts', "import { b } from '../results/b.ts';"],
    ['suites/a.ts', "import { b } from './b.ts';"],
    ['suites/a.ts', "import { join } from 'node:path';"],
  ])('allows %s: %s', (file, source) => {
    expect(importsOf(file, source).map(breach).join('')).toBe('');
  });
});
