/** What stands before a kernel message on a line: level, time since boot, and who printed it. */

export interface KernelLine {
  readonly message: string;
  /** seconds since that kernel's boot */
  readonly time?: number;
  /** `T12` (task) or `C0` (CPU, in interrupt) where the kernel was built with CONFIG_PRINTK_CALLER */
  readonly caller?: string;
  /** written through /dev/kmsg by a program: the syslog facility is not `kern` */
  readonly fromUserspace: boolean;
}

/**
 * `[%5lu.%06lu]` of print_time() in kernel/printk/printk.c, before it `<level>` with console_msg_format=syslog, after it
 * `[%*s]` of print_caller(). Not anchored: the console is shared, so that a prompt or half a line of a program may stand before it.
 */
const STAMP = /(?:<(\d{1,3})>)?\[ {0,10}(\d{1,10}\.\d{6})\](?:\[ {0,8}([TC]\d{1,10})\])? ?/;

/** The same line as `dmesg -T` prints it; there the time since boot is lost. */
const DMESG_T = /^\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\] /;

/** A log daemon's line (`Nov 22 18:38:11 host kernel: `, or an ISO date) or a raw level; only for logs without timestamps. */
const PLAIN = /^(?:(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ][\d:.,]+\S{0,6}) (?:\S{1,64} )?kernel: |<(\d{1,3})>)/;

const isUserFacility = (level: string | undefined): boolean => level !== undefined && Number(level) >= 8;

/** The kernel's line in `text`, or undefined where no timestamp stands in it. */
export function parseStamped(text: string): KernelLine | undefined {
  if (!text.includes(']')) return undefined;
  const stamp = STAMP.exec(text);
  if (stamp !== null) {
    const message = text.slice(stamp.index + stamp[0].length);
    const time = Number(stamp[2]);
    const fromUserspace = isUserFacility(stamp[1]);
    return stamp[3] === undefined ? { message, time, fromUserspace } : { message, time, caller: stamp[3], fromUserspace };
  }
  const human = DMESG_T.exec(text);
  return human === null ? undefined : { message: text.slice(human[0].length), fromUserspace: false };
}

/** `text` as a kernel line of a log that keeps no timestamps. `marked` says that the line itself claims to be the kernel's. */
export function parsePlain(text: string): KernelLine & { readonly marked: boolean } {
  const prefix = PLAIN.exec(text);
  return {
    message: prefix === null ? text : text.slice(prefix[0].length),
    fromUserspace: isUserFacility(prefix?.[1]),
    marked: prefix !== null,
  };
}
