/** How often repeated trials failed, as lines for a terminal. */
import type { Run } from '../model.ts';
import { percent } from './curve-words.ts';

export function rateTexts({ rates = [] }: Pick<Run, 'rates'>): string[] {
  return rates.map(({ suite, case: name, class: size, candidate, variant, reference, of, fails, low, high }) => {
    const what = [[suite, name].filter(Boolean).join('/'), size, candidate, reference === true ? '(reference)' : undefined, variant]
      .filter(Boolean)
      .join(' ');
    if (low === null || high === null) return `${what}: none of its repetitions has a verdict`;
    const between = fails === 0 ? `below ${percent(high)}` : fails === of ? `above ${percent(low)}` : `${percent(low)} to ${percent(high)}`;
    return `${what}: failed ${fails} of ${of}: ${between}, at 95 %`;
  });
}
