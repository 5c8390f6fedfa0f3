import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../results/errors.ts';
import { parseTweak } from '../suites/tweaks/parse.ts';
import { suggestion } from './nearest.ts';
import { parseTweaksFile, readTweaks, STARTING_SET } from './tweaks-file.ts';

const parse = (yaml: string | Uint8Array) =>
  parseTweaksFile(typeof yaml === 'string' ? new TextEncoder().encode(yaml) : yaml, 'tweaks.yaml').map(
    ({ name, tweaks }) => [name, ...tweaks.map(({ text }) => text)] as const,
  );

describe('a file of tweaks', () => {
  it('has named variants, each of one tweak or several', () => {
    const yaml = `# what we try
variants:
  more-routes: { net.ipv6.route.max_size: 16384 }
  gro-off: { gro: off }
  together: { gro: off, rps: on, net.core.netdev_max_backlog: 10000 }
  boot:
    boot:mitigations: "off"
    boot:threadirqs:
`;
    expect(parse(yaml)).toEqual([
      ['more-routes', 'net.ipv6.route.max_size=16384'],
      ['gro-off', 'gro=off'],
      ['together', 'gro=off', 'rps=on', 'net.core.netdev_max_backlog=10000'],
      ['boot', 'boot:mitigations=off', 'boot:threadirqs'],
    ]);
  });

  it('means values as they are written, not as YAML takes them', () => {
    const yaml = 'variants: { 1: { rps: 00000010, kernel.x: 0x10, kernel.y: 1e3, kernel.z: "4096 1 2", kernel.t: true } }';
    expect(parse(yaml)).toEqual([['1', 'rps=00000010', 'kernel.x=0x10', 'kernel.y=1e3', 'kernel.z=4096 1 2', 'kernel.t=true']]);
  });

  it('may repeat a variant by an alias', () => {
    expect(parse('variants:\n  a: &a { gro: &off off }\n  b: *a\n  c: { lro: *off }\n')).toEqual([
      ['a', 'gro=off'],
      ['b', 'gro=off'],
      ['c', 'lro=off'],
    ]);
  });

  it.each<[string, string | Uint8Array, string]>([
    ['nothing', '', 'tweaks.yaml:1:1: variants: expected record, got nothing'],
    ['a list', '- gro: off\n', 'tweaks.yaml:1:1: a file of tweaks is a map of keys to values'],
    ['unknown key', 'variant:\n  a: { gro: off }\n', 'tweaks.yaml:1:1: unknown key "variant", did you mean "variants"?'],
    ['no variants', 'variants: {}\n', 'tweaks.yaml:1:11: variants: there is none'],
    [
      'too many',
      `variants: { ${Array.from({ length: 65 }, (_, i) => `v${i}: { gro: off }`).join(', ')} }\n`,
      'tweaks.yaml:1:11: variants: 65 are too many, 64 is the most',
    ],
    ['the same twice', 'variants:\n  a: { gro: off }\n  a: { lro: off }\n', 'tweaks.yaml:3:3: this key stands here twice'],
    ['the same tweak twice', 'variants:\n  a: { gro: off, gro: on }\n', 'tweaks.yaml:2:18: this key stands here twice'],
    [
      'the reference',
      'variants:\n  untweaked: { gro: off }\n',
      'tweaks.yaml:2:3: "untweaked" is the host without tweaks, which is always run as the reference: take another name',
    ],
    [
      'a name with a slash',
      'variants:\n  a/b: { gro: off }\n',
      'tweaks.yaml:2:3: variant "a/b": letters, digits, ".", "_" and "-", at most 40',
    ],
    ['an empty variant', 'variants:\n  a: {}\n', 'tweaks.yaml:2:3: variant "a" has no tweaks'],
    ['no variant', 'variants:\n  a:\n', 'tweaks.yaml:2:5: variants.a: expected record, got nothing'],
    ['tweaks as a list', 'variants:\n  a: [gro=off]\n', 'tweaks.yaml:2:6: variants.a: expected record, got a list'],
    [
      'several values',
      'variants:\n  a: { net.ipv4.tcp_rmem: [1, 2, 3] }\n',
      'tweaks.yaml:2:27: variants.a.net.ipv4.tcp_rmem: one value, not a list',
    ],
    ['unknown tweak', 'variants:\n  a:\n    grp: off\n', 'tweaks.yaml:3:5: grp is no tweak, did you mean "gro"?'],
    ['wrong value', 'variants:\n  a: { gro: of }\n', 'tweaks.yaml:2:8: gro cannot be "of", did you mean "off"?'],
    ['a boolean', 'variants:\n  a: { gro: false }\n', 'tweaks.yaml:2:8: gro cannot be "false"; there is: on, off'],
    ['no value', 'variants:\n  a: { gro: }\n', 'tweaks.yaml:2:8: gro needs a value: gro=on|off'],
    ['a wrong number', 'variants:\n  1: { rx-ring: -1 }\n', 'tweaks.yaml:2:8: rx-ring is a whole number from 1 to 65536, not "-1"'],
    ['broken YAML', 'variants: {\n', 'tweaks.yaml:2:1: '],
    ['missing anchor', 'variants: { a: *x }\n', 'tweaks.yaml:1:16: '],
    ['not UTF-8', Buffer.concat([Buffer.from('variants:\n  a: '), Buffer.from([0xe4, 0x0a])]), 'tweaks.yaml:2:1: not UTF-8 text'],
  ])('says where and what in one line: %s', (_what, yaml, message) => {
    let said = '';
    try {
      parse(yaml);
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      said = (error as Error).message;
    }
    expect(said.slice(0, message.length)).toBe(message);
    expect(said).not.toContain('\n');
  });

  it('is refused with one line, whatever it is', () => {
    const wild = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.jsonValue().map((value) => JSON.stringify({ variants: value })),
      fc.dictionary(fc.string(), fc.dictionary(fc.string(), fc.jsonValue())).map((variants) => JSON.stringify({ variants })),
    );
    fc.assert(
      fc.property(wild, (yaml) => {
        try {
          parse(yaml);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          expect((error as Error).message).toMatch(/^tweaks\.yaml:\d+:\d+: [^\n]+$/);
        }
      }),
    );
  });

  it('may be missing, and that is told', () => {
    expect(() => readTweaks('none.yaml')).toThrow(new UsageError('none.yaml: there is no such file'));
  });

  it('comes with stormproof, ready to be tried', () => {
    const variants = readTweaks(STARTING_SET);
    expect(variants.length).toBeGreaterThan(20);
    const texts = variants.flatMap(({ tweaks }) => tweaks.map(({ text }) => text));
    expect(texts).toEqual(expect.arrayContaining(['gro=off', 'rps=on', 'notrack=on', 'boot:mitigations=off', 'boot:threadirqs']));
    for (const text of texts) expect(parseTweak(text, suggestion).text).toBe(text);
  });
});

describe('a tweak on the command line', () => {
  it.each([
    ['grp=off', '--tweak grp is no tweak, did you mean "gro"?'],
    ['threadirqs', '--tweak threadirqs is no tweak, did you mean "boot:threadirqs"?'],
    ['rxring=512', '--tweak rxring is no tweak, did you mean "rx-ring"?'],
    ['gro=of', '--tweak gro cannot be "of", did you mean "off"?'],
    ['qdisc=fqcodel', '--tweak qdisc cannot be "fqcodel", did you mean "fq_codel"?'],
  ])('%s is told with the nearest spelling', (text, message) => {
    expect(() => parseTweak(text, suggestion)).toThrow(new UsageError(message));
  });
});
