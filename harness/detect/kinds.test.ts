import { describe, expect, it } from 'vitest';
import { KINDS } from './kinds.ts';

describe('the kinds', () => {
  it.each(Object.entries(KINDS))('%s is told in two plain sentences', (_, { means, cause }) => {
    for (const sentence of [means, cause]) expect(sentence).toMatch(/^[A-Zk].{10,160}\.$/);
  });
});
