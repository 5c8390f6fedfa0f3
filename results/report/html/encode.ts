/** The points of a probe as a short text; `client/decode.js` says what stands in it, and reads it. */
import type { Point } from './downsample.ts';

/** Points in the order of their times, none before 0. Times are kept to 1 ms and answers to 10 µs. */
export function encode(points: readonly Point[]): string {
  const bytes: number[] = [];
  let clock = 0;
  for (const { t, low, high, missing } of points) {
    const now = Math.max(clock, Math.round(t * 1000));
    const [least, most] = [Math.round((low ?? 0) * 100), Math.round((high ?? 0) * 100)];
    append(bytes, now - clock);
    append(bytes, low === null ? 0 : least + 1);
    append(bytes, low === null ? 0 : Math.max(0, most - least));
    append(bytes, missing);
    clock = now;
  }
  return Buffer.from(bytes).toString('base64');
}

function append(bytes: number[], value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push(128 + (rest % 128));
  bytes.push(rest);
}
