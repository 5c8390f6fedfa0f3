/** Who uses the disks of a machine, asked of it every second while a storm goes on. */
import { IoAccount } from '../results/accounting.ts';

const EVERY_S = 1;

export const ACCOUNTING_ARGV: readonly string[] = ['python3', '/run/stormproof/accounting.py', String(EVERY_S)];

/** One line of the program's; undefined for one that is none of them, as the last of a machine that died is. */
export function accountIn(line: string): IoAccount | undefined {
  try {
    return IoAccount.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
