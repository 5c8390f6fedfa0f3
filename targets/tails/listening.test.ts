import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listeningInodes, listens } from './listening.ts';

/** Of a machine with an NBD server on port 10809 and a client of it. */
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:2A39 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3128031 1 0000000000000000 100 0 0 10 0
   1: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 20061 1 0000000000000000 100 0 0 10 0
   2: 00000000000000000000000001000000:2A39 00000000000000000000000001000000:D3F4 01 00000000:00000000 00:00000000 00000000     0        0 3128107 1 0000000000000000 20 4 30 10 -1
`;

describe('the sockets that listen', () => {
  it('are those of the port in the state LISTEN, and no connections', () => {
    expect(listeningInodes(TCP6, 10_809)).toEqual(['3128031']);
    expect(listeningInodes(TCP6, 22)).toEqual(['20061']);
    expect(listeningInodes(TCP6, 80)).toEqual([]);
    expect(listeningInodes('', 22)).toEqual([]);
  });

  it('are found at the process that has them, and at no other', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
    const { port } = server.address() as { port: number };
    expect(listens([process.pid], port)).toBe(true);
    expect(listens([process.ppid], port)).toBe(false);
    expect(listens([], port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(listens([process.pid], port)).toBe(false);
  });
});
