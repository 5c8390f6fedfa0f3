/** What packet filter rules can spare a host (nft(8)). */
import type { Kind } from './tweak.ts';
import { oneOf } from './values.ts';

const TABLE = 'stormproof_notrack';
/** The priority `raw` (-300) is before connection tracking (-200), and behind the reassembly of fragments (-400): see netfilter_ipv6.h. */
const CHAINS = ['prerouting', 'output'];

const commands = CHAINS.flatMap((hook) => [
  `add chain ip6 ${TABLE} ${hook} { type filter hook ${hook} priority raw; }`,
  `add rule ip6 ${TABLE} ${hook} notrack`,
]);

/**
 * All of IPv6 and not only what comes in by the front card: behind a bridge the card is not to be seen any more, and a tenant's answers to what
 * was not tracked would be tracked.
 */
export const notrack: Kind = {
  spelling: 'notrack=on',
  summary: 'no IPv6 packet is tracked as part of a connection',
  example: 'notrack=on',
  values: oneOf('on'),
  setting: {
    read: `command -v nft >/dev/null || { echo 'there is no nft (package nftables)'; exit 1; }
      case $(nft list table ip6 ${TABLE} 2>/dev/null | grep -c '^[[:space:]]*notrack$') in ${CHAINS.length}) echo on;; *) echo off;; esac`,
    write: `nft '${[`add table ip6 ${TABLE}`, ...commands].join('; ')}'`,
  },
};
