import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { InfraError } from '../../../results/errors.ts';
import { makeRooms } from './rooms.ts';

it('a room whose holder has ended is entered no more: its number may be that of a process in this machine’s own network', async () => {
  await using rooms = await makeRooms({ run: 'rooms-test', limit_s: 10 });
  expect(await rooms.run('front', ['ip', '-brief', 'link'])).toMatch(/^lo +UNKNOWN/);
  let why: unknown;
  for (const end = performance.now() + 30_000; why === undefined && performance.now() < end; await sleep(100))
    try {
      rooms.enter('front');
    } catch (error) {
      why = error;
    }
  expect(why).toEqual(new InfraError('the process that holds the front namespace has ended'));
});
