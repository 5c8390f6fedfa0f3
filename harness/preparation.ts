/** One step of what a machine is set to before it is measured. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Preparation } from '../suites/flood/vector.ts';
import type { Machine } from '../targets/target.ts';

const STEP_LIMIT_S = 30;
/** A server that cannot start has said so after this time. */
const SERVER_START_MS = 300;

/** Runs it on the machine; a server goes on for `limit_s`. `why` tells what went wrong, `said` is what it printed. Throws InfraError where the machine cannot be reached. */
export async function carryOut(
  machine: Machine,
  { argv, stays }: Preparation,
  limit_s: number,
): Promise<{ readonly why?: string; readonly said: string }> {
  const channel = await machine.manage();
  if (!stays) {
    const { code, stderr, stdout } = await channel.run(argv, { limit_s: STEP_LIMIT_S });
    const said = stdout.trim();
    return code === 0 ? { said } : { said, why: stderr.trim() || said || `exit ${code}` };
  }
  const server = await channel.start(argv, { limit_s });
  server.stdout.resume();
  const early = await Promise.race([server.done, sleep(SERVER_START_MS)]);
  return early === undefined ? { said: '' } : { said: '', why: early.stderr || `exit ${early.code}` };
}
