/** Kernel settings below /proc/sys (Documentation/admin-guide/sysctl/ and Documentation/networking/ip-sysctl.rst). */
import type { Kind, Names } from './tweak.ts';
import { formed } from './values.ts';

const ROOTS = ['net', 'vm', 'kernel', 'fs'] as const;
/** As sysctl(8) has it: a slash stands for a dot within a word (`net.ipv6.conf.front/100.mtu`). */
const NAME = /^\w[\w-]*(\/[\w-]+)*(\.[\w-]+(\/[\w-]+)*)+$/;

/**
 * They decide what the kernel tells of its troubles. The harness sets them (harness/arm.ts); a tweak would make it blind. Not so hung_task_panic: a
 * kernel that panics has told.
 */
export const SYSCTLS_OF_THE_HARNESS =
  /^kernel\.(printk\w*|hung_task_(?!panic$)\w+|watchdog\w*|soft_watchdog|nmi_watchdog|softlockup_\w*cpu_backtrace|sysrq)$/;

const names: Names = {
  meant: /^[^:]*\./,
  complaint: (name) => {
    if (!ROOTS.some((root) => name.startsWith(`${root}.`)))
      return `is no sysctl that can be tweaked: they begin with ${ROOTS.map((root) => `${root}.`).join(' ')}`;
    if (!NAME.test(name)) return 'is no name of a sysctl: words of letters, digits, "_" and "-" with dots between them';
    return SYSCTLS_OF_THE_HARNESS.test(name) ? 'is set by stormproof itself, which needs it to see what the kernel reports' : undefined;
  },
  key: (name) => name,
};

/** What it lacks is told with what there is beside it. */
const FIND = `path=/proc/sys/$(printf %s "$key" | tr ./ /.)
case $key in net.netfilter.*) modprobe -q nf_conntrack;; esac
[ -e "$path" ] || {
  beside=$(ls "\${path%/*}" 2>/dev/null | head -n 50 | paste -sd ' ' -)
  echo "this kernel has no $key, or its module is not loaded\${beside:+; there is: $beside}"
  exit 1
}`;

export const sysctl: Kind = {
  spelling: `${ROOTS.map((root) => `${root}.…`).join('|')}=VALUE`,
  summary: 'a kernel setting below /proc/sys',
  example: 'net.ipv6.neigh.default.gc_thresh3=8192',
  names,
  values: formed('VALUE', /^[!-~]+( [!-~]+)*$/, 'a value of printable ASCII'),
  setting: {
    read: `${FIND}
      tr -s '\\t ' '  ' < "$path"`,
    write: 'sysctl -q -w "$key=$value"',
  },
};
