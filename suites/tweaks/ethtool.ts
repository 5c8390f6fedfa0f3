/** Settings of the front card itself, through ethtool(8) (Documentation/networking/ethtool-netlink.rst). Many are fixed on virtual cards. */
import { type Kind, kind, type Setting } from './tweak.ts';
import { ON_OFF, whole } from './values.ts';

/** `label` is what `ethtool <show>` prints before the value; where that stands twice, the one that counts is `below` a heading. */
function shown(show: string, label: string, set: string, below?: string): Setting {
  const range = below === undefined ? '' : `/^${below}:/,$ `;
  return {
    read: `ethtool ${show} "$device" 2>/dev/null | sed -n '${range}s/^${label}:[[:space:]]*\\([^[:space:]]*\\).*/\\1/p'`,
    write: `ethtool ${set} "$value"`,
  };
}

/** Documentation/networking/netdev-features.rst and segmentation-offloads.rst. */
const offload = (name: string, label: string, summary: string, feature = name): Kind =>
  kind(name, ON_OFF, 'off', summary, shown('-k', label, `-K "$device" ${feature}`));

const CURRENT = 'Current hardware settings';
const ring = (direction: 'rx' | 'tx', summary: string): Kind =>
  kind(`${direction}-ring`, whole(1, 65_536), '1024', summary, shown('-g', direction.toUpperCase(), `-G "$device" ${direction}`, CURRENT));

const coalescing = (parameter: string, example: string, summary: string): Kind =>
  kind(`coalesce-${parameter}`, whole(0, 1_000_000), example, summary, shown('-c', parameter, `-C "$device" ${parameter}`));

export const ETHTOOL = {
  channels: kind(
    'channels',
    whole(1, 1024),
    '2',
    'combined queues of the front card',
    shown('-l', 'Combined', '-L "$device" combined', CURRENT),
  ),
  'rx-ring': ring('rx', 'frames that the front card can hold until the kernel takes them'),
  'tx-ring': ring('tx', 'frames that the front card can hold until they are sent'),
  'coalesce-rx-usecs': coalescing('rx-usecs', '50', 'microseconds that the interrupt for received frames may wait'),
  'coalesce-rx-frames': coalescing('rx-frames', '32', 'received frames that the interrupt may wait for'),
  'coalesce-tx-usecs': coalescing('tx-usecs', '50', 'microseconds that the interrupt for sent frames may wait'),
  'coalesce-tx-frames': coalescing('tx-frames', '32', 'sent frames that the interrupt may wait for'),
  'coalesce-adaptive-rx': kind(
    'coalesce-adaptive-rx',
    ON_OFF,
    'on',
    'the interrupt for received frames waits longer the more there are',
    shown('-c', 'Adaptive RX', '-C "$device" adaptive-rx'),
  ),
  gro: offload('gro', 'generic-receive-offload', 'received packets of one flow are merged before the stack sees them'),
  'gro-hw': offload('gro-hw', 'rx-gro-hw', 'the card merges received packets of one flow', 'rx-gro-hw'),
  lro: offload('lro', 'large-receive-offload', 'the card merges received packets, beyond what can be forwarded again'),
  gso: offload('gso', 'generic-segmentation-offload', 'large packets are split only just before the card'),
  tso: offload('tso', 'tcp-segmentation-offload', 'the card splits large TCP packets'),
} as const satisfies Record<string, Kind>;
