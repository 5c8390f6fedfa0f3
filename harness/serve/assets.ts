/** The page's own files, as a browser takes them: the client's TypeScript without its types, styles, and the library for curves. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';

export interface Asset {
  readonly type: string;
  readonly body: string;
  readonly tag: string;
}

const CLIENT_DIR = join(import.meta.dirname, 'client');
const JAVASCRIPT = 'text/javascript; charset=utf-8';
const CSS = 'text/css; charset=utf-8';

/** Path below the server -> what is there. Made once, at the start. */
export function loadAssets(): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  const add = (path: string, type: string, body: string) =>
    assets.set(path, { type, body, tag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"` });
  for (const name of readdirSync(CLIENT_DIR)) {
    const text = (): string => readFileSync(join(CLIENT_DIR, name), 'utf8');
    if (name.endsWith('.css')) add(`/client/${name}`, CSS, text());
    else if (name.endsWith('.svg')) add(`/client/${name}`, 'image/svg+xml', text());
    else if (name.endsWith('.ts') && !name.endsWith('.test.ts')) add(`/client/${name}`, JAVASCRIPT, withoutTypes(text()));
  }
  const uplot = join(createRequire(import.meta.url).resolve('uplot'), '..');
  add('/vendor/uplot.js', JAVASCRIPT, readFileSync(join(uplot, 'uPlot.esm.js'), 'utf8'));
  add('/vendor/uplot.css', CSS, readFileSync(join(uplot, 'uPlot.min.css'), 'utf8'));
  return assets;
}

/** As Node itself runs our TypeScript. It calls the function experimental on every start, which is nothing to a person who wants to see a run. */
function withoutTypes(source: string): string {
  const emit = process.emitWarning;
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emit;
  }
}

const IMPORT_MAP = JSON.stringify({ imports: { uplot: '/vendor/uplot.js' } });

/** For the page's policy: the one inline element that it may have. */
export const IMPORT_MAP_HASH = `sha256-${createHash('sha256').update(IMPORT_MAP).digest('base64')}`;

/** The page: the same for all addresses, the client looks at which it is. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>stormproof</title>
<link rel="icon" href="/client/icon.svg">
<link rel="stylesheet" href="/vendor/uplot.css">
<link rel="stylesheet" href="/client/style.css">
<script type="importmap">${IMPORT_MAP}</script>
<script type="module" src="/client/main.ts"></script>
</head>
<body>
<noscript>This page needs JavaScript. Without it: stormproof history, and report.html in the run's directory.</noscript>
</body>
</html>
`;
