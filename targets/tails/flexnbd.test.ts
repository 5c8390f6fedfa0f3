import { readFileSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InfraError } from '../../results/errors.ts';
import { controlSocket, flexnbd, innerPort } from './flexnbd.ts';
import { acl, breakMirror, mirror, parseStatus, status } from './flexnbd-control.ts';
import { listens } from './listening.ts';
import type { Tail, TailOptions } from './tail.ts';
import { Bench, client, clientOf, FLEXNBD, freePort, HOST, io, missingFor, SIZE_bytes, title } from './tails.testing.ts';

const MOST_CLIENTS = 16;
/** src/common/nbdtypes.h: the hello of the oldstyle handshake. */
const HELLO_BYTES = 152;

describe('the status of flexnbd', () => {
  it('is read as it is printed', () => {
    expect(parseStatus('pid=23377 size=16777216 is_mirroring=false clients_allowed=true num_clients=3 has_control=true ')).toEqual({
      ...{ pid: 23_377, size_bytes: 16_777_216, hasControl: true, clientsAllowed: true, clients: 3 },
    });
    const mirroring = 'migration_speed=1048576 migration_duration=2 migration_seconds_left=14 migration_bytes_left=15728640 ';
    expect(parseStatus(`pid=1 size=2 is_mirroring=true clients_allowed=true num_clients=0 has_control=true ${mirroring}`).mirror).toEqual({
      ...{ speed_Bps: 1_048_576, for_s: 2, left_s: 14, left_bytes: 15_728_640 },
    });
  });

  it.each([
    '',
    'pid=1',
    'pid=x size=2 is_mirroring=false clients_allowed=true num_clients=0 has_control=true',
    'pid=1 size=2 is_mirroring=true',
  ])('is not guessed from %j', (words) => {
    expect(() => parseStatus(words)).toThrow(InfraError);
  });
});

describe.skipIf(missingFor(flexnbd) !== undefined)(`a tail served by ${title(flexnbd)}`, () => {
  let bench: Bench;
  let options: TailOptions;
  let tail: Tail;
  let control: string;

  beforeAll(async () => {
    bench = new Bench();
    options = await bench.options(flexnbd);
    tail = await bench.start(flexnbd, options);
    control = controlSocket(options.dir);
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  const clients = async (count: number) => {
    for (const end = Date.now() + 5_000; (await status(control)).clients !== count && Date.now() < end; ) await sleep(20);
    expect((await status(control)).clients).toBe(count);
  };

  it('says how it is, and what it refuses, in its own words', async () => {
    expect(await status(control)).toMatchObject({ size_bytes: SIZE_bytes, hasControl: true, clientsAllowed: true });
    await expect(breakMirror(control)).rejects.toThrow(/flexnbd refused break: not mirroring/);
    await expect(acl(control, ['nobody'])).rejects.toThrow(/flexnbd refused acl nobody: bad spec: nobody/);
    await expect(mirror(control, { host: HOST, port: await freePort() })).rejects.toThrow(/refused mirror .*failed to connect/);
    await expect(status(join(bench.dir, 'nowhere'))).rejects.toThrow(InfraError);
  });

  it('takes only whom its list allows', async () => {
    await acl(control, ['2001:2::7']);
    expect((await client(`nbd://[${HOST}]:${innerPort(options.port)}`, 'read 0 512').done).said).not.toContain('read 512/512');
    await acl(control, []);
    expect((await io(tail, 'read 0 512')).said).toContain('read 512/512');
  });

  it('closes the door to a seventeenth client, until one of the sixteen goes', async () => {
    await clients(0);
    const idle: Socket[] = [];
    try {
      for (let count = 1; count <= MOST_CLIENTS; count += 1) idle.push((await knock()).socket);
      await clients(MOST_CLIENTS);
      const refused = await knock();
      expect(refused.heard).toBe(0);
      idle.shift()?.destroy();
      await clients(MOST_CLIENTS - 1);
      const taken = await knock();
      idle.push(taken.socket);
      expect(taken.heard).toBe(HELLO_BYTES);
    } finally {
      for (const socket of idle) socket.destroy();
    }
    await clients(0);
  });

  /** A connection, once it was greeted or closed. */
  function knock(): Promise<{ socket: Socket; heard: number }> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(innerPort(options.port), HOST);
      let heard = 0;
      socket.on('data', (chunk) => {
        heard += chunk.length;
        if (heard >= HELLO_BYTES) resolve({ socket, heard });
      });
      socket.on('close', () => resolve({ socket, heard }));
      socket.on('error', reject);
    });
  }

  it.each([
    ['with a delay to reconnect', (port: number) => ['--image-opts', `driver=nbd,host=${HOST},port=${innerPort(port)},reconnect-delay=15`]],
    ['of the bridge', (port: number) => ['-f', 'raw', `nbd://[${HOST}]:${port}`]],
  ])('hands its disk over to another by a mirror, while a client %s writes', async (_who, image) => {
    const place = await bench.options(flexnbd);
    const old = await bench.start(flexnbd, place);
    const before = bench.jobs.length;
    const copy = join(bench.dir, `copy-${place.port}`);
    writeFileSync(copy, Buffer.alloc(SIZE_bytes));
    const port = await freePort();
    const inbound = place.spawn([FLEXNBD as string, 'listen', '-l', HOST, '-p', String(port), '-f', copy]);
    inbound.stdout.resume();
    for (const end = Date.now() + 5_000; !listens(inbound.pids(), port) && Date.now() < end; ) await sleep(10);

    const blocks = 80;
    const row = Array.from({ length: blocks }, (_, index) => [`write -P ${index + 1} ${index * 65_536} 4096`, 'sleep 20']).flat();
    const writing = clientOf(image(place.port), ...row);
    await sleep(300);
    await mirror(controlSocket(place.dir), { host: HOST, port });
    expect((await inbound.done).code).toBe(0);
    const [source] = bench.jobs.slice(before - 2);
    await source?.done;
    const successor = place.spawn([FLEXNBD as string, 'serve', '-l', HOST, '-p', String(innerPort(place.port)), '-f', copy]);
    successor.stdout.resume();

    const { said } = await writing.done;
    expect(said).not.toContain('failed');
    expect(said.split('wrote 4096/4096').length - 1).toBe(blocks);
    const bytes = readFileSync(copy);
    const kept = Array.from({ length: blocks }, (_, index) => bytes[index * 65_536]);
    expect(kept).toEqual(Array.from({ length: blocks }, (_, index) => index + 1));
    await successor.stop();
    await old[Symbol.asyncDispose]();
  });
});
