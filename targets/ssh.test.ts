/** In what order a server may tell things, which a real one does by chance; with that one see lab/machine.vm.test.ts. */
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import ssh2, { type ServerChannel } from 'ssh2';
import { expect, it } from 'vitest';
import { makeKey } from './keys.ts';
import { connectSsh } from './ssh.ts';

const { Server } = ssh2;

interface Inside {
  readonly _client: { readonly _protocol: { exitStatus(id: number, code: number): void } };
  readonly outgoing: { readonly id: number; readonly state: string };
}

/** How a session of a program ends, by the word that is in its command. */
const ENDINGS: Readonly<Record<string, (channel: ServerChannel) => Promise<void>>> = {
  'end-of-output-first': async (channel) => {
    channel.eof();
    await sleep(200);
    // ssh2's own exit() says nothing after the end of the output, as servers do that wait for their program
    const { _client, outgoing } = channel as unknown as Inside;
    if (outgoing.state !== 'eof') return; // it was closed meanwhile: nobody may be told anything
    _client._protocol.exitStatus(outgoing.id, 7);
    channel.close();
  },
  'all-in-one-breath': async (channel) => {
    channel.write('said');
    channel.exit(7);
    channel.close();
  },
};

it.each(Object.keys(ENDINGS))('an exit code is told by a session that ends with %s', async (how) => {
  const [key, hostKey] = [makeKey(), makeKey()];
  const server = new Server({ hostKeys: [hostKey.private] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (attempt) => attempt.accept());
    client.on('session', (accept) =>
      accept().on('exec', (agree, _refuse, { command }) => {
        const channel = agree();
        channel.resume();
        void ENDINGS[Object.keys(ENDINGS).find((each) => command.includes(each)) ?? '']?.(channel);
      }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let dials = 0;
  const dial = async (): Promise<Socket> => {
    dials += 1;
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };
  const channel = await connectSsh({ dial, name: 'machine', key, hostKey }, 10);
  try {
    for (let at = 0; at < 3; at += 1) expect((await channel.run([how], { limit_s: 10 })).code).toBe(7);
    // a connection that has told how its session ended carries the next
    expect(dials).toBe(1);
    const codes = await Promise.all([1, 2, 3].map(() => channel.run([how], { limit_s: 10 })));
    expect(codes.map(({ code }) => code)).toEqual([7, 7, 7]);
    expect(dials).toBeLessThanOrEqual(3);
  } finally {
    channel.close();
    server.close();
  }
});
