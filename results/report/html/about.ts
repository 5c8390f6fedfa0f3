/** What was tested, on what, and how to do it again. */
import { comparisonWithin } from '../../compare/against.ts';
import type { Comparison } from '../../compare/model.ts';
import type { Run } from '../../model.ts';
import { comparisonTexts } from '../compare-text.ts';
import { renderScalingSvg } from '../scaling-svg.ts';
import { measureText } from '../scaling-words.ts';
import { renderVariants } from '../variants-text.ts';
import { html, type Markup, trusted } from './markup.ts';
import { facts, folded, part, sentences, table } from './table.ts';
import { bytesText, grouped } from './words.ts';

const VARIANTS_WIDTH = 110;

/** Kernels and sets of tweaks against each other, and growth with the size of the host; nothing where none was tried. */
export function comparedMarkup(run: Run): Markup {
  const comparison = comparisonWithin(run);
  const variants = renderVariants(run.trials, VARIANTS_WIDTH, (_verdict, text) => text);
  const picture = renderScalingSvg(run);
  const figures = (run.scaling?.measures ?? []).map((measure) => `${measure.candidate}: ${measureText(measure)}`);
  const sets =
    variants.length === 0
      ? undefined
      : html`<div class="scroll" role="region" aria-label="sets of tweaks" tabindex="0"><pre>${variants.map((line) => html`${line}\n`)}</pre></div>`;
  // the picture's texts are escaped where it is made
  const growth = picture === undefined ? undefined : html`<figure class="picture-frame">${trusted(picture)}</figure>`;
  return html`${part(2, 'The two kernels compared', [comparison === undefined ? undefined : differencesMarkup(comparison)], 'kernels')}${part(2, 'Sets of tweaks', [sets], 'tweaks')}${part(2, 'Time over memory', [growth, folded('the figures', [sentences(figures)])], 'growth')}`;
}

/** A row for each difference, and for what more there is to say. */
const differencesMarkup = (comparison: Comparison): Markup | undefined =>
  table({
    caption:
      'What is worse, better or new on the candidate (B) than on the other kernel (A), pair by pair of their trials; no verdict rests on it',
    head: ['', 'what', 'by how much'],
    rows: comparisonTexts(comparison, true).map(({ label, texts: [what = '', ...more] }) => [label, what, more.join('; ')]),
  });

export function aboutMarkup(run: Run, damage: readonly string[]): Markup {
  const several = run.candidates.length > 1;
  return html`${part(
    2,
    'How to do it again',
    [
      html`<pre class="command" tabindex="0">${commandOf(run)}</pre>`,
      html`<p class="soft">The same kernel has these hashes (SHA-256):</p>`,
      table({
        caption: 'Files of the kernels that were tested',
        head: ['file', ...(several ? ['kernel'] : []), 'role', '#size', 'SHA-256'],
        rows: run.candidates.flatMap(({ release, files }) =>
          files.map(({ name, role, bytes, sha256 }) => [
            name,
            ...(several ? [release] : []),
            role,
            bytesText(bytes),
            html`<code>${sha256}</code>`,
          ]),
        ),
      }),
      sentences(run.candidates.map(({ version }) => version)),
    ],
    'again',
  )}
${part(
  2,
  'What was tested, and what was not',
  [
    run.scope === undefined ? undefined : html`<p>In the ${run.scope.kind}, not on metal. A figure holds for that and no more.</p>`,
    sentences([...(run.scope?.emulated ?? []), ...run.notes]),
  ],
  'scope',
)}
${part(
  2,
  'Host and versions',
  [
    facts(
      Object.entries(run.host).map(
        ([name, value]) => [name.replaceAll('_', ' '), typeof value === 'number' ? grouped(value) : value] as const,
      ),
    ),
    facts(Object.entries(run.versions)),
  ],
  'host',
)}
${part(
  2,
  'About this page',
  [
    facts([
      ['run', run.id],
      ['started', run.started],
      ['finished', run.finished ?? 'not seen to end'],
      ['record', damage.length === 0 ? 'whole' : `damaged: ${damage.join('; ')}`],
    ]),
    html`<p class="soft">Made from run.json, history.jsonl and console/ of the run's directory alone, and the same byte for byte each time. It asks no network for anything. How a verdict comes about is told in docs/verdict.md of stormproof. The curves are drawn by uPlot, © Leon Sorokin, under the MIT licence.</p>`,
  ],
  'page',
)}`;
}

/** The command line with its seed, without a directory that must be new. */
export function commandOf({ argv, seed }: Pick<Run, 'argv' | 'seed'>): string {
  const words = argv.flatMap((word, at) => (word === '--out' || argv[at - 1] === '--out' || word.startsWith('--out=') ? [] : [word]));
  const seeded = words.some((word) => word === '--seed' || word.startsWith('--seed='));
  return ['./stormproof', ...words, ...(seeded || words.length === 0 ? [] : ['--seed', String(seed)])].map(quoted).join(' ');
}

/** For a POSIX shell. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
