/**
 * `report.html`: a whole run as one file that asks no network for anything. Pure: the same run gives the same bytes. All that was printed by a kernel or a
 * guest is text, never markup, and a content security policy allows the page's own script and styles by their hashes and nothing else.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { STYLE } from '../picture-style.ts';
import { aboutMarkup, comparedMarkup } from './about.ts';
import type { RunContents } from './contents.ts';
import { fairShares } from './downsample.ts';
import { html, trusted } from './markup.ts';
import { headMarkup, trialsMarkup } from './overview.ts';
import { bundle } from './script.ts';
import { storiesOf } from './story.ts';
import { trialMarkup, verdictOf } from './trial.ts';

/** Points of all curves together, about 2 MB of them, and of one probe. */
const MOST_POINTS = 400_000;
const MOST_POINTS_OF_ONE = 30_000;
/** So many trials are shown open; of more only those that did not pass. */
const FEW_TRIALS = 2;

/** The page as a whole HTML document. Throws nothing of its own. */
export function htmlReport({ run, records, consoleOf, damage = [] }: RunContents): string {
  const stories = storiesOf(run, records);
  const probes = stories.flatMap((story) => story.probes);
  const shares = fairShares(
    probes.map(({ samples }) => Math.min(MOST_POINTS_OF_ONE, samples.t.length)),
    MOST_POINTS,
  );
  const most = new Map<object, number>(probes.map((probe, at) => [probe, shares[at] as number]));
  const failed = stories.some((story) => verdictOf(story) !== 'pass');
  const trials = stories.map((story, at) =>
    trialMarkup(story, {
      id: `trial-${at + 1}`,
      open: stories.length <= FEW_TRIALS || (failed ? verdictOf(story) !== 'pass' : false),
      alone: stories.length === 1 && run.reasons.length > 0,
      run,
      consoleOf,
      most,
    }),
  );
  const { script, styles } = assets();
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${[styles, STYLE].map(hashOf).join(' ')}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
${
  html`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${(run.verdict ?? 'unknown').toUpperCase()} ${run.name} · stormproof</title>
<style>${trusted(styles)}</style>
</head>
<body>
<a class="skip" href="#main">to the trials</a>
${headMarkup(run, stories)}
<main id="main" tabindex="-1">
${trialsMarkup(run, stories)}
${trials}
${comparedMarkup(run)}
${aboutMarkup(run, damage)}
</main>
<script>${trusted(script)}</script>
</body>
</html>`.text
}\n`;
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Each after those that it changes. */
const STYLES = ['colours.css', 'page.css', 'timeline.css', 'pictures.css', 'console.css', 'media.css'] as const;

let made: { readonly script: string; readonly styles: string } | undefined;

/** The page's own script and styles, uPlot's among them; read once. */
function assets(): { readonly script: string; readonly styles: string } {
  const require = createRequire(import.meta.url);
  const text = (path: string): string => readFileSync(path, 'utf8');
  made ??= {
    script: `${text(require.resolve('uplot/dist/uPlot.iife.min.js'))}\n${bundle(join(import.meta.dirname, 'client'))}`,
    styles: [require.resolve('uplot/dist/uPlot.min.css'), ...STYLES.map((name) => join(import.meta.dirname, 'styles', name))]
      .map(text)
      .join('\n'),
  };
  return made;
}
