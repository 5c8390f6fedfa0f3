/** The figures of growth over memory as people write them, for terminals and pictures alike. */
import { bySize, type ScaledMeasure } from '../scaling.ts';

/** `0.04 s`, `6.1 s`, `144 s`: two digits, or whole seconds. */
export function secondsText(seconds: number): string {
  if (seconds > 0 && seconds < 0.005) return '<0.01 s';
  const digits = seconds === 0 || seconds >= 9.95 ? 0 : seconds < 0.0995 ? 2 : 1;
  return `${seconds.toFixed(digits)} s`;
}

/** `126`, `1.9`: without its unit, GiB. */
export function memoryText(memory_GiB: number): string {
  return String(memory_GiB >= 9.95 ? Math.round(memory_GiB) : Number(memory_GiB.toFixed(1)));
}

/** One digit, as much as a few sizes tell; `-` where they tell nothing. */
export const exponentText = ({ fit, growth }: ScaledMeasure): string =>
  fit === undefined || growth === 'unknown' ? '-' : fit.exponent.toFixed(1);

/** One measure in one line, for those who cannot see the picture. */
export function measureText(measure: ScaledMeasure): string {
  const { name, points, growth, why } = measure;
  const told = bySize(points).map(({ memory_GiB, seconds }) => `${secondsText(seconds)} with ${memoryText(memory_GiB)} GiB`);
  const exponent = growth === 'unknown' ? '' : `, exponent ${exponentText(measure)}`;
  return `${name}: ${told.join(', ')}; ${growth}${exponent}${why === undefined ? '' : `: ${why}`}`;
}

export const candidatesOf = (measures: readonly ScaledMeasure[]): string[] => [...new Set(measures.map(({ candidate }) => candidate))];
