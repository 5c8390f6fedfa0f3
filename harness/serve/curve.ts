/** A probe's answers as a curve of bounded length, however many there were: the worst of each stretch of time, and how many never came. */
import type { Point } from './protocol.ts';

const FIRST_WIDTH_s = 0.1;
const MOST_POINTS = 720;

export class BoundedCurve {
  /** the time that a point stands for, doubled whenever there are too many of them */
  width_s = FIRST_WIDTH_s;
  readonly #numbers: number[] = [];
  readonly #worst: (number | null)[] = [];
  readonly #lost: number[] = [];

  get length(): number {
    return this.#numbers.length;
  }

  /** An answer after `ms`, or its absence, known at `t` seconds. They come in the order of time, but for a moment here and there. */
  add(t: number, ms: number | null): void {
    const number = Math.max(Math.floor(t / this.width_s), this.#numbers.at(-1) ?? 0);
    if (number !== this.#numbers.at(-1)) {
      this.#numbers.push(number);
      this.#worst.push(null);
      this.#lost.push(0);
    }
    const at = this.#numbers.length - 1;
    if (ms === null) this.#lost[at] = (this.#lost[at] ?? 0) + 1;
    else this.#worst[at] = Math.max(this.#worst[at] ?? 0, ms);
    if (this.#numbers.length > MOST_POINTS) this.#widen();
  }

  /** The points from number `from` on, counted from 0. */
  points(from = 0): Point[] {
    return this.#numbers
      .slice(from)
      .map((number, at) => [
        Math.round(number * this.width_s * 1000) / 1000,
        this.#worst[from + at] as number | null,
        this.#lost[from + at] as number,
      ]);
  }

  #widen(): void {
    const old = { numbers: this.#numbers.splice(0), worst: this.#worst.splice(0), lost: this.#lost.splice(0) };
    this.width_s *= 2;
    for (const [at, each] of old.numbers.entries()) {
      const number = Math.floor(each / 2);
      const worst = old.worst[at] as number | null;
      const lost = old.lost[at] as number;
      const last = this.#numbers.length - 1;
      if (this.#numbers[last] !== number) {
        this.#numbers.push(number);
        this.#worst.push(worst);
        this.#lost.push(lost);
        continue;
      }
      const before = this.#worst[last] as number | null;
      this.#worst[last] = worst === null ? before : Math.max(before ?? 0, worst);
      this.#lost[last] = (this.#lost[last] as number) + lost;
    }
  }
}
