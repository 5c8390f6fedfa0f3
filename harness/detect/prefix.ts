/**
 * What stands before a kernel message on a line: who wrote it, when, and how bad it is said to be. Every way in which kernel text reaches a
 * file has a row in FORMS; a log is read by the forms that its own first lines show.
 */

import { LINE_LIMIT_BYTES } from './lines.ts';

export interface KernelLine {
  readonly message: string;
  /** seconds since that kernel's boot */
  readonly time?: number;
  /** `T12` (task) or `C0` (CPU, in interrupt) where the kernel was built with CONFIG_PRINTK_CALLER */
  readonly caller?: string;
  /** the host's name, in a log that collects those of several */
  readonly machine?: string;
  /** written by a program: the syslog facility is not `kern` (0), or a log daemon names the program */
  readonly fromUserspace: boolean;
  /** the line itself shows that it is a kernel's. Any other may be whatever a program printed */
  readonly certain: boolean;
  /** records that are missing before this one, where they are numbered */
  readonly lost?: number;
  /** what follows on the same line from another stamp on: this line lost its end */
  readonly rest?: string;
}

export interface LineReader {
  /** The kernel's line in a text, or undefined where the text is none, or is only a part of one that goes on. */
  read(text: string): KernelLine | undefined;
  /** whether every line counts, since they are numbered */
  readonly numbered: boolean;
}

/** `[%5lu.%06lu]` of print_time() in kernel/printk/printk.c; `dmesg -d` adds the time since the line before. */
const TIME = String.raw`\[ {0,10}(?<time>\d{1,12}\.\d{6})(?: <[ \d.]{1,20}>)?\]`;
/** `dmesg -T`, `dmesg -T -d`, `dmesg --time-format=reltime|iso`: there the time since boot is lost. */
const CLOCK = String.raw`\[(?:[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}|[A-Z][a-z]{2}[ \d]\d \d\d:\d\d)(?: <[ \d.]{1,20}>)?\]|\[ *\+\d{1,8}\.\d{6}\]|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,\d{6}[+-]\d\d:\d\d(?= )`;
/** `[%*s]` of print_caller(); util-linux puts a blank before it. */
const CALLER = String.raw`(?: ?\[ {0,8}(?<caller>[TC]\d{1,10})\])?`;
/** `<level>` with console_msg_format=syslog, or `dmesg -r`; `kern  :warn  : ` of `dmesg -x`. */
const LEVEL = String.raw`(?:<(?<level>\d{1,3})>)?`;
const FACILITY = String.raw`(?:(?<facility>kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|local\d) *:(?:emerg|alert|crit|err|warn|notice|info|debug) *: )?`;
/** Not anchored: the console is shared, so that a prompt or half a line of a program may stand before it. */
const STAMP = new RegExp(`${LEVEL}${FACILITY}(?:${TIME}${CALLER}|${CLOCK}) ?`);

/** A log daemon's line (RFC 3164 or 5424, or journalctl's short forms): date, host, program. */
const DAEMON = new RegExp(
  String.raw`^(?:<\d{1,3}>)?(?:1 )?(?:[A-Z][a-z]{2} [ \d]\d(?: \d{4})? \d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,]*(?:Z|[+-]\d\d:?\d\d)?|(?<monotonic>\[ *\d+\.\d{6}\]))` +
    String.raw` (?<machine>[\w.-]{1,64}) (?<program>[^\s:[]{1,64})(?:\[\d*\])?(?::| - (?:- )*-) (?:${TIME}${CALLER} ?)?`,
);

/**
 * A record of /dev/kmsg (Documentation/ABI/testing/dev-kmsg), or of the extended netconsole, which may put the kernel's release before it
 * and cuts long records in pieces (Documentation/networking/netconsole.rst).
 */
const RECORD =
  /^(?:\d+\.\d[^,;\s]{0,64},)?(?<prio>\d{1,6}),(?<seq>\d{1,20}),(?<usec>\d{1,20}),(?<flag>[-c+])(?<more>(?:,[\w.-]+=[^,;]*){0,8});(?<text>.*)$/;
const PIECE = /,ncfrag=(\d+)\/(\d+)/;

/** A raw level before a message without any time. Programs write it too, for systemd to read (sd-daemon(3)): it proves nothing. */
const BARE_LEVEL = /^<(?<level>\d{1,3})>/;

/** What getty printed while it waits for somebody to log in, and the kernel wrote on. */
const PROMPT = /^[\w.-]{1,64} login: /;

/** LOG_FAC() of include/linux/syslog.h: facility 0 is the kernel's. */
const isUserFacility = (level: string | undefined): boolean => level !== undefined && Number(level) >= 8;

/** Between two stamps on one line that was torn by another CPU. An echo of kernel text comes later than what it repeats. */
const TORN_S = 1;

/** Text that a program passed on, as a log daemon does on a console. */
const PASSED_ON = /\bkernel(?:\[\d*\])?: $/;

const decode = (text: string): string =>
  text.includes('\\x') ? text.replaceAll(/\\x([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) : text;

/** Where in a message another line begins. */
function tornAt(message: string, time: string | undefined): number | undefined {
  if (time === undefined || !message.includes('] ')) return undefined;
  const next = STAMP.exec(message);
  if (next?.groups?.time === undefined || PASSED_ON.test(message.slice(0, next.index))) return undefined;
  const apart_s = Number(next.groups.time) - Number(time);
  return apart_s >= 0 && apart_s < TORN_S ? next.index : undefined;
}

/** How the kernel's own lines look in this log: as on a console, with the time of day, or as a daemon or the kernel's buffer writes them. */
type Form = 'console' | 'clock' | 'daemon' | 'record';

/** A reader for one log. What it remembers is the form of its lines, the last number of a record, and the pieces of one record. */
export function createLineReader(): LineReader {
  let form: Form | undefined;
  let next: number | undefined;
  let pieces: { readonly seq: number; readonly text: string } | undefined;

  const record = (text: string): KernelLine | undefined => {
    const { prio = '', seq = '', usec = '', more = '', text: body = '' } = RECORD.exec(text)?.groups ?? {};
    const number = Number(seq);
    const piece = PIECE.exec(more);
    let message = body;
    if (piece !== null) {
      const [, offset, total] = piece.map(Number) as [number, number, number];
      // a record whose pieces never end must not take all memory
      message = (offset > 0 && pieces?.seq === number ? pieces.text + body : body).slice(0, LINE_LIMIT_BYTES);
      pieces = { seq: number, text: message };
      if (Buffer.byteLength(message) < Math.min(total, LINE_LIMIT_BYTES)) return undefined;
    }
    const lost = next !== undefined && number > next ? number - next : 0;
    next = number + 1;
    const caller = /,caller=([TC]\d+)/.exec(more)?.[1];
    return {
      message: decode(message),
      time: Number(usec) / 1e6,
      ...(caller === undefined ? {} : { caller }),
      fromUserspace: isUserFacility(prio),
      certain: true,
      ...(lost === 0 ? {} : { lost }),
    };
  };

  const daemon = (text: string, match: RegExpExecArray): KernelLine => {
    const { machine, program, time = match.groups?.monotonic?.slice(1, -1), caller } = match.groups ?? {};
    return {
      message: text.slice(match[0].length),
      ...(time === undefined ? {} : { time: Number(time) }),
      ...(caller === undefined ? {} : { caller }),
      ...(machine === undefined ? {} : { machine }),
      fromUserspace: program !== 'kernel',
      certain: true,
    };
  };

  const stamped = (text: string, match: RegExpExecArray): KernelLine => {
    const { level, facility, time, caller } = match.groups ?? {};
    const message = text.slice(match.index + match[0].length);
    const torn = tornAt(message, time);
    return {
      message: torn === undefined ? message : message.slice(0, torn),
      ...(torn === undefined ? {} : { rest: message.slice(torn) }),
      ...(time === undefined ? {} : { time: Number(time) }),
      ...(caller === undefined ? {} : { caller }),
      fromUserspace: isUserFacility(level) || (facility !== undefined && facility !== 'kern'),
      certain: true,
    };
  };

  const plain = (line: string): KernelLine => {
    const text = line.replace(PROMPT, '');
    const level = BARE_LEVEL.exec(text);
    return {
      message: level === null ? text : text.slice(level[0].length),
      fromUserspace: isUserFacility(level?.groups?.level),
      certain: false,
    };
  };

  const read = (text: string): KernelLine | undefined => {
    if (form !== 'console' && form !== 'daemon' && RECORD.test(text)) {
      form = 'record';
      return record(text);
    }
    // in a log of records every other line is a record's dictionary or its second line
    if (form === 'record' && text.startsWith(' ')) return undefined;
    if (form !== 'console') {
      const match = DAEMON.exec(text);
      if (match !== null && (form === 'daemon' || match.groups?.program === 'kernel')) {
        form = 'daemon';
        return daemon(text, match);
      }
    }
    const match = text.includes(']') || text.includes(',') ? STAMP.exec(text) : null;
    if (match === null) return plain(text);
    // what a daemon prints on a console is an echo, or some other host's
    if (PASSED_ON.test(text.slice(0, match.index))) return undefined;
    const shown = match.groups?.time === undefined ? 'clock' : 'console';
    // many programs write the time of day
    if (form === 'console' && shown === 'clock') return plain(text);
    form ??= shown;
    return stamped(text, match);
  };

  return {
    read,
    get numbered() {
      return form === 'record';
    },
  };
}
