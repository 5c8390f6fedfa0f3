import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SUITES } from '../suites/index.ts';
import { planTrials } from './plan.ts';

const KERNELS = ['6.1.0-56-cloud-amd64', '6.12.9+deb13-amd64'];

describe('the trials of a run', () => {
  it('are called after their suites alone where nothing else tells them apart', () => {
    expect(planTrials({ kernels: ['6.1.0'], classes: ['1G'], suites: ['ipv6-flood', 'io-storm'], seeds: [7] })).toEqual([
      { name: 'ipv6-flood', candidate: 0, className: '1G', suite: 'ipv6-flood', seed: 7 },
      { name: 'io-storm', candidate: 0, className: '1G', suite: 'io-storm', seed: 7 },
    ]);
  });

  it('go through each candidate with all its classes, suites and seeds before the next', () => {
    const names = planTrials({ kernels: KERNELS, classes: ['1G', '384G'], suites: ['io-storm'], seeds: [1, 2] }).map(({ name }) => name);
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
    const names = planTrials({ kernels: ['6.1.0', '6.1.0'], classes: ['1G'], suites: ['io-storm'], seeds: [1] }).map(({ name }) => name);
    expect(names).toEqual(['io-storm@k1-6.1.0', 'io-storm@k2-6.1.0']);
  });

  it.each([
    ['no kernel', { kernels: [], classes: ['1G'], suites: ['io-storm'], seeds: [1] }],
    ['no suite', { kernels: KERNELS, classes: ['1G'], suites: [], seeds: [1] }],
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
      suites: few(fc.constantFrom(...Object.keys(SUITES))),
      seeds: few(fc.nat()),
    });
    fc.assert(
      fc.property(asked, (request) => {
        const { kernels, classes, suites, seeds } = request;
        const trials = planTrials(request);
        expect(trials).toHaveLength(kernels.length * classes.length * suites.length * seeds.length);
        expect(new Set(trials.map(({ name }) => name)).size).toBe(trials.length);
        for (const { name, suite, candidate } of trials) {
          expect(name).toMatch(/^[\w.@+-]+$/);
          expect(name.startsWith(suite)).toBe(true);
          expect(kernels[candidate]).toBeDefined();
        }
        expect(trials.map(({ candidate }) => candidate)).toEqual(trials.map(({ candidate }) => candidate).toSorted((a, b) => a - b));
      }),
    );
  });
});
