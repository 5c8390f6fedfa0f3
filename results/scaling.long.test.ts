/** How often noise is taken for growth, by thousands of draws. */
import { describe, expect, it } from 'vitest';
import { type ScalingPoint, scaleOf } from './scaling.ts';

const SIZES = [64, 128, 384, 768];

const at = (memory_GiB: number, seconds: number): ScalingPoint => ({ trial: 't', class: `${memory_GiB}G`, memory_GiB, seconds });
const along = (sizes: readonly number[], of: (GiB: number) => number): ScalingPoint[] => sizes.map((GiB) => at(GiB, of(GiB)));

describe('growth', () => {
  it.each([
    ['a line through zero', [64, 128, 384, 768], 0, 0.05],
    ['a line with a constant', [64, 128, 384, 768], 5, 0.02],
    ['a line of three sizes', [128, 384, 768], 2, 0.05],
    ['a line from two sizes near each other', [64, 128, 768], 5, 0.02],
    ['a line of six sizes', [16, 32, 64, 128, 384, 768], 1, 0.01],
    ['a constant', [64, 128, 384, 768], 8, 0],
  ])('is marked in fewer than one of a hundred draws of noise on %s', (_what, sizes, constant, perGiB) => {
    const normal = seededNormal(7);
    const draws = Array.from(
      { length: 4000 },
      () => scaleOf(along(sizes, (GiB) => Math.max(0, (constant + perGiB * GiB) * (1 + 0.05 * normal())))).growth,
    );
    expect(draws.filter((growth) => growth === 'faster than linear').length / draws.length).toBeLessThan(0.01);
  });

  it('with the square is marked through noise', () => {
    const normal = seededNormal(11);
    const draws = Array.from({ length: 500 }, () => scaleOf(along(SIZES, (GiB) => (GiB / 64) ** 2 * (1 + 0.05 * normal()))).growth);
    expect(draws.filter((growth) => growth === 'faster than linear').length / draws.length).toBeGreaterThan(0.99);
  });
});

/** Numbers of a normal distribution, the same ones for the same seed (Box and Muller's transform). */
function seededNormal(seed: number): () => number {
  let state = seed;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}
