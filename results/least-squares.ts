/** Straight lines through a few measurements, of which neither the constant nor the slope can be negative. */

export interface Weighted {
  readonly x: number;
  readonly y: number;
  /** the standard deviation that `y` has, above zero: it weighs accordingly */
  readonly deviation: number;
}

export interface Line {
  readonly constant: number;
  readonly slope: number;
  /** the sum of squared residuals, each in units of its deviation */
  readonly misfit: number;
}

/**
 * The line of least squares through at least one point, with constant and slope of at least zero. For two unknowns the problem (C. Lawson and
 * R. Hanson, Solving Least Squares Problems, 1974, chapter 23) has a closed form: where the free solution breaks a bound, the best one lies on a bound.
 * All x and y must be at least zero, and one x above it.
 */
export function nonNegativeLine(points: readonly Weighted[]): Line {
  const { s, sy, sxx, sxy } = sums(points);
  const { x, y, xx, xy } = aboutTheMean(points);
  const free = { constant: y - (xy / xx) * x, slope: xy / xx };
  const bounded = [
    { constant: sy / s, slope: 0 },
    { constant: 0, slope: sxy / sxx },
  ];
  // where x is zero throughout nothing determines a slope: what is no number compares as false, and the constant is left
  const possible = free.constant >= 0 && free.slope >= 0 ? [free] : bounded;
  return possible.map((line) => ({ ...line, misfit: misfitOf(line, points) })).reduce((a, b) => (b.misfit < a.misfit ? b : a));
}

/**
 * The standard deviation of what the free line of least squares says at `x`, from the deviations of its points alone (N. Draper and H. Smith, Applied
 * Regression Analysis, 1998, section 3.1, with weights). Points at two different x at least.
 */
export function deviationAt(x: number, points: readonly Weighted[]): number {
  const { s, x: mean, xx } = aboutTheMean(points);
  return Math.sqrt(1 / s + (x - mean) ** 2 / xx);
}

function sums(points: readonly Weighted[]) {
  const sum = (of: (point: Weighted) => number): number => points.reduce((total, point) => total + of(point) / point.deviation ** 2, 0);
  return { s: sum(() => 1), sx: sum(({ x }) => x), sy: sum(({ y }) => y), sxx: sum(({ x }) => x * x), sxy: sum(({ x, y }) => x * y) };
}

/** The weighted means, and the sums of squares and products about them: differences of plain sums would lose their digits where all x are nearly alike. */
function aboutTheMean(points: readonly Weighted[]) {
  const { s, sx, sy } = sums(points);
  const mean = { x: sx / s, y: sy / s };
  const { sxx, sxy } = sums(points.map(({ x, y, deviation }) => ({ x: x - mean.x, y: y - mean.y, deviation })));
  return { s, ...mean, xx: sxx, xy: sxy };
}

function misfitOf({ constant, slope }: Omit<Line, 'misfit'>, points: readonly Weighted[]): number {
  return points.reduce((total, { x, y, deviation }) => total + ((y - constant - slope * x) / deviation) ** 2, 0);
}
