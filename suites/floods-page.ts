/** The page about floods, made from the tables of vectors and of tweaks. `npm run docs` writes it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ANYWHERE } from './flood/anywhere.ts';
import { meanFrame_bytes, mixOf } from './flood/sizes.ts';
import type { Effect, Path, Vector } from './flood/vector.ts';
import { VECTORS } from './flood/vectors.ts';
import { KINDS } from './tweaks/kinds.ts';
import type { Kind } from './tweaks/tweak.ts';

export const FLOODS_PAGE = join(import.meta.dirname, '..', 'docs', 'floods.md');
const STARTING_SET = join(import.meta.dirname, 'tweaks', 'starting-set.yaml');

const INTRODUCTION = `# Floods

Every vector of \`ipv6-flood\`: what it attacks, the size of its frames, what the head is set to before, and by which of the head's own counters it
is seen that it did what it says. A vector whose effect is not seen makes its trial \`unknown\`. Ask for one as \`ipv6-flood/VECTOR\`, through the head to
a tenant behind it as \`ipv6-flood/VECTOR/PATH\`. This page is made from the program's own tables (\`npm run docs\`).

Where traffic goes: by default to the head itself. \`bridge\`: bridged to a tenant behind a tap; \`route\`: forwarded to it; \`conntrack\`:
forwarded, and each connection tracked. \`tcp-established\` is made by iperf3, with 16 flows, on all of these.
`;

/** The page as Markdown. */
export function floodsPage(): string {
  return [
    INTRODUCTION,
    '| vector | attacks | frame, mean bytes | paths | seen by |',
    '| --- | --- | --- | --- | --- |',
    ...Object.entries<Vector>(VECTORS).map(([name, vector]) => row(name, vector)),
    '',
    '## Tweaks',
    '',
    'What `--tweak NAME=VALUE` may change on a candidate before it is measured. Each is read back, or, of a boot parameter without a dot, shown to have been given and not refused: one that did not take is never reported as tried.',
    '',
    '| spelling | means | example |',
    '| --- | --- | --- |',
    ...Object.values<Kind>(KINDS).map(
      ({ spelling, summary, example }) => `| \`${escaped(spelling)}\` | ${summary} | \`${escaped(example)}\` |`,
    ),
    '',
    '## The starting set',
    '',
    '`--tweaks starting-set` tries these one after the other against the untweaked host, on the same vector. A file of your own has the same form.',
    '',
    '```yaml',
    readFileSync(STARTING_SET, 'utf8').trimEnd(),
    '```',
    '',
  ].join('\n');
}

function row(name: string, vector: Vector): string {
  const paths = vector.paths.filter((path) => path !== 'to').join(', ') || 'only to the head';
  const ways = vector.paths.includes('to') ? paths : `only ${paths}`;
  const first = vector.paths[0] as Path;
  return `| \`${name}\` | ${escaped(vector.summary)} | ${Math.round(meanFrame_bytes(mixOf(vector.streams(ANYWHERE, 1))))} | ${ways} | ${vector.effects(first).map(seen).join(', ')} |`;
}

const seen = ({ counter, of }: Effect): string => `\`${counter}\`${of === 'peak' ? ' (highest)' : ''}`;

const escaped = (text: string): string => text.replaceAll('|', '\\|');

if (process.argv[1] === import.meta.filename) writeFileSync(FLOODS_PAGE, floodsPage());
