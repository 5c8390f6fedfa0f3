import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../results/errors.ts';
import { type Config, parseConfig, readConfig } from './config.ts';
import { nearest, suggestion } from './nearest.ts';

const KNOWN = { suites: ['ipv6-flood', 'storage-cutoff'], profiles: ['quick', 'nightly', 'full'], classes: ['128G', '384G', '768G'] };
const NOW = new Date('2026-11-26T23:30:00Z');
const parse = (yaml: string | Uint8Array): Config =>
  parseConfig(typeof yaml === 'string' ? new TextEncoder().encode(yaml) : yaml, 'stormproof.yaml', KNOWN, NOW);

describe('a config', () => {
  it('may have every key', () => {
    const yaml = `kernel: deb:linux-image-cloud-amd64
modules: ./modules
profile: quick
suites: [ipv6-flood, storage-cutoff]
class: 384G
seed: 7
out: results
store: postgres://ci@db/runs
append: [quiet, "panic=5"]
load: 120000
shape: burst
engine: trafgen
recovery: { limit_s: 60, hold_s: 2.5 }
hung_task_timeout_s: 10
`;
    expect(parse(yaml)).toEqual({
      kernel: ['deb:linux-image-cloud-amd64'],
      modules: './modules',
      profile: 'quick',
      suites: ['ipv6-flood', 'storage-cutoff'],
      class: ['384G'],
      seed: 7,
      out: 'results',
      store: 'postgres://ci@db/runs',
      append: ['quiet', 'panic=5'],
      load: 120_000,
      shape: 'burst',
      engine: 'trafgen',
      recovery: { limit_s: 60, hold_s: 2.5 },
      hung_task_timeout_s: 10,
    });
  });

  it.each(['', '# nothing yet\n', '---\n', '\ufeffseed: 1\n'])('may be nearly nothing: %j', (yaml) => {
    expect(() => parse(yaml)).not.toThrow();
  });

  it('may add classes, and choose several', () => {
    const yaml = 'class: [128G, big]\nclasses:\n  big: { memory_GiB: 512, nodes: 4, boot_s: 200, suites: [ipv6-flood] }\n';
    expect(parse(yaml)).toEqual({
      class: ['128G', 'big'],
      classes: { big: { memory_GiB: 512, nodes: 4, boot_s: 200, suites: ['ipv6-flood'] } },
    });
  });

  it('may say what is promised of storage', () => {
    const yaml = 'grades:\n  bronze: { iops: 50, p99_ms: 99.5 }\n  1: { bytes_per_s: 1e6 }\n';
    expect(parse(yaml).grades).toEqual({ bronze: { iops: 50, p99_ms: 99.5 }, 1: { bytes_per_s: 1_000_000 } });
  });

  it('may name known issues, also those that have expired', () => {
    const yaml = `waivers:
  - title: WARNING in x
    reason: fixed in 6.19
    owner: ann
    expires: 2020-01-31
  - { pattern: 'WARNING in nfs4?_.*', from: 6.1.0-47, to: 6.1.0-56-cloud-amd64, reason: r, owner: o, expires: 2027-11-27 }
`;
    expect(parse(yaml).waivers).toEqual([
      { title: 'WARNING in x', reason: 'fixed in 6.19', owner: 'ann', expires: '2020-01-31' },
      { pattern: 'WARNING in nfs4?_.*', from: '6.1.0-47', to: '6.1.0-56-cloud-amd64', reason: 'r', owner: 'o', expires: '2027-11-27' },
    ]);
  });

  const known = (keys: string, at: number, message: string): [string, string, string] => [
    `a waiver: ${message}`,
    `waivers:\n  - { reason: r, ${keys} }\n`,
    `stormproof.yaml:2:${at}: ${message}`,
  ];
  const RANGED = 'owner: o, expires: 2026-12-31, title: x';
  it('may name several kernels', () => {
    expect(parse('kernel:\n  - a\n  - b\n').kernel).toEqual(['a', 'b']);
  });

  it.each<[string, string | Uint8Array, string]>([
    ['unknown key', 'seed: 1\nprofil: quick\n', 'stormproof.yaml:2:1: unknown key "profil", did you mean "profile"?'],
    [
      'nodes that have no memory',
      'classes:\n  a: { memory_GiB: 1, nodes: 64 }\n',
      'stormproof.yaml:2:30: 64 nodes need 1 GiB each, and there are 1',
    ],
    [
      'more unused than there is',
      'classes:\n  a: { memory_GiB: 64, unused_GiB: 64 }\n',
      'stormproof.yaml:2:36: of 64 GiB, 64 cannot be left unused',
    ],
    ['unknown key inside', 'recovery:\n  limit: 5\n', 'stormproof.yaml:2:3: unknown key "limit", did you mean "limit_s"?'],
    ['unknown key like nothing', 'xyzzy: 1\n', 'stormproof.yaml:1:1: unknown key "xyzzy"; there is: kernel, modules, '],
    [
      'unknown suite',
      'suites:\n  - ipv6-flood\n  - storage-cutof\n',
      'stormproof.yaml:3:5: unknown suite "storage-cutof", did you mean "storage-cutoff"?',
    ],
    ['unknown profile', 'profile: slow\n', 'stormproof.yaml:1:10: unknown profile "slow"; there is: quick, nightly, full'],
    ['unknown class', 'class: 385G\n', 'stormproof.yaml:1:8: unknown class "385G", did you mean "384G"?'],
    ['wrong type', 'seed: soon\n', 'stormproof.yaml:1:7: seed: expected number, got "soon"'],
    ['not an integer', 'seed: 1.5\n', 'stormproof.yaml:1:7: seed: expected int, got 1.5'],
    ['negative', 'seed: 1\nrecovery:\n  limit_s: -1\n', 'stormproof.yaml:3:12: recovery.limit_s: expected number to be >0'],
    ['a map for a list', 'append: { a: b }\n', 'stormproof.yaml:1:9: append: expected array, got a map'],
    ['nothing for a list', 'kernel:\n', 'stormproof.yaml:1:8: kernel: expected array, got nothing'],
    ['empty list', 'suites: []\n', 'stormproof.yaml:1:9: suites: expected array to have >=1 items'],
    ['a number in a list', 'append: [1]\n', 'stormproof.yaml:1:10: append.0: expected string, got 1'],
    ['a load that is none', 'load: fast\n', 'stormproof.yaml:1:7: a load is packets/s'],
    ['an unknown shape', 'shape: rampp\n', 'stormproof.yaml:1:8: unknown shape "rampp", did you mean "ramp"?'],
    known('owner: " ", expires: 2026-12-31, title: x', 25, 'waivers.0.owner: it must say something'),
    known('expires: 2026-12-31, title: x', 5, 'waivers.0.owner: expected string, got nothing'),
    known('owner: o, title: x', 5, 'waivers.0.expires: expected string, got nothing'),
    known('owner: o, expires: 2026-02-30, title: x', 37, 'waivers.0.expires: a day as 2027-06-30, got "2026-02-30"'),
    known('owner: o, expires: 2027-11-28, title: x', 37, 'a waiver holds for a year at most, until 2027-11-27'),
    known('owner: o, expires: 2026-12-31', 5, 'a waiver says for which events: their title, or a pattern for it'),
    known(`${RANGED}, pattern: WARNING in x`, 68, 'a waiver has a title or a pattern, not both'),
    known('owner: o, expires: 2026-12-31, pattern: "WARNING in ("', 58, 'this pattern is no regular expression: '),
    known('owner: o, expires: 2026-12-31, pattern: "WARNING in (x+)+"', 58, 'this pattern could be matched in too many ways'),
    known('owner: o, expires: 2026-12-31, pattern: ".*"', 58, 'this pattern matches too much'),
    known('owner: o, expires: 2026-12-31, pattern: "WARNING in .*"', 58, 'this pattern matches a whole kind of event, whatever it is of'),
    known('owner: o, expires: 2026-12-31, pattern: "INFO: .*"', 58, 'this pattern matches a whole kind of event, whatever it is of'),
    known('owner: o, expires: 2026-12-31, pattern: ".*panic: .*"', 58, 'this pattern matches a whole kind of event, whatever it is of'),
    known(`${RANGED}, from: 6.1.0-56, to: 6.1.0-9`, 79, 'to 6.1.0-9 is older than from 6.1.0-56'),
    known(`${RANGED}, from: 6.10`, 65, 'waivers.0.from: expected string, got 6.1'),
    known(`${RANGED}, to: cloud`, 63, 'waivers.0.to: a kernel\'s release begins with a number, as 6.1.0-47 does, got "cloud"'),
    known('owner: o, expires: 2026-12-31, titles: x', 49, 'unknown key "titles", did you mean "title"?'),
    ['no grade', 'grades: {}\n', 'stormproof.yaml:1:9: grades: from 1 to 6 of them, got 0'],
    [
      'too many grades',
      `grades:\n${[...'abcdefg'].map((name) => `  ${name}: { iops: 1 }\n`).join('')}`,
      'stormproof.yaml:2:3: grades: from 1 to 6 of them, got 7',
    ],
    [
      'a grade that promises nothing',
      'grades:\n  gold: {}\n',
      'stormproof.yaml:2:9: grades.gold: promises nothing: iops, bytes_per_s or p99_ms',
    ],
    [
      'a grade called otherwise',
      'grades:\n  Gold: { iops: 1 }\n',
      'stormproof.yaml:2:9: grades: "Gold" cannot be a name: 1 to 16 of a-z, 0-9 and "-"',
    ],
    [
      'a grade called as its neighbour',
      'grades:\n  stormer3: { iops: 1 }\n',
      'stormproof.yaml:2:13: grades: "stormer3" cannot be a name: the neigh',
    ],
    ['a promise of what there is not', 'grades:\n  gold: { iop: 9 }\n', 'stormproof.yaml:2:11: unknown key "iop", did you mean "iops"?'],
    ['a promise of no I/O', 'grades:\n  gold: { iops: 0 }\n', 'stormproof.yaml:2:17: grades.gold.iops: expected number to be >=1'],
    [
      'a promise in words',
      'grades:\n  gold: { bytes_per_s: 1MB/s }\n',
      'stormproof.yaml:2:24: grades.gold.bytes_per_s: expected number, got "1MB/s"',
    ],
    ['grades in a list', 'grades: [gold]\n', 'stormproof.yaml:1:9: grades: expected record, got a list'],
    ['duplicate key', 'seed: 1\nseed: 2\n', 'stormproof.yaml:2:1: this key stands here twice'],
    ['a name of JavaScript', 'seed: 1\n__proto__: 2\n', 'stormproof.yaml:2:1: "__proto__" cannot be a name here'],
    ['not a map', '- a\n', 'stormproof.yaml:1:1: a config is a map of keys to values'],
    ['bare text', 'hello\n', 'stormproof.yaml:1:1: a config is a map of keys to values'],
    ['two documents', 'seed: 1\n---\nseed: 2\n', 'stormproof.yaml:2:1: more than one YAML document'],
    ['broken YAML', 'seed: [1\nclass: x\n', 'stormproof.yaml:2:1: '],
    ['unknown tag', 'seed: !int8 1\n', 'stormproof.yaml:1:7: Unresolved tag'],
    ['missing anchor', 'seed: *x\n', 'stormproof.yaml:1:7: '],
    ['not UTF-8', Buffer.concat([Buffer.from('seed: 1\nout: '), Buffer.from([0xe4, 0x0a])]), 'stormproof.yaml:2:1: not UTF-8 text'],
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
      fc.string({ maxLength: 80 }),
      fc.jsonValue().map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(wild, (yaml) => {
        try {
          parse(yaml);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          expect((error as Error).message).toMatch(/^stormproof\.yaml:\d+:\d+: [^\n]+$/);
        }
      }),
    );
  });

  it('may be missing only where nobody asked for it', () => {
    const dir = mkdtempSync(join(tmpdir(), 'config-'));
    try {
      expect(() => readConfig(join(dir, 'none.yaml'), KNOWN)).toThrow(/^--config .*none\.yaml: there is no such file$/);
      expect(() => readConfig(dir, KNOWN)).toThrow(/: is a directory: name a file$/);
      writeFileSync(join(dir, 'x.yaml'), 'seed: 3\n');
      expect(readConfig(join(dir, 'x.yaml'), KNOWN)).toEqual({ seed: 3 });
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('the nearest name', () => {
  it.each([
    ['storge-cutoff', 'storage-cutoff'],
    ['STORAGE-CUTOFF', 'storage-cutoff'],
    ['ipv6', 'ipv6-flood'],
    ['xyzzy', undefined],
    ['', undefined],
  ])('of %j is %j', (word, expected) => {
    expect(nearest(word, KNOWN.suites)).toBe(expected);
  });

  it('is else told with what there is to choose from, of cases with those of the suite that was named', () => {
    const names = ['floods', 'floods/small', 'floods/large', 'storms'];
    expect(suggestion('floods/nothing-like-it', names)).toBe('; there is: floods/small, floods/large');
    expect(suggestion('quite-another', names)).toBe('; there is: floods, storms');
  });

  it('is offered, else the choice', () => {
    expect(suggestion('quik', KNOWN.profiles)).toBe(', did you mean "quick"?');
    expect(suggestion('xyzzy', KNOWN.profiles)).toBe('; there is: quick, nightly, full');
    expect(suggestion('xyzzy', [])).toBe('');
  });
});
