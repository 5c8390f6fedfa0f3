import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote } from './quote.ts';

/** What a real shell makes of quoted words: printf(1) gives each back with a NUL behind it. */
function words(argv: readonly string[]): string[] {
  const shell = spawnSync('sh', ['-c', `printf '%s\\0' ${quote(argv)}`], { timeout: 10_000 });
  expect(shell.stderr.toString()).toBe('');
  return shell.stdout.toString('utf8').split('\0').slice(0, -1);
}

describe('quoted words', () => {
  it.each([
    ['plain ones stay readable', ['ip', '-6', 'route', '2001:2::/48', 'a=b', 'x@y', '50%', '+1'], 'ip -6 route 2001:2::/48 a=b x@y 50% +1'],
    ['an empty one is still a word', ['', 'a', ''], "'' a ''"],
    ['blanks', ['a b', '\t'], "'a b' '\t'"],
    ['an apostrophe', ["it's"], "'it'\\''s'"],
    ['nothing but apostrophes', ["'''"], "''\\'''\\'''\\'''"],
  ])('%s', (_what, argv, text) => {
    expect(quote(argv)).toBe(text);
    expect(words(argv)).toEqual(argv);
  });

  it.each([
    '$(reboot)',
    '`reboot`',
    '$HOME',
    '~',
    '~root',
    '*',
    '?',
    '[a-z]',
    '{a,b}',
    '!!',
    '#no',
    '-n',
    '\\',
    '\\n',
    'a\nb',
    'a;b',
    '&',
    '|',
    '<x',
    '>x',
    '"',
    '()',
    '\x1b[0m',
    '\x7f',
    'ä\u{1f600}',
  ])('mean nothing to the shell: %j', (word) => {
    expect(words([word])).toEqual([word]);
  });

  it('come back from a real shell as they were, whatever they hold but NUL', () => {
    // a lone surrogate is no text that could be handed to a program, here or there
    const byte = fc.integer({ min: 1, max: 127 }).map((code) => String.fromCharCode(code));
    const character = fc.oneof(
      byte,
      fc.constantFrom("'", '"', '\\', '$', '\n', ' '),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    const word = fc.array(character, { maxLength: 12 }).map((characters) => characters.join('').replaceAll('\0', '').toWellFormed());
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (argv) => {
        expect(words(argv)).toEqual(argv);
      }),
      { numRuns: 200 },
    );
  });
});
