/** Panics by their text: how the title reads without what changes from case to case, and which events a panic merely follows from. */

interface PanicText {
  readonly pattern: RegExp;
  /** `$1`, `$<name>` as in String.replace; the whole text stays where it is missing */
  readonly title?: string;
  readonly follows?: readonly string[];
}

const FAULTS = ['oops', 'bug', 'list_corruption', 'kasan', 'kfence', 'kmsan'] as const;

const PANICS: readonly PanicText[] = [
  { pattern: /^Fatal exception.*/, title: 'Fatal exception', follows: FAULTS },
  { pattern: /^hung_task: blocked tasks.*/, title: 'hung_task: blocked tasks', follows: ['hung_task'] },
  { pattern: /^softlockup: hung tasks.*/, title: 'softlockup: hung tasks', follows: ['soft_lockup'] },
  { pattern: /^(?:Watchdog detected )?hard LOCKUP.*/i, title: 'Hard LOCKUP', follows: ['hard_lockup'] },
  { pattern: /^RCU Stall.*/i, title: 'RCU Stall', follows: ['rcu_stall'] },
  {
    pattern: /^(?:kernel: |\w+: )?panic_on_warn set.*/,
    title: 'panic_on_warn set',
    follows: ['warning', 'lockdep', 'ubsan', 'kasan', 'kfence', 'kmsan', 'kcsan', 'atomic_sleep', 'slab_corruption', 'bad_page'],
  },
  { pattern: /^scheduling while atomic.*/, title: 'scheduling while atomic', follows: ['atomic_sleep'] },
  { pattern: /^(?:Out of memory: |out of memory\. )?(?:.*panic_on_oom|compulsory panic).*/i, title: 'Out of memory' },
  { pattern: /^System is deadlocked on memory.*/, title: 'System is deadlocked on memory', follows: ['oom_kill'] },
  { pattern: /^Attempted to kill init!.*/, title: 'Attempted to kill init!', follows: FAULTS },
  { pattern: /^Attempted to kill the idle task!.*/, title: 'Attempted to kill the idle task!', follows: FAULTS },
  { pattern: /^Aiee, killing interrupt handler!.*/, title: 'Aiee, killing interrupt handler!', follows: FAULTS },
  { pattern: /^kernel stack overflow.*/, title: 'kernel stack overflow', follows: ['oops'] },
  { pattern: /^Asynchronous SError Interrupt.*/, title: 'Asynchronous SError Interrupt', follows: ['oops'] },
  { pattern: /^(?:Fatal|Timeout).*machine check.*/i, follows: ['mce'] },
  { pattern: /^Fatal hardware error.*/, follows: ['hardware_error', 'mce'] },
  { pattern: /^stack-protector: Kernel stack is corrupted in:? ([A-Za-z_][\w.]*).*/, title: 'stack is corrupted in $1' },
  { pattern: /^corrupted stack end detected inside scheduler.*/, title: 'corrupted stack end' },
  { pattern: /^Couldn't open N_TTY ldisc.*/, title: "Couldn't open N_TTY ldisc" },
  { pattern: /^EXT4-fs \(device \S+\): panic forced after error.*/, title: 'EXT4-fs: panic forced after error', follows: ['fs_error'] },
];

/** Addresses, offsets and numbers say which case it was, not which bug. */
function withoutNumbers(text: string): string {
  return text
    .replaceAll(/\+0x[0-9a-f]+\/0x[0-9a-f]+/g, '')
    .replaceAll(/\b(?:0x)?[0-9a-f]{8,16}\b|\b0x[0-9a-f]+\b/gi, 'ADDR')
    .replaceAll(/\b\d+\b/g, 'NUM')
    .replace(/[\s.]*$/, '');
}

/** The stable wording of a panic's text and the kinds that may have caused it. */
export function panicText(text: string): { readonly title: string; readonly follows: readonly string[] } {
  const known = PANICS.find(({ pattern }) => pattern.test(text));
  const title = known?.title === undefined ? withoutNumbers(text) : text.replace(known.pattern, known.title);
  return { title, follows: known?.follows ?? [] };
}
