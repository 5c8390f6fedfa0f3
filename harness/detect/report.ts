/** The lines of one report, from the line that opens it through its call trace, and when it is over. */
import { isFrame, TRACE_START } from './frames.ts';

/** A register dump with a trace is about 80 lines; a stack that ran over has a trace of some 700. */
const REPORT_LIMIT_LINES = 1000;
/** Lines of other CPUs that may fall between a header and its trace, and between the frames while none said anything yet. */
const STRANGER_LIMIT_LINES = 256;

export interface Report {
  readonly messages: string[];
  endLine: number;
  sawTrace: boolean;
  strangers: number;
}

export const openReport = (message: string, line: number): Report => ({
  messages: [message],
  endLine: line,
  sawTrace: false,
  strangers: 0,
});

/** What oops, WARN, stall and sanitizer reports are made of, beside frames. Lines that begin with a space belong by their form. */
const PART = new RegExp(
  `^(?:${[
    String.raw`\s|$|CPU: |CPU\d|Hardware name: |Comm: |Modules linked in|Workqueue: |task:|task\S* |Stopper: |Code: |Call [Tt]race|Backtrace|Stack:?`,
    String.raw`RIP: |RSP: |[RE][A-Z0-9]{2}: |IP: |CR\d|DR\d|[CDEFGS]S: ?|CS: |EFLAGS|PGD |PKRU|#PF|Mem abort|Data abort|user pgtable|swapper pgtable|\[[0-9a-f]{8,16}\]`,
    String.raw`pstate|pc : |lr : |sp : |pmr_save|x\d+ *: |PC is at|LR is at|epc : |ra : |Unwind|Register `,
    String.raw`Oops|Internal error|invalid opcode|kasan: |KASAN: |Dumping ftrace|Kernel Offset|Rebooting in|---\[|irq event|hardirqs last|softirqs last`,
    String.raw`Sending NMI|NMI backtrace|INFO: task .* blocked on|INFO: lockdep is turned off|Showing all locks|\d+ locks? held|"echo 0 >|=+$|-+$|rcu: |rcu_|\(detected by|\(t=`,
    String.raw`Read of size|Write of size|Allocated by|Freed by|The buggy|Memory state|page:|page |raw:|flags:|head:|which belongs|Last potentially|Second to last|>?ffff|Uninit|Bytes |Object |Disabling lock|\S.* (?:is trying|but task|which lock|the existing|other info|Possible|stack backtrace)|no locks held|Mem-Info|Node \d|active_anon|lowmem_reserve|Total swap|Free swap|\d+ pages`,
  ].join('|')})`,
);

/** Not a fault, but with a trace of its own, which would be taken for the report's (lib/fault-inject.c, mm/vmalloc.c, mm/memory.c). */
const INTRUDER = /^FAULT_INJECTION: forcing a failure|vmalloc: allocation failure:|FAULT_FLAG_ALLOW_RETRY missing/;

/** True when the message ended the report and belongs to it. */
export const isLastLine = (message: string): boolean => /^---\[ end (?:trace|Kernel panic)/.test(message);

/** Adds a message where it belongs. False means that the report was over before it. `isSettled` tells whether a function is known. */
export function addTo(report: Report, message: string, line: number, isSettled: () => boolean): boolean {
  if (report.messages.length >= REPORT_LIMIT_LINES || INTRUDER.test(message)) return false;
  const isPart = PART.test(message) || isFrame(message);
  if (!isPart) {
    report.strangers += 1;
    if (report.strangers > STRANGER_LIMIT_LINES || (report.sawTrace && isSettled())) return false;
  }
  if (TRACE_START.test(message)) report.sawTrace = true;
  report.messages.push(message);
  report.endLine = line;
  return true;
}
