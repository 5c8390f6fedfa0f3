/**
 * A moment on the run's clock, as `words.ts` writes it: `0:07`, `1:02:03`, with tenths or more where asked.
 * @param {number} t
 * @param {number} [digits]
 */
export function clockText(t, digits = 0) {
  const scale = 10 ** digits;
  const units = Math.round(t * scale);
  const whole = Math.floor(units / scale);
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const fraction = digits === 0 ? '' : `.${String(units % scale).padStart(digits, '0')}`;
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(whole % 60)}${fraction}`;
}

/**
 * `0.42 ms`, `12 ms`, `1.5 s`.
 * @param {number} ms
 */
export function latencyText(ms) {
  const short = (/** @type {number} */ value, /** @type {number} */ digits) => String(Number(value.toPrecision(digits)));
  return ms >= 999.5 ? `${short(ms / 1000, 3)} s` : `${short(ms, ms >= 100 ? 3 : 2)} ms`;
}

/** Distances of ticks on a clock, in seconds. */
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];

/**
 * The ticks between two moments, about one to each `apart_px`, and how many digits they need.
 * @param {number} from
 * @param {number} to
 * @param {number} width_px
 * @param {number} apart_px
 */
export function clockTicks(from, to, width_px, apart_px) {
  const least = ((to - from) * apart_px) / Math.max(1, width_px);
  const step = STEPS.find((each) => each >= least) ?? 86400;
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.max(0, Math.floor(to / step + 1e-9) - first + 1);
  return { at: Array.from({ length: count }, (_, index) => (first + index) * step), digits: step < 1 ? 1 : 0 };
}
