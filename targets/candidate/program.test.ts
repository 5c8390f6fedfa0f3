import { describe, expect, test } from 'vitest';
import { InfraError, Interrupted } from '../../results/errors.ts';
import { type Ran, run } from './program.ts';

/** Node itself is a program that says and does what it is told. */
const say = (script: string, signal?: AbortSignal): Promise<Ran> => run([process.execPath, '-e', script], { install: 'nodejs', signal });

test('a program that fails is answered with its code and the line that tells why', async () => {
  const script = "console.error('W: unsandboxed\\nE: Unable to locate package x\\nbye'); process.exitCode = 100";
  expect(await say(script)).toMatchObject({ code: 100, reason: 'E: Unable to locate package x' });
});

test('where no line calls itself an error, the last one is the reason', async () => {
  expect(await say("console.error('one\\ntwo'); process.exitCode = 1")).toMatchObject({ code: 1, reason: 'two' });
});

test('output is kept byte for byte', async () => {
  const { bytes } = await say('process.stdout.write(Buffer.from([0xff, 0, 10, 13]))');
  expect([...bytes]).toEqual([0xff, 0, 10, 13]);
});

test('messages are asked for in English', async () => {
  expect((await say('process.stdout.write(process.env.LC_ALL)')).stdout).toBe('C');
});

describe('what is not the input’s fault is our side', () => {
  test('a program that is missing, with the package that has it', async () => {
    const attempt = run(['no-such-program', '-b'], { install: 'kmod', signal: undefined });
    await expect(attempt).rejects.toThrow(InfraError);
    await expect(attempt).rejects.toThrow('no-such-program is missing on this machine: apt-get install kmod');
  });

  test('a full disk', async () => {
    const attempt = say("console.error('tar: ./nbd.ko: Cannot write: No space left on device\\ntar: Exiting'); process.exitCode = 2");
    await expect(attempt).rejects.toThrow(InfraError);
    await expect(attempt).rejects.toThrow(/nbd\.ko: Cannot write: No space left on device$/);
  });
});

test('an interrupted program is ended at once', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 50);
  await expect(say('setTimeout(() => {}, 60_000)', controller.signal)).rejects.toThrow(Interrupted);
});
