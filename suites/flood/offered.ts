/** How much a flood is to offer, as a person says it: packets/s, bit/s, or a share of what the link carries. */
import { UsageError } from '../../results/errors.ts';
import { lineRate_pps, type Mix, packetRate_pps } from './sizes.ts';

export type Offered =
  | { readonly kind: 'packets'; readonly rate_pps: number }
  | { readonly kind: 'bits'; readonly rate_bps: number }
  /** 1 is line rate */
  | { readonly kind: 'line'; readonly share: number };

/** Decimal, as rates are. */
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 };
/** Above what any link carries, in bit/s: what is more is a slip. */
const MOST = 1e15;
const FORM = /^(\d+(?:\.\d+)?)\s*(?:(%)|([kMG]?)(bit)?(?:\/s)?)$/;

/** Reads `120000`, `120k`, `800Mbit`, `50%`. Throws UsageError for anything else, and for nothing. */
export function parseOffered(text: string): Offered {
  const [, digits, percent, unit = '', bit] = FORM.exec(text.trim()) ?? [];
  const value = Number(digits) * (UNITS[unit] as number);
  const least = percent === undefined && bit === undefined ? 1 : Number.MIN_VALUE;
  if (digits === undefined || !(value >= least && value <= MOST) || (percent !== undefined && value > 100))
    throw new UsageError(
      `a load is packets/s (120000, 120k), bit/s (800Mbit) or a share of line rate (50%), above nothing, not "${text.slice(0, 40)}"`,
    );
  if (percent !== undefined) return { kind: 'line', share: value / 100 };
  return bit === undefined ? { kind: 'packets', rate_pps: value } : { kind: 'bits', rate_bps: value };
}

/** `120000 packets/s`, `800 Mbit/s`, `50 % of line rate` */
export function offeredInWords(offered: Offered): string {
  if (offered.kind === 'packets') return `${offered.rate_pps} packets/s`;
  return offered.kind === 'bits' ? `${offered.rate_bps / 1e6} Mbit/s` : `${offered.share * 100} % of line rate`;
}

/** In packets/s of a mix, whole ones, at least one, and never more than the link carries of it. */
export function ratePps(offered: Offered, mix: Mix, link_bps: number): number {
  const line_pps = lineRate_pps(link_bps, mix);
  const asked_pps =
    offered.kind === 'packets'
      ? offered.rate_pps
      : offered.kind === 'bits'
        ? packetRate_pps(mix, offered.rate_bps)
        : offered.share * line_pps;
  return Math.max(1, Math.min(line_pps, Math.round(asked_pps)));
}
