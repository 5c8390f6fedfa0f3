/** The page about events, made from the table and from what kinds.ts says. `npm run docs` writes it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventClass } from '../../results/model.ts';
import { KINDS, type Kind } from './kinds.ts';
import { type Row, TABLE } from './table.ts';

export const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'events.md');

const HEADINGS: Readonly<Record<EventClass, string>> = {
  crash: 'Crashes',
  hang: 'Hangs',
  memory: 'Memory',
  network: 'Network',
  storage: 'Storage',
  hardware: 'Hardware',
  lifecycle: 'Life of a host',
};

const INTRODUCTION = `# Events

Every kind of event that \`stormproof\` recognises in a kernel's text: what it means for a host, what usually causes it, and the words by which it is
known, with the kernel versions that use them. A crash or hang makes \`stormproof scan\` exit with 1 and a trial fail. This page is made from the
detector's own table (\`npm run docs\`).
`;

/** A row with its words, as the table has it. */
type Worded = Row & { readonly versions: string; readonly example: string };

/** The page as Markdown. */
export function page(): string {
  const rows: readonly Worded[] = TABLE;
  const sections = Object.entries(HEADINGS).map(([of, heading]) => {
    const kinds = [...new Set(rows.filter((row) => row.class === of).map(({ kind }) => kind))];
    return `## ${heading}\n\n${kinds.map((kind) => section(kind, rows)).join('\n')}`;
  });
  return [INTRODUCTION, contents(rows), ...sections].join('\n');
}

function contents(rows: readonly Worded[]): string {
  const lines = Object.entries(HEADINGS).map(([of, heading]) => {
    const kinds = [...new Set(rows.filter((row) => row.class === of).map(({ kind }) => kind))];
    return `| ${heading} | ${kinds.map((kind) => `[${kind}](#${kind})`).join(', ')} |`;
  });
  return `| class | kinds |\n| --- | --- |\n${lines.join('\n')}\n`;
}

function section(kind: Kind, rows: readonly Worded[]): string {
  const { means, cause } = KINDS[kind];
  const lines = rows.filter((row) => row.kind === kind).map(({ versions, example }) => `${versions.padEnd(10)} ${example}`);
  return `### ${kind}\n\n${means} Usual cause: ${cause.replace(/^[A-Z](?![A-Z_])/, (first) => first.toLowerCase())}\n\n\`\`\`text\n${lines.join('\n')}\n\`\`\`\n`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, page());
