import { describe, expect, it } from 'vitest';
import { UsageError } from '../results/errors.ts';
import { PROFILES } from '../suites/profiles.ts';
import { REQUEST } from './request.sample.ts';
import type { RunRequest } from './run-request.ts';
import { type ClassWork, departuresOf, notesOf, workOf } from './work.ts';

const LAB = /^lab: virtual machines/;

describe('the notes of a run', () => {
  it('say where it ran, and nothing more of a profile as it is', () => {
    expect(notesOf({ profile: PROFILES.full, reached: new Set() }, REQUEST)).toEqual([expect.stringMatching(LAB)]);
  });

  it('say what was changed, so that nobody takes it for the profile', () => {
    const profile = { ...PROFILES.full, hungTaskTimeout_s: 100, recovery: { ...PROFILES.full.recovery, hold_s: 1, limit_s: 900 } };
    const asked: RunRequest = {
      ...REQUEST,
      ...{
        append: ['mitigations=off'],
        sabotage: 'panic',
        recovery: { limit_s: 900, hold_s: 1 },
        hungTaskTimeout_s: 100,
        bootLimit_s: 999,
        suites: ['io-storm'],
      },
      pool: { stormers: 2, victims: PROFILES.full.pool.victims },
    };
    const { reached } = workOf(asked);
    expect(departuresOf(REQUEST, reached)).toEqual([]);
    expect(notesOf({ profile, reached }, asked)).toEqual([
      expect.stringMatching(LAB),
      "the hung-task timeout is 100 s instead of the kernel's default of 120 s",
      ...departuresOf(asked, reached),
    ]);
    expect(departuresOf(asked, reached)).toEqual([
      'recovery.limit_s is 900 instead of the 600 of profile full',
      'recovery.hold_s is 1 instead of the 30 of profile full',
      'the hung-task timeout in seconds is 100 instead of the 120 of profile full',
      `the limit of a boot in seconds is 999 instead of the ${PROFILES.full.bootLimit_s} of profile full`,
      `how many storm a pool is 2 instead of the ${PROFILES.full.pool.stormers} of profile full`,
      'kernel parameters added: mitigations=off',
      'sabotaged on purpose: panic',
    ]);
  });
});

describe('the work of a run', () => {
  const work = (change: Partial<RunRequest>) => workOf({ ...REQUEST, ...change }).sizes[0] as ClassWork;

  it('is what the profile takes of a suite, one case, or all of them', () => {
    expect(work({ profile: 'quick', suites: ['ipv6-flood'] }).suites).toEqual(['ipv6-flood/udp-66', 'ipv6-flood/mixed']);
    expect(work({ suites: ['ipv6-flood/echo'] }).suites).toEqual(['ipv6-flood/echo']);
    expect(work({ suites: ['ipv6-flood/all'] }).suites.length).toBeGreaterThan(60);
  });

  it.each<[RunRequest['said'][number], Partial<RunRequest>, reaches: string[], not: string[]]>([
    ['load', { load: { kind: 'line', share: 0.5 } }, ['ipv6-flood/udp-66', 'ipv6-flood/mixed'], ['storage-cutoff/cut', 'io-storm']],
    ['shape', { shape: 'ramp' }, ['ipv6-flood/echo'], ['storage-cutoff/cut', 'soak']],
    [
      'engine',
      { engine: 'trafgen' },
      ['ipv6-flood/udp-66', 'incident-2012-10-27', 'large-memory/atomic-allocations'],
      ['io-storm', 'large-memory/boot'],
    ],
    ['outages', { outages_s: [3] }, ['storage-cutoff/cut'], ['ipv6-flood/udp-66', 'soak']],
    ['stormers', { pool: { stormers: 3 } }, ['io-storm', 'grades'], ['ipv6-flood/udp-66', 'storage-cutoff/cut']],
    ['victims', { pool: { victims: 3 } }, ['io-storm'], ['grades', 'ipv6-flood/udp-66']],
  ])('is not what --%s asks for where that reaches no suite of it', (name, change, reaches, not) => {
    const asked = (suites: string[], said: RunRequest['said']): RunRequest => ({ ...REQUEST, profile: 'quick', ...change, suites, said });
    for (const suite of reaches) expect([suite, workOf(asked([suite], [name])).reached.has(name)]).toEqual([suite, true]);
    expect(workOf(asked([...not, ...reaches], [name])).reached.has(name)).toBe(true);
    for (const suite of not) {
      expect(() => workOf(asked([suite], [name]))).toThrow(new RegExp(`^--${name}: ${suite}.*; run [a-z0-9-]+ (does|has)$`));
      // of a config it is no departure there
      const request = asked([suite], []);
      expect(departuresOf(request, workOf(request).reached)).toEqual([]);
    }
    const request = asked(reaches, [name]);
    expect(departuresOf(request, workOf(request).reached)).toHaveLength(1);
  });

  it('of a search leaves out what has nothing to search for, unless that was named', () => {
    const forms = ['ipv6-flood/udp-66', 'ipv6-flood/mixed', 'storage-cutoff/cut', 'storage-cutoff/cut/kernel'];
    expect(work({ profile: 'quick', search: true }).suites).toEqual(forms);
    expect(() => work({ search: true, suites: ['io-storm'] })).toThrow(/--search: io-storm has neither a load nor an outage to search/);
    // of what breaks a host's file system there is no longest that it bears
    expect(() => work({ search: true, suites: ['storage-cutoff/eio'] })).toThrow(/has neither/);
  });

  it.each<[string, Partial<RunRequest>, RegExp]>([
    ['a load beside a search', { search: true, load: { kind: 'line', share: 0.5 } }, /finds the load by itself: leave the load out/],
    ['a shape beside a search', { search: true, shape: 'burst' }, /leave the shape out/],
    ['a sabotage beside a search', { search: true, sabotage: 'panic' }, /exclude each other/],
    [
      'more than an engine can',
      { engine: 'pktgen', suites: ['ipv6-flood/echo'] },
      /--engine pktgen cannot do ipv6-flood\/echo: it makes UDP/,
    ],
    ['a shape that an engine cannot', { engine: 'trafgen', shape: 'ramp', suites: ['ipv6-flood/echo'] }, /it holds one rate only/],
    ['two floods of an engine for one', { engine: 'pktgen', suites: ['incident-2012-10-27'] }, /one flood at a time/],
    ['an outage as long as what is called hung', { hungTaskTimeout_s: 90 }, /not above the longest outage/],
  ])('is refused before anything begins: %s', (_what, change, message) => {
    expect(() => work(change)).toThrow(UsageError);
    expect(() => work(change)).toThrow(message);
  });
});
