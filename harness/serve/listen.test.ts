import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../results/errors.ts';
import { addressOf, isLoopback, listen, opening, tokenFor } from './listen.ts';

describe('where the page is to be had', () => {
  it.each([
    [undefined, '127.0.0.1', 7600],
    ['8080', '127.0.0.1', 8080],
    [':8080', '127.0.0.1', 8080],
    ['localhost:0', 'localhost', 0],
    ['[::1]:7600', '::1', 7600],
    ['0.0.0.0:80', '0.0.0.0', 80],
    ['lab.example:80', 'lab.example', 80],
  ])('%s', (said, host, port) => {
    expect(addressOf(said)).toEqual({ host, port });
  });

  it.each(['', 'localhost', '::1', '[::1]', '1:2:3', '127.0.0.1:65536', '[lab]:80', 'a:b'])('"%s" is refused', (said) => {
    expect(() => addressOf(said)).toThrow(UsageError);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.9.1', true],
    ['::1', true],
    ['localhost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['192.0.2.1', false],
    ['::ffff:192.0.2.1', false],
    ['localhost.example', false],
  ])('%s is loopback: %s', (host, loopback) => {
    expect(isLoopback(host)).toBe(loopback);
    expect(tokenFor(host, undefined) === undefined).toBe(loopback);
  });

  it('has another token each time, and one of a file only where that holds a good one', () => {
    expect(tokenFor('::', undefined)).toMatch(/^[\w-]{32}$/);
    expect(tokenFor('::', undefined)).not.toBe(tokenFor('::', undefined));
    const dir = mkdtempSync(join(tmpdir(), 'token-'));
    const file = join(dir, 'token');
    try {
      writeFileSync(file, 'a-token-that-is-long-enough\n');
      expect(tokenFor('127.0.0.1', file)).toBe('a-token-that-is-long-enough');
      writeFileSync(file, 'c2VjcmV0+/c2VjcmV0~.-_==');
      const kept = tokenFor('::', file) ?? '';
      expect(new URL(opening('http://[::]:7600/', kept)).searchParams.get('token')).toBe('c2VjcmV0+/c2VjcmV0~.-_==');
      for (const bad of ['', 'short', 'a token with spaces in it', 'ein-Schlüssel-mit-Umlaut']) {
        writeFileSync(file, bad);
        expect(() => tokenFor('::', file)).toThrow(/^--token-file .*: a token has at least 16/);
      }
      expect(() => tokenFor('::', join(dir, 'none'))).toThrow(/^--token-file .*none: there is no such file$/);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('is one that nobody else has, and told in one line', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await expect(listen(new Hono(), { host: '127.0.0.1', port })).rejects.toThrow(
      new UsageError(`serve: 127.0.0.1:${port} is taken, by another serve perhaps; --listen 127.0.0.1:0 takes a free port`),
    );
    await expect(listen(new Hono(), { host: '192.0.2.77', port: 0 })).rejects.toThrow('serve: 192.0.2.77 is no address of this machine');
    await new Promise((resolve) => other.close(resolve));
  });
});
