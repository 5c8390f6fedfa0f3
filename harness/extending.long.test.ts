/** The diffs of docs/extending.md are real: each applies to this tree, and together they type-check. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const TREE = ['harness', 'suites', 'targets', 'results', 'bench', 'package.json', 'tsconfig.json', 'biome.json'];
const PAGE = readFileSync(join(ROOT, 'docs', 'extending.md'), 'utf8');
const DIFFS = [...PAGE.matchAll(/^```diff\n(.*?)^```/gms)].map(([, diff = '']) => diff);

test('there is a diff for a suite, an engine, a fault, a probe, a tail and a report', () => {
  const added = DIFFS.map((diff) => dirname(/^--- \/dev\/null\n\+\+\+ b\/(.*)$/m.exec(diff)?.[1] ?? ''));
  expect(added).toEqual(['suites', 'suites/engines', 'suites/faults', 'suites/probes', 'targets/tails', 'results/report']);
});

test('all of them apply, one after the other, and the compiler has nothing to say', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sp-extending-'));
  try {
    for (const part of TREE)
      cpSync(join(ROOT, part), join(dir, part), { recursive: true, filter: (path) => !path.startsWith(join(ROOT, 'results', 'runs')) });
    symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
    for (const diff of DIFFS) await execa('git', ['apply', '-'], { cwd: dir, input: diff });
    const { stdout } = await execa(join(ROOT, 'node_modules', '.bin', 'tsc'), ['--noEmit', '--singleThreaded'], {
      cwd: dir,
      reject: false,
    });
    expect(stdout).toBe('');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  // the compiler alone takes five seconds, and several times that on a machine that is shared
});
