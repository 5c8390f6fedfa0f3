/**
 * Colours of the pictures: those of Okabe and Ito, which people with any colour vision tell apart (https://jfly.uni-koeln.de/color/), darkened on
 * light paper and lightened on dark where they would be faint. Shapes and dashes say the same as the colours do. Rules and no variables, since
 * not every program that shows an SVG knows those.
 */

interface Palette {
  readonly paper: string;
  readonly ink: string;
  readonly soft: string;
  readonly grid: string;
  readonly panel: string;
  readonly beyond: string;
  readonly ok: string;
  readonly loss: string;
  readonly failed: string;
  readonly survival: string;
  readonly series: readonly [string, string, string, string];
}

const LIGHT: Palette = {
  paper: '#ffffff',
  ink: '#1a1a1a',
  soft: '#5a5a5a',
  grid: '#dcdcdc',
  panel: '#f7f7f7',
  beyond: '#d55e00',
  ok: '#0072b2',
  loss: '#b37400',
  failed: '#c04000',
  survival: '#00795a',
  series: ['#0072b2', '#b37400', '#00795a', '#a8568a'],
};

const DARK: Palette = {
  paper: '#16181c',
  ink: '#f0f0f0',
  soft: '#b0b4ba',
  grid: '#3a3e45',
  panel: '#1e2126',
  beyond: '#ff8a4a',
  ok: '#56b4e9',
  loss: '#e69f00',
  failed: '#ff7f3f',
  survival: '#2fc99c',
  series: ['#56b4e9', '#e69f00', '#2fc99c', '#e59cc6'],
};

function rules(palette: Palette): string {
  const rule = (selector: string, body: string): string => `.picture ${selector}{${body}}`;
  return [
    rule('.paper', `fill:${palette.paper}`),
    rule('.panel', `fill:${palette.panel}`),
    rule('.grid', `stroke:${palette.grid}`),
    rule('.axis', `stroke:${palette.soft}`),
    rule('text', `fill:${palette.ink}`),
    rule('.soft', `fill:${palette.soft}`),
    rule('.halo', `stroke:${palette.paper}`),
    rule('.beyond', `fill:${palette.beyond}`),
    ...(['ok', 'loss', 'failed', 'survival'] as const).flatMap((name) => [
      rule(`.fill-${name}`, `fill:${palette[name]}`),
      rule(`.line-${name}`, `stroke:${palette[name]}`),
    ]),
    ...palette.series.flatMap((colour, at) => [rule(`.fill-series${at}`, `fill:${colour}`), rule(`.line-series${at}`, `stroke:${colour}`)]),
  ].join('\n');
}

export const STYLE = `
.picture{max-width:100%;height:auto;font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
.picture .title{font-size:19px;font-weight:600}
.picture .head{font-weight:600}
.picture .compact{display:none;font-size:12px}
.picture .compact .title{font-size:15px}
.picture .halo{stroke-width:4px;stroke-linejoin:round;paint-order:stroke}
.picture .beyond{fill-opacity:.13}
.picture .curve{fill:none;stroke-width:2px;stroke-linejoin:round}
.picture .fit{fill:none;stroke-width:1.2px}
.picture .mark{fill:none;stroke-width:1.8px}
.picture .grid,.picture .axis{fill:none;stroke-width:1px}
.picture .cross{fill:none;stroke-width:2.5px}
${rules(LIGHT)}
@media (prefers-color-scheme:dark){
${rules(DARK)}
}
@media (max-width:520px){
.picture .wide{display:none}
.picture .compact{display:inline}
}
`;
