import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
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
    expect(out).toContain('     2 hang      INFO: task hung (fio:77, 120 s)\n');
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

  it('names a missing file and a directory before it reads any', async () => {
    const options = { format: 'text', stdout: new PassThrough(), stdin: Readable.from([]) } as const;
    await expect(scanFiles([join(dir, 'none.log')], options)).rejects.toThrow(UsageError);
    await expect(scanFiles([join(dir, 'none.log')], options)).rejects.toThrow(/none\.log: there is no such file/);
    await expect(scanFiles([dir], options)).rejects.toThrow(/is a directory/);
  });
});
