import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FORMS } from '../suites/index.ts';
import { ALL_CASES } from '../suites/suite.ts';
import { planTrials, suiteAndCase } from './plan.ts';

const KERNELS = ['6.1.0-56-cloud-amd64', '6.12.9+deb13-amd64'];
/** What a trial can be of: a suite, or one of its cases. */
const PLANNABLE = FORMS.filter((form) => !form.endsWith(`/${ALL_CASES}`));

describe('the trials of a run', () => {
  it('are called after their suites alone where nothing else tells them apart', () => {
    expect(planTrials({ kernels: ['6.1.0'], classes: [{ name: '1G', suites: ['ipv6-flood', 'io-storm'] }], seeds: [7] })).toEqual([
      { name: 'ipv6-flood', candidate: 0, className: '1G', suite: 'ipv6-flood', seed: 7 },
      { name: 'io-storm', candidate: 0, className: '1G', suite: 'io-storm', seed: 7 },
    ]);
  });

  it('go through each candidate with all its classes, suites and seeds before the next', () => {
    const names = planTrials({
      kernels: KERNELS,
      classes: [
        { name: '1G', suites: ['io-storm'] },
        { name: '384G', suites: ['io-storm'] },
      ],
      seeds: [1, 2],
    }).map(({ name }) => name);
    expect(names).toEqual([
      'io-storm@k1-6.1.0-56-cloud-amd64@1G@s1',
      'io-storm@k1-6.1.0-56-cloud-amd64@1G@s2',
      'io-storm@k1-6.1.0-56-cloud-amd64@384G@s1',
      'io-storm@k1-6.1.0-56-cloud-amd64@384G@s2',
      'io-storm@k2-6.12.9+deb13-amd64@1G@s1',
      'io-storm@k2-6.12.9+deb13-amd64@1G@s2',
      'io-storm@k2-6.12.9+deb13-amd64@384G@s1',
      'io-storm@k2-6.12.9+deb13-amd64@384G@s2',
    ]);
  });

  it('are told apart also when the same release is asked for twice, as a rebuilt kernel is', () => {
    const names = planTrials({ kernels: ['6.1.0', '6.1.0'], classes: [{ name: '1G', suites: ['io-storm'] }], seeds: [1] }).map(
      ({ name }) => name,
    );
    expect(names).toEqual(['io-storm@k1-6.1.0', 'io-storm@k2-6.1.0']);
  });

  it('are of the case that is named, if one is', () => {
    expect(
      planTrials({ kernels: ['6.1.0'], classes: [{ name: '1G', suites: ['ipv6-flood/udp-66/route', 'io-storm'] }], seeds: [7] }),
    ).toEqual([
      { name: 'ipv6-flood.udp-66.route', candidate: 0, className: '1G', suite: 'ipv6-flood', case: 'udp-66/route', seed: 7 },
      { name: 'io-storm', candidate: 0, className: '1G', suite: 'io-storm', seed: 7 },
    ]);
  });

  it('go through all variants of a suite before the next, so that what is compared stands together', () => {
    const asked = { kernels: ['6.1.0'], classes: [{ name: '1G', suites: ['ipv6-flood/udp-66', 'io-storm'] }], seeds: [1, 2] };
    const trials = planTrials({ ...asked, variants: ['untweaked', 'gro-off'] });
    expect(trials.map(({ name }) => name)).toEqual([
      'ipv6-flood.udp-66@s1@untweaked',
      'ipv6-flood.udp-66@s1@gro-off',
      'ipv6-flood.udp-66@s2@untweaked',
      'ipv6-flood.udp-66@s2@gro-off',
      'io-storm@s1@untweaked',
      'io-storm@s1@gro-off',
      'io-storm@s2@untweaked',
      'io-storm@s2@gro-off',
    ]);
    expect(trials.map(({ variant }) => variant).slice(0, 2)).toEqual(['untweaked', 'gro-off']);
    expect(planTrials(asked)[0]).not.toHaveProperty('variant');
  });

  it('are repeated one after the other, and with kernels that are compared forth and back', () => {
    const asked = { kernels: KERNELS, classes: [{ name: '1G', suites: ['io-storm', 'ipv6-flood'] }], seeds: [1], repeats: 3 };
    const order = (trials: ReturnType<typeof planTrials>) =>
      trials.map(({ suite, candidate, repeat }) => `${suite} ${'AB'[candidate]}${repeat}`).join(', ');
    expect(order(planTrials({ ...asked, interleaved: true }))).toBe(
      'io-storm A1, io-storm B1, io-storm B2, io-storm A2, io-storm A3, io-storm B3, ipv6-flood A1, ipv6-flood B1, ipv6-flood B2, ipv6-flood A2, ipv6-flood A3, ipv6-flood B3',
    );
    expect(order(planTrials(asked).slice(0, 7))).toBe(
      'io-storm A1, io-storm A2, io-storm A3, ipv6-flood A1, ipv6-flood A2, ipv6-flood A3, io-storm B1',
    );
    expect(planTrials({ ...asked, kernels: ['6.1.0'] }).map(({ name }) => name)).toContain('io-storm@r2');
  });

  it.each([
    ['no variant', { kernels: KERNELS, classes: [{ name: '1G', suites: ['io-storm'] }], seeds: [1], variants: [] }],
    ['no kernel', { kernels: [], classes: [{ name: '1G', suites: ['io-storm'] }], seeds: [1] }],
    ['no suite', { kernels: KERNELS, classes: [{ name: '1G', suites: [] }], seeds: [1] }],
  ])('are none with %s', (_what, asked) => {
    expect(planTrials(asked)).toEqual([]);
  });

  it('are every combination once, each under a name of its own that is fit for a file, whatever the kernels are called', () => {
    const few = <T>(arbitrary: fc.Arbitrary<T>) => fc.uniqueArray(arbitrary, { minLength: 1, maxLength: 4 });
    const asked = fc.record({
      kernels: fc.array(fc.oneof(fc.constantFrom(...KERNELS, '', '../../etc', 'a/b', 'a b', '\n'), fc.string({ unit: 'binary' })), {
        minLength: 1,
        maxLength: 4,
      }),
      classes: few(fc.constantFrom('1G', '128G', '384G', '768G')),
      suites: few(fc.constantFrom(...PLANNABLE)),
      seeds: few(fc.nat()),
      // as they may be called (harness/tweaks-file.ts)
      repeats: fc.integer({ min: 1, max: 3 }),
      interleaved: fc.boolean(),
      variants: fc.option(few(fc.oneof(fc.constantFrom('untweaked', 's1', '1G'), fc.stringMatching(/^[\w.-]{1,40}$/))), { nil: undefined }),
    });
    fc.assert(
      fc.property(asked, ({ variants, kernels, classes, suites, seeds, repeats, interleaved }) => {
        const sizes = classes.map((name) => ({ name, suites }));
        const trials = planTrials({
          kernels,
          classes: sizes,
          seeds,
          repeats,
          interleaved,
          ...(variants === undefined ? {} : { variants }),
        });
        expect(trials).toHaveLength(kernels.length * classes.length * suites.length * seeds.length * repeats * (variants?.length ?? 1));
        expect(new Set(trials.map(({ name }) => name)).size).toBe(trials.length);
        for (const { name, suite, candidate } of trials) {
          expect(name).toMatch(/^[\w.@+-]+$/);
          expect(name.startsWith(suite)).toBe(true);
          expect(kernels[candidate]).toBeDefined();
        }
        if (!interleaved)
          expect(trials.map(({ candidate }) => candidate)).toEqual(trials.map(({ candidate }) => candidate).toSorted((a, b) => a - b));
      }),
    );
  });
});

describe('the name of a trial', () => {
  it('tells every form from every other one', () => {
    const names = planTrials({ kernels: ['6.1.0'], classes: [{ name: '1G', suites: PLANNABLE }], seeds: [1] }).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(40);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

describe('a form', () => {
  it.each([
    ['io-storm', { suite: 'io-storm' }],
    ['ipv6-flood/udp-66', { suite: 'ipv6-flood', case: 'udp-66' }],
    ['ipv6-flood/udp-66/route', { suite: 'ipv6-flood', case: 'udp-66/route' }],
    ['ipv6-flood/all', { suite: 'ipv6-flood', case: 'all' }],
  ])('%s is %j', (form, parts) => {
    expect(suiteAndCase(form)).toEqual(parts);
  });
});
