import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, expect, it } from 'vitest';

const VITEST = join(dirname(fileURLToPath(import.meta.resolve('vitest/package.json'))), 'vitest.mjs');
const REPORTER = fileURLToPath(new URL('./plain-count.reporter.ts', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'plain-count-'));
afterAll(() => rmSync(dir, { recursive: true }));

const GOOD = `it('one', () => {}); it('two', () => {}); it.skip('three', () => {});`;

it.each<[string, string, string, number]>([
  ['tests', `${GOOD} it('four', () => { throw new Error('no'); });`, '2 passed, 1 failed, 1 skipped', 1],
  ['only good ones', GOOD, '2 passed, 0 failed, 1 skipped', 0],
  ['a file that cannot be read', `${GOOD} throw new Error('no');`, '0 passed, 1 failed', 1],
  [
    'a suite whose preparation fails',
    `${GOOD} describe('s', () => { beforeAll(() => { throw 1; }); it('x', () => {}); });`,
    '2 passed, 1 failed, 2 skipped',
    1,
  ],
  [
    'an error that belongs to no test',
    `${GOOD} setTimeout(() => { throw new Error('late'); }); it('w', () => new Promise((done) => setTimeout(done, 50)));`,
    '3 passed, 1 failed, 1 skipped',
    1,
  ],
  ['no test at all', '', '0 passed, 1 failed', 1],
])('the last line counts %s', async (what, source, line, code) => {
  const file = `${what.replaceAll(' ', '-')}.test.js`;
  writeFileSync(join(dir, file), source);
  const argv = ['run', '--globals', '--root', dir, '--reporter', 'default', '--reporter', REPORTER, file];
  const { all, exitCode } = await execa(process.execPath, [VITEST, ...argv], { cwd: dir, reject: false, all: true, timeout: 15_000 });
  expect([all?.split('\n').at(-1), exitCode]).toEqual([line, code]);
});
