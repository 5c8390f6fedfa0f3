import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { complaintsOfEvidence, digestEvidence, EvidencePath } from './evidence.ts';

const base = mkdtempSync(join(tmpdir(), 'evidence-'));
afterAll(() => rmSync(base, { recursive: true }));
const whole = join(base, 'whole');
mkdirSync(join(whole, 'console', 'deep'), { recursive: true });
writeFileSync(join(whole, 'run.json'), '{}\n');
writeFileSync(join(whole, 'empty'), '');
writeFileSync(join(whole, 'console', 'a.log'), 'a\n');
writeFileSync(join(whole, 'console', 'deep', 'b@x+1.log'), 'b\n');
writeFileSync(join(whole, 'certificate.json'), 'itself');
const EXCEPT = ['certificate.json', 'certificate@2.json'];
const signed = await digestEvidence(whole, EXCEPT);

let copies = 0;
/** What is complained of in a copy of the directory, once something was done to it. */
const touched = async (act: (dir: string) => void, files = signed): Promise<string[]> => {
  copies += 1;
  const dir = join(base, `copy-${copies}`);
  cpSync(whole, dir, { recursive: true });
  act(dir);
  return complaintsOfEvidence(dir, files, EXCEPT);
};

describe('the evidence of a run', () => {
  it('is every file but its certificates, by path, size and sha256, as sha256sum has it', async () => {
    expect(signed.map(({ path, bytes }) => [path, bytes])).toEqual([
      ['console/a.log', 2],
      ['console/deep/b@x+1.log', 2],
      ['empty', 0],
      ['run.json', 3],
    ]);
    const lines = signed.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('');
    expect(execFileSync('sha256sum', ['--check', '--strict'], { cwd: whole, input: lines, encoding: 'utf8' })).toMatch(/run\.json: OK/);
    expect(await complaintsOfEvidence(whole, signed, EXCEPT)).toEqual([]);
    expect(await complaintsOfEvidence(`${whole}/`, signed, EXCEPT)).toEqual([]);
    expect(await complaintsOfEvidence(relative(process.cwd(), whole), signed, EXCEPT)).toEqual([]);
    const here = process.cwd();
    try {
      process.chdir(whole);
      for (const dir of ['.', './']) expect(await complaintsOfEvidence(dir, signed, EXCEPT)).toEqual([]);
    } finally {
      process.chdir(here);
    }
  });

  it.each<[string, (dir: string) => void, string[]]>([
    ['a byte changed', (dir) => writeFileSync(join(dir, 'console/a.log'), 'b\n'), ['console/a.log: not as it was signed']],
    ['something appended', (dir) => appendFileSync(join(dir, 'run.json'), '\n'), ['run.json: not as it was signed']],
    ['a file emptied', (dir) => truncateSync(join(dir, 'run.json')), ['run.json: not as it was signed']],
    ['a file taken away', (dir) => rmSync(join(dir, 'run.json')), ['run.json: missing']],
    ['a directory taken away', (dir) => rmSync(join(dir, 'console/deep'), { recursive: true }), ['console/deep/b@x+1.log: missing']],
    ['a file moved', (dir) => renameSync(join(dir, 'empty'), join(dir, 'vacant')), ['empty: missing', 'vacant: added']],
    ['a file added', (dir) => writeFileSync(join(dir, 'console/c.log'), ''), ['console/c.log: added']],
    ['another certificate added', (dir) => writeFileSync(join(dir, 'certificate@3.json'), ''), ['certificate@3.json: added']],
    ['a sibling certificate there', (dir) => writeFileSync(join(dir, 'certificate@2.json'), ''), []],
    ['its certificate elsewhere', (dir) => rmSync(join(dir, 'certificate.json')), []],
    ['an empty directory added', (dir) => mkdirSync(join(dir, 'more')), []],
    [
      'a file replaced by a link to the same',
      (dir) => {
        rmSync(join(dir, 'run.json'));
        symlinkSync(join(whole, 'run.json'), join(dir, 'run.json'));
      },
      ['run.json: not a regular file'],
    ],
    [
      'a directory replaced by a link to the same',
      (dir) => {
        rmSync(join(dir, 'console'), { recursive: true });
        symlinkSync(join(whole, 'console'), join(dir, 'console'));
      },
      ['console: not a regular file', 'console/a.log: missing', 'console/deep/b@x+1.log: missing'],
    ],
    ['a link to nowhere added', (dir) => symlinkSync('/nowhere', join(dir, 'x')), ['x: not a regular file']],
    [
      'a directory where a file was',
      (dir) => {
        rmSync(join(dir, 'run.json'));
        mkdirSync(join(dir, 'run.json'));
      },
      ['run.json: missing'],
    ],
    ['a pipe added, which nobody waits at', (dir) => execFileSync('mkfifo', [join(dir, 'pipe')]), ['pipe: not a regular file']],
    [
      'many files added',
      (dir) => {
        for (let each = 1; each <= 8; each += 1) writeFileSync(join(dir, `x${each}`), '');
      },
      ['x1: added', 'x2: added', 'x3: added', 'x4: added', 'x5: added', '3 more files: added'],
    ],
  ])('with %s', async (_what, act, complaints) => {
    expect(await touched(act)).toEqual(complaints);
  });

  it('may be gigabytes: sizes are compared first, and what is read is read in pieces', async () => {
    const bytes = 3 * 2 ** 40;
    const sparse = [...signed, { path: 'x.vmcore', bytes, sha256: '0'.repeat(64) }];
    expect(await touched((dir) => execFileSync('truncate', ['--size', String(bytes + 1), join(dir, 'x.vmcore')]), sparse)).toEqual([
      'x.vmcore: not as it was signed',
    ]);
    const big = join(base, 'big');
    mkdirSync(big);
    execFileSync('truncate', ['--size', '70M', join(big, 'x.vmcore')]);
    const sum = execFileSync('sha256sum', [join(big, 'x.vmcore')], { encoding: 'utf8' }).slice(0, 64);
    expect(await digestEvidence(big, [])).toEqual([{ path: 'x.vmcore', bytes: 70 * 2 ** 20, sha256: sum }]);
  });

  it('proves nothing where it cannot be read', async () => {
    expect(await touched((dir) => rmSync(dir, { recursive: true }))).toEqual([expect.stringMatching(/^it cannot be read: ENOENT/)]);
  });

  it.each<[string, (dir: string) => void, RegExp]>([
    ['a link in it', (dir) => symlinkSync('/etc/passwd', join(dir, 'x')), /: x is no regular file$/],
    ['a name that no terminal should see', (dir) => writeFileSync(join(dir, 'x\u001b[2J'), ''), /no path below the directory of a run/],
    ['nothing there', (dir) => rmSync(dir, { recursive: true }), /cannot take the digests of .*ENOENT/],
  ])('is not signed with %s', async (_what, act, words) => {
    const dir = mkdtempSync(join(base, 'odd-'));
    act(dir);
    await expect(digestEvidence(dir, [])).rejects.toThrow(words);
  });
});

describe('a path of evidence', () => {
  it.each(['', '/', '/etc/passwd', '.', '..', '../x', 'a/../b', 'a/..', 'a//b', 'a/', './a', 'a/./b', 'a\0b', 'a\n../b', '..\n/x', 'é'])(
    'is not %j',
    (path) => {
      expect(EvidencePath.safeParse(path).success).toBe(false);
    },
  );

  it.each(['a', 'a/b', '...', '..a', '.a', 'a..', 'console/io-storm.x@k1-6.1@128G.head.log'])('may be %j', (path) => {
    expect(EvidencePath.safeParse(path).success).toBe(true);
  });

  it('never leads out of the directory', () => {
    const segment = fc.oneof(fc.constantFrom('..', '.', '', '/'), fc.string({ maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 5 }), (segments) => {
        const path = segments.join('/');
        fc.pre(EvidencePath.safeParse(path).success);
        expect(join('/run/dir', path)).toBe(`/run/dir/${path}`);
      }),
    );
  });
});
