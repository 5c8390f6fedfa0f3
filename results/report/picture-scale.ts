/** The axes of a picture: where a value stands, and which values get a tick. */

export interface Scale {
  readonly kind: 'linear' | 'log';
  readonly ticks: readonly number[];
  /** pixels from the beginning of the axis' range; values outside the domain stand at its ends */
  readonly at: (value: number) => number;
}

/** A domain wider than this would squeeze its lower half into a corner of a linear axis. */
const LOG_FROM = 12;
const MOST_TICKS = 60;

/** From `low` at `from_px` to `high` at `to_px`, with at most `count` ticks on round numbers (1, 2, 5 times a power of ten). */
export function scaleOf(kind: Scale['kind'], low: number, high: number, from_px: number, to_px: number, count: number): Scale {
  const [start, end] = kind === 'log' ? [Math.log10(low), Math.log10(high)] : [low, high];
  const span = end - start || 1;
  const at = (value: number): number => {
    const where = ((kind === 'log' ? Math.log10(Math.max(value, Number.MIN_VALUE)) : value) - start) / span;
    return from_px + Math.min(1, Math.max(0, where)) * (to_px - from_px);
  };
  return { kind, at, ticks: kind === 'log' ? logTicks(low, high, count) : linearTicks(low, high, count) };
}

/** The kind of axis that fits positive values. */
export function kindFor(low: number, high: number): Scale['kind'] {
  return low > 0 && high / low > LOG_FROM ? 'log' : 'linear';
}

function linearTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / Math.max(1, count);
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((each) => each * power >= rough * (1 - 1e-9)) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const many = Math.min(MOST_TICKS, Math.floor(high / step + 1e-9) - first + 1);
  return Array.from({ length: Math.max(0, many) }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** As many of each decade as there is room for: 1, 2 and 5; 1 and 3; 1; or every second, third … power of ten. */
function logTicks(low: number, high: number, count: number): number[] {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.min(first + MOST_TICKS, Math.ceil(Math.log10(high) - 1e-9));
  const powers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const within = (tick: number): boolean => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9);
  for (const mantissas of [[1, 2, 5], [1, 3], [1]]) {
    const ticks = powers.flatMap((power) => mantissas.map((mantissa) => Number((mantissa * 10 ** power).toPrecision(12)))).filter(within);
    if (ticks.length <= count) return ticks;
  }
  const every = Math.ceil(powers.length / Math.max(1, count));
  return powers
    .filter((_, index) => index % every === 0)
    .map((power) => 10 ** power)
    .filter(within);
}
