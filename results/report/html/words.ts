/** Times and figures as the report writes them. */

/** `0:07`, `12:03`, `1:02:03`: a moment on the run's clock. With `digits`, also tenths or more: `0:07.3`. */
export function clock(t: number, digits = 0): string {
  const scale = 10 ** digits;
  const units = Math.round(t * scale);
  const whole = Math.floor(units / scale);
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  const fraction = digits === 0 ? '' : `.${String(units % scale).padStart(digits, '0')}`;
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(seconds)}${fraction}`;
}

/** `0.4 s`, `42 s`, `5 min 03 s`, `2 h 05 min`: how long something took. */
export function lasted(seconds: number): string {
  if (seconds < 59.95) return `${Number(seconds.toFixed(seconds < 9.95 ? 1 : 0))} s`;
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** `1 234 567` with thin spaces, which every language reads. */
export const grouped = (value: number): string => String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, '\u2009');

/** `1 event`, `2 events`. */
export const counted = (number: number, what: string): string => `${grouped(number)} ${what}${number === 1 ? '' : 's'}`;

/** `12.3 MB`: bytes in units of a thousand. */
export function bytesText(bytes: number): string {
  const [size, unit] = bytes >= 1e9 ? [1e9, 'GB'] : bytes >= 1e6 ? [1e6, 'MB'] : bytes >= 1e3 ? [1e3, 'kB'] : [1, 'B'];
  return `${Number((bytes / (size as number)).toPrecision(3))} ${unit}`;
}
