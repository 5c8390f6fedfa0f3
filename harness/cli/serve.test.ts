import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../results/errors.ts';
import { dispatch } from './parse.ts';

const MAIN = join(import.meta.dirname, '..', 'main.ts');
const dir = mkdtempSync(join(tmpdir(), 'serve-cli-'));
afterAll(() => rmSync(dir, { recursive: true }));

const started: ChildProcess[] = [];
// a test that failed on the way leaves no server behind
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** Starts the program as a person does; its address is the first thing that it says. */
async function start(...args: string[]) {
  const env = { ...process.env, STORMPROOF_STATE: join(dir, 'state'), STORMPROOF_STORE: '', STORMPROOF_DEBUG: '' };
  const child = spawn(process.execPath, [MAIN, 'serve', ...args], { cwd: dir, env, timeout: 15_000, killSignal: 'SIGKILL' });
  started.push(child);
  const exit = once(child, 'exit');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const first = await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), exit.then(() => [''])]);
  return { child, url: String(first[0]).trim(), exit, said: () => said };
}

describe('serve', () => {
  it('says where it is, answers there, and ends at once with Ctrl-C while a page is open', async () => {
    const { child, url, exit, said } = await start('--listen', 'localhost:0');
    expect(url).toMatch(/^http:\/\/localhost:\d+\/$/);
    expect((await fetch(url)).status).toBe(200);
    const taken = await start('--listen', new URL(url).host);
    const [code] = await taken.exit;
    expect([code, taken.said().trim()]).toEqual([2, expect.stringMatching(/^stormproof: serve: localhost:\d+ is taken, [^\n]*$/)]);
    const open = await fetch(new URL('/api/live', url));
    const told = open.text(); // of a stream that goes on until the server ends
    child.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
    expect(said()).toBe('');
    expect(await told).toMatch(/^event: live\n[\s\S]*\n\n$/);
  });

  it('wants a token that it prints once where others can come', async () => {
    const { child, url, exit } = await start('--listen', '0.0.0.0:0');
    const { port, searchParams } = new URL(url);
    expect(searchParams.get('token')).toMatch(/^[\w-]{32}$/);
    const here = `http://127.0.0.1:${port}/`;
    expect((await fetch(here)).status).toBe(401);
    const opened = await fetch(`${here}?token=${searchParams.get('token')}`, { redirect: 'manual' });
    expect([opened.status, opened.headers.get('location')]).toEqual([303, '/']);
    const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await fetch(here, { headers: { cookie } })).status).toBe(200);
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });

  it.each([
    [['--listen', 'nonsense'], /^--listen nonsense: say an address and a port/],
    [['nowhere'], /^serve: nowhere: there is no such directory/],
    [['--token-file', '/nowhere'], /^--token-file \/nowhere: there is no such file$/],
    [['--store', 'mysql://x/y'], /^--store mysql:…/],
  ])('refuses %j', async (args, words) => {
    const { stdin, stdout, stderr } = process;
    const refused = dispatch({ argv: ['serve', ...args], stdin, stdout, stderr });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(words);
  });
});
