/** What each tenant got of the pool that it shares, who did it, and what was held of each grade's promises. */
import type { Interval } from '../../confidence.ts';
import type { Held, HeldRate } from '../../grades.ts';
import type { TenantShare, TenantWork } from '../../pool.ts';
import { culpritTexts } from '../culprit-text.ts';
import { latency, percent } from '../curve-words.ts';
import { bar, shareBar } from './bars.ts';
import { html, type Markup } from './markup.ts';
import type { Story } from './story.ts';
import { type Cell, folded, part, sentences, table } from './table.ts';
import { bytesText, grouped } from './words.ts';

export function poolPart({ result }: Story): Markup | undefined {
  const pool = result?.pool;
  if (pool === undefined) return undefined;
  const compared = pool.policies.length > 1;
  const aloneOf = (tenant: string): TenantWork | undefined => pool.alone.find((each) => each.tenant === tenant)?.work;
  return part(3, 'What each tenant got', [
    table({
      caption: `Shares of the pool while all were at work${compared ? ', under each policy' : ''}; medians, in brackets their 95 % confidence interval`,
      head: [
        ...(compared ? ['policy'] : []),
        'tenant',
        'part',
        '#of the pool',
        '',
        '#held of its own',
        '',
        '#work/s',
        '#alone',
        '#p50',
        '#p99',
        '#p99.99',
        '#longest',
        '#starved',
      ],
      rows: pool.policies.flatMap(({ policy, tenants }) =>
        tenants.map((tenant) => [...(compared ? [policy ?? 'as it is'] : []), ...tenantRow(tenant, aloneOf(tenant.tenant))]),
      ),
    }),
    table({
      caption:
        'How evenly: Jain\u2019s index is 1 where everybody is slowed alike; the pool used is what all wrote together, of the most that one wrote alone',
      head: ['policy', '#rounds', "#Jain's index", '#by weight', "#victims' p99", '#against the first', '#pool used'],
      rows: pool.policies.map(({ policy, rounds, jain, jainByWeight, victims_p99_ms, victims_p99_ratio, conserved }) => [
        policy ?? 'as it is',
        rounds,
        interval(jain, (value) => value.toFixed(2)),
        interval(jainByWeight, (value) => value.toFixed(2)),
        interval(victims_p99_ms, latency),
        interval(victims_p99_ratio, (value) => `${value.toFixed(2)}\u00d7`),
        interval(conserved, percent),
      ]),
    }),
    sentences(pool.notTried.map(({ policy, why }) => `${policy} was not tried: ${why}`)),
  ]);
}

function tenantRow({ tenant, storms, ...share }: TenantShare, alone: TenantWork | undefined): Cell[] {
  return [
    tenant,
    storms ? 'storms' : 'victim',
    interval(share.share, percent),
    share.share === null ? '' : shareBar(share.share.median, storms ? 'storm' : 'good'),
    interval(share.held, percent),
    share.held === null ? '' : shareBar(share.held.median, 'good'),
    interval(share.writes_per_s, grouped),
    alone === undefined ? '–' : grouped(alone.writes_per_s),
    interval(share.p50_ms, latency),
    interval(share.p99_ms, latency),
    interval(share.p9999_ms, latency),
    latency(share.longest_ms),
    share.starved_s === null ? '–' : `${share.starved_s} s`,
  ];
}

function interval(value: Interval | null, figure: (value: number) => string): string {
  if (value === null) return '–';
  const { median, low, high } = value;
  return `${figure(median)}${low === null || high === null ? '' : ` (${figure(low)} to ${figure(high)})`}`;
}

export function culpritPart({ result }: Story): Markup | undefined {
  const culprits = result?.culprits;
  if (result === undefined || culprits === undefined) return undefined;
  const quietOf = (tenant: string): number | null => culprits.accused.find((each) => each.tenant === tenant)?.quietShare ?? null;
  return part(3, 'Who did it', [
    sentences(culpritTexts(result)),
    folded('the figures', [
      table({
        caption: "Shares of the pool's work while anybody suffered; the mark is what it was when nobody did",
        head: ['tenant', '#share', '', '#suffered'],
        rows: culprits.tenants.map(({ tenant, share, suffered_s }) => [
          tenant,
          share === null ? '–' : percent(share),
          share === null ? '' : bar([{ from: 0, to: share, colour: 'storm' }], quietOf(tenant) ?? undefined),
          `${suffered_s} s`,
        ]),
      }),
    ]),
  ]);
}

export function gradesPart({ result }: Story): Markup | undefined {
  const grades = result?.grades;
  if (grades === undefined) return undefined;
  const rate = (held: HeldRate | null, figure: (value: number) => string): string =>
    held === null ? '–' : `${figure(held.median)} (${percent(held.share)} of seconds)`;
  const row = (name: string, when: string, { iops, bytes_per_s, p99_ms }: Held): Cell[] => [
    name,
    when,
    rate(iops, grouped),
    rate(bytes_per_s, (value) => `${bytesText(value)}/s`),
    p99_ms === null ? '–' : latency(p99_ms),
  ];
  return part(3, 'What was held of each grade', [
    table({
      caption: 'Promises of each grade of storage and what was held of them; in brackets the share of seconds in which a rate was',
      head: ['grade', 'when', '#IOPS', '#throughput', '#p99'],
      rows: grades.grades.flatMap(({ promised: { name, iops, bytes_per_s, p99_ms }, idle, storms }) => [
        [
          html`<b>${name}</b>`,
          'promised',
          iops === undefined ? '–' : grouped(iops),
          bytes_per_s === undefined ? '–' : `${bytesText(bytes_per_s)}/s`,
          p99_ms === undefined ? '–' : latency(p99_ms),
        ],
        row(name, 'idle', idle),
        ...storms.map(({ policy, held }) => row(name, policy === null ? 'storm' : `storm, ${policy}`, held)),
      ]),
    }),
    sentences(grades.notTried.map(({ policy, why }) => `${policy} was not tried: ${why}`)),
  ]);
}
