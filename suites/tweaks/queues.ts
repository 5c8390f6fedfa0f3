/** How received packets are spread over CPUs, and packets to be sent are queued (Documentation/networking/scaling.rst, tc(8)). */
import type { Kind } from './tweak.ts';
import { formed, oneOf, type Values } from './values.ts';

const QUEUES = '"/sys/class/net/$device/queues"';

/** A mask of all CPUs that are online, in groups of 32 as bitmap_parse (lib/bitmap-str.c) wants it; a hexadecimal digit has four of them. */
const ONLINE = `awk -F, '
  {
    for (i = 1; i <= NF; i++) {
      ends = split($i, range, "-")
      for (cpu = range[1] + 0; cpu <= range[ends] + 0; cpu++) { digit[int(cpu / 4)] += 2 ^ (cpu % 4); last = cpu }
    }
    for (at = int(last / 4); at >= 0; at--) printf("%x%s", digit[at], (at % 8 || !at) ? "" : ",")
  }' /sys/devices/system/cpu/online`;
const MASK = `mask() { case $value in on) ${ONLINE};; off) echo 0;; *) printf '%s\\n' "$value";; esac; }
short() { tr -d , | sed 's/^0*\\(.\\)/\\1/'; }`;

/** The kernel rounds up to powers of two (rps_sock_flow_sysctl in net/core/sysctl_net_core.c), so nothing else can be had; 2^29 is its most. */
const ENTRIES: Values = {
  spelling: 'ENTRIES',
  complaint: (value) => {
    const entries = Number(value);
    const good = /^(0|[1-9]\d*)$/.test(value) && entries <= 2 ** 29 && (entries === 0 || Number.isInteger(Math.log2(entries)));
    return good ? undefined : `is a power of two up to ${2 ** 29}, or 0, not "${value}"`;
  },
};

/** Those that work without options, as `net.core.default_qdisc` asks of them. */
const QDISCS = oneOf('fq_codel', 'pfifo_fast', 'fq', 'pfifo', 'bfifo', 'sfq', 'codel', 'pie', 'fq_pie', 'cake', 'noqueue');

export const QUEUEING = {
  rps: {
    spelling: 'rps=on|off|MASK',
    summary: 'receive packet steering: which CPUs handle what any queue of the front card received',
    example: 'rps=on',
    values: formed('on|off|MASK', /^(on|off|[0-9a-f]{1,8}(,[0-9a-f]{8})*)$/, 'on, off or a mask of CPUs (3, ff, 1,00000000)'),
    setting: {
      read: `${MASK}
        for queue in ${QUEUES}/rx-*; do short < "$queue/rps_cpus"; done | sort -u | paste -sd ' ' -`,
      write: `${MASK}
        for queue in ${QUEUES}/rx-*; do env printf '%s\\n' "$(mask)" > "$queue/rps_cpus"; done`,
      want: `${MASK}
        mask | short`,
    },
  },
  rfs: {
    spelling: 'rfs=ENTRIES',
    summary: 'receive flow steering: packets go to the CPU that their flow is read on',
    example: 'rfs=32768',
    values: ENTRIES,
    setting: {
      // its share of the entries for each queue, or what there is instead
      read: `entries=$(cat /proc/sys/net/core/rps_sock_flow_entries)
        counts=$(cat ${QUEUES}/rx-*/rps_flow_cnt)
        queues=$(echo "$counts" | wc -l)
        share=0
        [ "$entries" -eq 0 ] || share=1
        while [ $((share * queues)) -lt "$entries" ]; do share=$((share * 2)); done
        each=$(echo "$counts" | sort -u | paste -sd ' ' -)
        if [ "$each" = "$share" ]; then echo "$entries"; else echo "$entries with $each for a queue"; fi`,
      write: `set -- ${QUEUES}/rx-*
        sysctl -q -w net.core.rps_sock_flow_entries="$value"
        for queue; do env printf '%s\\n' $(((value + $# - 1) / $#)) > "$queue/rps_flow_cnt"; done`,
    },
  },
  qdisc: {
    spelling: 'qdisc=NAME',
    summary: 'queueing discipline of the front card, of each of its queues where it has several',
    example: 'qdisc=fq',
    values: { ...QDISCS, spelling: 'NAME' },
    setting: {
      read: `tc qdisc show dev "$device" | awk '$2 != "mq" && $2 != "ingress" && $2 != "clsact" { print $2 }' | sort -u | paste -sd ' ' -`,
      write: `set -- ${QUEUES}/tx-*
        if [ $# -eq 1 ] || [ "$value" = noqueue ]; then tc qdisc replace dev "$device" root "$value"; exit; fi
        tc qdisc replace dev "$device" root handle 1: mq
        for queue; do tc qdisc replace dev "$device" parent "1:$(printf %x $((\${queue##*-} + 1)))" "$value"; done`,
    },
  },
} as const satisfies Record<string, Kind>;
