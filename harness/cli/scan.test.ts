import { on } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { execaSync } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../results/errors.ts';
import { scanFiles } from './scan.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'scan-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

async function scan(texts: Record<string, string>, format: 'text' | 'jsonl' = 'text', stdin = '') {
  for (const [name, text] of Object.entries(texts)) if (name !== '-') await writeFile(join(dir, name), text);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const files = Object.keys(texts).map((name) => (name === '-' ? name : join(dir, name)));
  const code = await scanFiles(files, { format, stdout, stderr, stdin: Readable.from([Buffer.from(stdin)]) });
  return { code, out: String(stdout.read() ?? '').replaceAll(`${dir}/`, ''), err: String(stderr.read() ?? '').replaceAll(`${dir}/`, '') };
}

const CLEAN = '[    0.000000] Linux version 6.12.1 (x) #1\r\n';
const HUNG = '[  130.000000] INFO: task fio:77 blocked for more than 120 seconds.\r\n';

describe('scan', () => {
  it('gives 0 for a kernel that said nothing bad', async () => {
    expect(await scan({ 'a.log': CLEAN })).toMatchObject({ code: 0, err: '' });
  });

  it('gives 1 for a hang and shows it', async () => {
    const { code, out } = await scan({ 'a.log': CLEAN + HUNG });
    expect(code).toBe(1);
    expect(out).toContain('     2 hang      INFO: task hung in corrupted (fio:77, 120 s)\n');
  });

  it('gives 125 where there is no kernel line, and names the file', async () => {
    const { code, err } = await scan({ 'a.log': CLEAN, 'b.log': '' });
    expect(code).toBe(125);
    expect(err).toMatch(/^b\.log: no kernel line .*\n$/);
  });

  it('gives 1 rather than 125 when both hold', async () => {
    expect((await scan({ 'a.log': '', 'b.log': HUNG })).code).toBe(1);
  });

  it('reads standard input and prints one JSON event a line', async () => {
    const { code, out } = await scan({ '-': '' }, 'jsonl', CLEAN + HUNG);
    expect(code).toBe(1);
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ file, kind }) => [file, kind])).toEqual([
      ['-', 'boot'],
      ['-', 'hung_task'],
    ]);
  });

  it('names a file that is missing, and a directory without any', async () => {
    const options = { format: 'text', stdout: new PassThrough(), stdin: Readable.from([]) } as const;
    await expect(scanFiles([join(dir, 'none.log')], options)).rejects.toThrow(UsageError);
    await expect(scanFiles([join(dir, 'none.log')], options)).rejects.toThrow(/none\.log: there is no such file/);
    await expect(scanFiles([dir], options)).rejects.toThrow(/there is no file in that directory/);
  });

  it('takes a directory for the files below it, and a pattern for those that match, in the order of their names', async () => {
    await mkdir(join(dir, 'logs', 'old'), { recursive: true });
    for (const name of ['b.log', 'a.log', 'old/c.txt']) await writeFile(join(dir, 'logs', name), CLEAN);
    const files = async (operand: string) => {
      const stdout = new PassThrough();
      await scanFiles([join(dir, operand)], { format: 'jsonl', stdout, stdin: Readable.from([]) });
      const lines = String(stdout.read()).trim().split('\n');
      return lines.map((line) => relative(join(dir, 'logs'), JSON.parse(line).file));
    };
    expect(await files('logs')).toEqual(['a.log', 'b.log', 'old/c.txt']);
    expect(await files('logs/*.log')).toEqual(['a.log', 'b.log']);
  });

  it.each([
    ['a.log.gz', gzipSync],
    ['a.log.zst', zstdCompressSync],
    ['a.log.xz', (text: string) => execaSync({ input: text, encoding: 'buffer' })`xz`.stdout],
  ])('unpacks %s, and says when it is cut short or not what its name says', async (name, pack) => {
    const packed = Buffer.from(pack(CLEAN + HUNG.repeat(1000)));
    const options = { format: 'text', stdout: new PassThrough().resume(), stdin: Readable.from([]) } as const;
    await writeFile(join(dir, name), packed);
    expect(await scanFiles([join(dir, name)], options)).toBe(1);
    for (const broken of [packed.subarray(0, packed.length - 9), Buffer.from('not packed at all, only text\n')]) {
      await writeFile(join(dir, name), broken);
      await expect(scanFiles([join(dir, name)], options)).rejects.toThrow(/damaged, or not packed as its name says/);
    }
  });

  it('tells of a live console what it has said so far: at once where it is complete, else within two seconds', async () => {
    const stdin = new PassThrough();
    const stdout = new PassThrough();
    const done = scanFiles(['-'], { format: 'jsonl', stdout, stdin });
    const toldAfter = async (text: string, kind: string) => {
      const start = performance.now();
      stdin.write(text);
      for await (const [line] of on(stdout, 'data', { signal: AbortSignal.timeout(10_000) })) if (String(line).includes(`"${kind}"`)) break;
      return performance.now() - start;
    };
    await toldAfter(CLEAN, 'boot');
    const complete = `${HUNG}[  130.000001] Call Trace:\r\n[  130.000002]  wb_wait+0x12/0x34\r\n[  130.000003]  ret_from_fork+0x1f/0x30\r\n`;
    const settled_ms = await toldAfter(complete, 'hung_task');
    const open_ms = await toldAfter('[  140.000000] kernel BUG at fs/a.c:12!\r\n', 'bug');
    stdin.end();
    expect(await done).toBe(1);
    expect(settled_ms).toBeLessThan(open_ms);
    expect(open_ms).toBeGreaterThan(1000);
  });
});
