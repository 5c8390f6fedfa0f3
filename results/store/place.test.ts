import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { type Place, placeOf, placeText, withoutPassword } from './place.ts';

describe('the place of the store', () => {
  const sqlite = (path: string): Place => ({ kind: 'sqlite', path });
  const postgres = (url: string): Place => ({ kind: 'postgres', url });
  const HOME = { HOME: '/home/x' };

  it.each<[string, string | undefined, string | undefined, Record<string, string>, Place]>([
    ['nobody says', undefined, undefined, HOME, sqlite('/home/x/.local/state/stormproof/runs.sqlite')],
    ['state is elsewhere', undefined, undefined, { STORMPROOF_STATE: '/s' }, sqlite('/s/runs.sqlite')],
    ['the config says', undefined, '/c.sqlite', HOME, sqlite('/c.sqlite')],
    ['the environment wins over it', undefined, '/c.sqlite', { STORMPROOF_STORE: '/e.sqlite' }, sqlite('/e.sqlite')],
    ['the command line over both', '/o.sqlite', '/c.sqlite', { STORMPROOF_STORE: '/e.sqlite' }, sqlite('/o.sqlite')],
    ['it is to be none', 'none', '/c.sqlite', HOME, { kind: 'none' }],
    ['a server is named', 'postgres://u@h/d', undefined, HOME, postgres('postgres://u@h/d')],
    ['a server at a socket is named', 'postgresql://u@/d?host=/run/pg', undefined, HOME, postgres('postgresql://u@/d?host=/run/pg')],
  ])('where %s', (_what, said, inConfig, env, place) => {
    expect(placeOf(said, inConfig, env)).toEqual(place);
  });

  it.each([
    ['mysql://u:geheim@h/d', /^--store mysql:…: name postgres:/],
    ['postgres://u:geheim@h:port/d', /^--store postgres:\/\/u:\*\*\*@h:port\/d: this is no URL/],
  ])('is not %s', (said, words) => {
    expect(() => placeOf(said, undefined, HOME)).toThrow(UsageError);
    expect(() => placeOf(said, undefined, HOME)).toThrow(words);
    expect(() => placeOf(said, undefined, HOME)).not.toThrow(/geheim/);
  });

  it('is told without a password, wherever it stands in a command line', () => {
    const url = fc.record({
      scheme: fc.constantFrom('postgres', 'postgresql'),
      host: fc.domain(),
      before: fc.constantFrom('', '--store='),
    });
    fc.assert(
      fc.property(url, fc.stringMatching(/^[A-Za-z0-9!@:/?#&%=]{1,20}$/), ({ scheme, host, before }, noise) => {
        const secret = `GEHEIM${noise.replaceAll(/[@/?#&%]/g, '.')}`;
        for (const word of [
          `${scheme}://user:${secret}@${host}/d`,
          `${scheme}://user:${secret}@x@${host}`,
          `${scheme}://${host}/d?sslmode=require&password=${secret}`,
        ])
          expect(withoutPassword(before + word)).not.toContain('GEHEIM');
        expect(withoutPassword(`${before}${scheme}://user@${host}/d`)).toBe(`${before}${scheme}://user@${host}/d`);
      }),
    );
    expect(placeText(placeOf('postgres://u:geheim@h/d', undefined))).toBe('postgres://u:***@h/d');
  });
});
