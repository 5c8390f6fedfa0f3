import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InfraError } from '../results/errors.ts';
import { leash, MARK, run, start, startBare } from './leash.ts';
import type { Job } from './target.ts';

const ID = `leash-test-${randomBytes(4).toString('hex')}`;
/** Ignores what can be ignored, as some engines do. */
const DEAF = ['sh', '-c', "trap '' TERM INT HUP; echo deaf; while :; do sleep 1; done"];

/** Names of the processes that carry the test's mark; zombies have no environment. */
function marked(): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
      return environment.includes(`${MARK}=${ID}`) ? [readFileSync(`/proc/${pid}/comm`, 'latin1').trim()] : [];
    } catch {
      return []; // no process, or one that ended while we looked
    }
  });
}

async function settled(limit_ms: number): Promise<string[]> {
  for (const end = Date.now() + limit_ms; marked().length > 0 && Date.now() < end; ) await sleep(20);
  return marked();
}

const firstOutput = (job: Job): Promise<string> =>
  new Promise((resolve) => job.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())));

const seconds = async (work: Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work;
  return (performance.now() - from) / 1000;
};

// in one file one after the other: every test looks whether anything of it is left
afterEach(async () => {
  expect(await settled(5_000)).toEqual([]);
});

describe('a program on a leash', () => {
  it('gives what it prints, how it ended and its last words', async () => {
    const job = start(['sh', '-c', 'cat; echo first >&2; echo last >&2; exit 3'], { run: ID, limit_s: 20 });
    job.stdin?.end('in and out');
    expect(await firstOutput(job)).toBe('in and out');
    expect(await job.done).toEqual({ code: 3, stderr: 'first\nlast', timedOut: false });
  });

  it('is not signalled once it is over, when its number may be that of another', async () => {
    const job = start(['true'], { run: ID, limit_s: 20 });
    job.stdout.resume();
    await job.done;
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    await job.stop();
    expect(kill).not.toHaveBeenCalled();
    kill.mockRestore();
  });

  it('carries the mark of its run, and what it starts does too', async () => {
    const job = start(['sh', '-c', 'sleep 30 & echo; wait'], { run: ID, limit_s: 20 });
    try {
      await firstOutput(job);
      // the shell's child is a shell itself until it has become the program
      for (const end = Date.now() + 10_000; !marked().includes('sleep') && Date.now() < end; ) await sleep(20);
      expect(marked().sort()).toEqual(['sh', 'sleep', 'timeout']);
    } finally {
      await job.stop();
    }
  });

  it('knows its processes while they run, also one that left its group, without its leash', async () => {
    const job = start(['sh', '-c', 'setsid sleep 305 & echo; wait'], { run: ID, limit_s: 20 });
    await firstOutput(job);
    for (const end = Date.now() + 10_000; !marked().includes('sleep') && Date.now() < end; ) await sleep(20);
    const names = job.pids().map((pid) => readFileSync(`/proc/${pid}/comm`, 'latin1').trim());
    for (const pid of job.pids()) process.kill(pid, 'SIGKILL');
    await job.stop();
    expect(names.sort()).toEqual(['sh', 'sleep']);
    expect(job.pids()).toEqual([]);
    const missing = start(['no-such-engine'], { run: ID, limit_s: 20 });
    await missing.done;
    expect(missing.pids()).toEqual([]);
  });

  it('does not count one that is dead, and that nobody has waited for', async () => {
    // the shell becomes a program that knows of no child
    const job = start(['sh', '-c', 'sh -c : & echo; exec sleep 307'], { run: ID, limit_s: 20 });
    await firstOutput(job);
    for (const end = Date.now() + 10_000; job.pids().length !== 1 && Date.now() < end; ) await sleep(20);
    const dead = job.pids().filter((pid) => /\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1')));
    expect([job.pids().length, dead]).toEqual([1, []]);
    await job.stop();
  });

  it('is ended while it stands still', async () => {
    const job = start(['sleep', '306'], { run: ID, limit_s: 60 });
    for (const end = Date.now() + 10_000; !marked().includes('sleep') && Date.now() < end; ) await sleep(20);
    for (const pid of job.pids()) process.kill(pid, 'SIGSTOP');
    // timeout(1) tells what it ends to go on
    expect(await seconds(job.stop())).toBeLessThan(15);
  });

  it('is ended once its time is up', async () => {
    const job = start(['sleep', '300'], { run: ID, limit_s: 0.5 });
    const took_s = await seconds(job.done);
    expect(await job.done).toMatchObject({ code: 124, timedOut: true });
    // limits are rounded up to whole seconds
    expect(took_s).toBeGreaterThan(0.9);
    expect(took_s).toBeLessThan(20);
  });

  it('is killed two seconds later where it ignores SIGTERM, and that counts as its time being up', async () => {
    const from = performance.now();
    const job = start(DEAF, { run: ID, limit_s: 3 });
    await firstOutput(job);
    job.stdout.resume();
    expect(await job.done).toMatchObject({ timedOut: true });
    const took_s = (performance.now() - from) / 1000;
    expect(took_s).toBeGreaterThan(4.9);
    expect(took_s).toBeLessThan(20);
  });

  it('is ended with everything that it started when it is told to stop', async () => {
    const job = start(['sh', '-c', 'sleep 301 & sleep 302 & echo; wait'], { run: ID, limit_s: 60 });
    await firstOutput(job);
    expect(await seconds(job.stop())).toBeLessThan(15);
    expect((await job.done).timedOut).toBe(false);
    expect(marked()).toEqual([]);
  });

  it('is killed when it is told to stop and does not listen', async () => {
    const job = start(DEAF, { run: ID, limit_s: 60 });
    await firstOutput(job);
    job.stdout.resume();
    const took_s = await seconds(job.stop());
    expect(took_s).toBeGreaterThan(1.9);
    expect(took_s).toBeLessThan(20);
    expect(await job.done).toMatchObject({ code: null, timedOut: false });
  });

  it('may be told to stop twice, also when it has ended', async () => {
    const job = start(['true'], { run: ID, limit_s: 20 });
    await job.done;
    await job.stop();
    await job.stop();
    expect(await job.done).toMatchObject({ code: 0 });
  });

  it('that does not exist says so', async () => {
    const { code, stderr } = await start(['no-such-engine'], { run: ID, limit_s: 20 }).done;
    expect(code).toBe(127);
    expect(stderr).toContain('no-such-engine: No such file or directory');
    const bare = await startBare(['no-such-engine'], ID).done;
    expect(bare).toMatchObject({ code: null, stderr: expect.stringContaining('no-such-engine') });
  });

  it('keeps only the last words of one that talks without end', async () => {
    const { stderr } = await start(['sh', '-c', 'seq 100000 >&2; echo the end >&2; exit 1'], { run: ID, limit_s: 20 }).done;
    expect(stderr.length).toBeLessThanOrEqual(4096);
    expect(stderr).toMatch(/100000\nthe end$/);
  });

  it.each([
    ['one that listens', ['sleep', '303']],
    ['one that is deaf', DEAF],
  ])('dies with the controller, however that died: %s', async (_what, argv) => {
    const script = `import { start } from ${JSON.stringify(join(import.meta.dirname, 'leash.ts'))};
      const job = start(${JSON.stringify(argv)}, { run: ${JSON.stringify(ID)}, limit_s: 60 });
      job.stdout.resume();
      console.log(job.pid);
      setInterval(() => undefined, 1000);`;
    const controller = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => controller.stdout.once('data', resolve));
    // the program stands behind two setpriv(1) and a timeout(1), which need a moment
    for (const end = Date.now() + 5_000; !marked().includes('sleep') && Date.now() < end; ) await sleep(20);
    expect(marked()).toContain('sleep');
    controller.kill('SIGKILL');
    expect(await settled(5_000)).toEqual([]);
  });

  it('stands inside what it was told to stand in, with the time limit innermost but for its own death', () => {
    expect(leash(['fio', '--x'], { limit_s: 1.2, within: ['nsenter', '-t', '1', '-n', '--'] })).toEqual(
      'nsenter -t 1 -n -- setpriv --pdeathsig TERM -- timeout -k 2 2 setpriv --pdeathsig KILL -- fio --x'.split(' '),
    );
  });
});

describe('a short program', () => {
  it('gives what it printed', async () => {
    expect(await run(['cat'], { run: ID, limit_s: 20, input: 'a\nb' })).toBe('a\nb');
  });

  it.each([
    ['fails', ['sh', '-c', 'echo because >&2; exit 1'], 20, /^sh -c .*: because$/],
    ['hangs', ['sleep', '300'], 1, /^sleep 300: .*124/],
    ['is missing', ['no-such-program', '-x'], 20, /^no-such-program -x: .*No such file/],
  ])('that %s is our own failure, in one line', async (_what, argv, limit_s, words) => {
    const error = await run(argv, { run: ID, limit_s }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(InfraError);
    expect((error as Error).message).toMatch(words);
    expect((error as Error).message).not.toContain('\n');
  });
});
