import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { explain, InfraError } from '../errors.ts';
import { Store } from './store.ts';

const open = (url: string): Promise<unknown> => Store.open({ kind: 'postgres', url }).catch((error: unknown) => error);

describe('a server that is not there', () => {
  it.each([
    ['refuses', 'postgres://u:geheim@127.0.0.1:1/d', /ECONNREFUSED/],
    ['has several addresses that refuse', 'postgres://u:geheim@localhost:1/d', /ECONNREFUSED/],
    ['has no socket', 'postgres://u:geheim@/d?host=/nonexistent', /ENOENT/],
  ])('because it %s is named in one line, without the password', async (_what, url, words) => {
    const error = await open(url);
    expect(error).toBeInstanceOf(InfraError);
    expect(explain(error)).toMatch(words);
    expect(explain(error)).toContain('the store postgres://u:***@');
    expect(explain(error)).not.toMatch(/geheim|\n/);
  });

  it('because it hangs up is named too', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const error = await open(`postgres://u@127.0.0.1:${port}/d`);
    server.close();
    expect([error instanceof InfraError, explain(error)]).toEqual([true, expect.stringMatching(/terminated/)]);
  });
});
