/** Settings of the front card as the kernel keeps them in /sys/class/net (Documentation/ABI/testing/sysfs-class-net). */
import { type Kind, kind, type Setting } from './tweak.ts';
import { ON_OFF, whole } from './values.ts';

const attribute = (file: string): Setting => ({
  read: `cat "/sys/class/net/$device/${file}"`,
  write: `env printf '%s\\n' "$value" > "/sys/class/net/$device/${file}"`,
});

export const CARD = {
  // RFC 8200, section 5: below 1280 bytes there is no IPv6, and the kernel takes it off the card
  mtu: kind('mtu', whole(1280, 65_535), '9000', 'bytes of the largest packet of the front card', attribute('mtu')),
  'tx-queue-len': kind(
    'tx-queue-len',
    whole(1, 1_000_000),
    '10000',
    'packets that pfifo_fast keeps for the front card',
    attribute('tx_queue_len'),
  ),
  // Documentation/networking/napi.rst
  'threaded-napi': kind('threaded-napi', ON_OFF, 'on', 'the front card is polled by a thread that the scheduler knows, not in softirq', {
    read: `case $(cat "/sys/class/net/$device/threaded") in 0) echo off;; 1) echo on;; esac`,
    write: `case $value in on) bit=1;; off) bit=0;; esac
      env printf '%s\\n' "$bit" > "/sys/class/net/$device/threaded"`,
  }),
  'napi-defer-irqs': kind(
    'napi-defer-irqs',
    whole(0, 2 ** 31 - 1),
    '2',
    'empty polls of the front card before its interrupt is on again; together with gro-flush-ns',
    attribute('napi_defer_hard_irqs'),
  ),
  'gro-flush-ns': kind(
    'gro-flush-ns',
    whole(0, 1_000_000_000),
    '20000',
    'nanoseconds until the front card is polled again without an interrupt',
    attribute('gro_flush_timeout'),
  ),
} as const satisfies Record<string, Kind>;
