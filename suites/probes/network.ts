/** Front network: ping(8) from the front's station to the machine, or through it to the tenant behind it. */
import { InfraError } from '../../results/errors.ts';
import type { Machine } from '../../targets/target.ts';
import { eachLine } from './lines.ts';
import { CADENCE_HZ, type Probe, type ProbeContext, type Sample } from './probe.ts';

export const network: Probe = (context) => pinged('network', (machine) => machine.address.front, context);
export const tenant: Probe = (context) => pinged('tenant', (machine) => machine.behind?.address, context);

async function pinged(
  what: string,
  addressOf: (machine: Machine) => string | undefined,
  { site, machine, limit_s, emit, fault }: ProbeContext,
): ReturnType<Probe> {
  const address = addressOf(machine);
  if (address === undefined) throw new InfraError(`${machine.name} has no address for its ${what} probe`);
  // ping holds its lines back when nobody watches, hence stdbuf(1)
  const interval = String(1 / CADENCE_HZ);
  const job = site.networks.front.spawn(['stdbuf', '-oL', 'ping', '-6', '-n', '-O', '-i', interval, '-W', '1', address], { limit_s });
  const read = pingReader();
  eachLine(job.stdout as never, (line) => {
    const sample = read(line);
    if (sample !== undefined) emit(sample);
  });
  let stopped = false;
  void job.done.then(({ stderr, code }) => {
    if (!stopped)
      fault(new InfraError(`the ${what} probe of ${machine.name} ended by itself: ${stderr.split('\n').at(-1) || `exit ${code}`}`));
  });
  return {
    stop: () => {
      stopped = true;
      return job.stop();
    },
  };
}

/** icmp_seq has 16 bits (RFC 4443, section 4.1), so at ten a second it begins anew every 1.8 hours. */
const NUMBERS = 0x1_0000;

/**
 * Reads the lines of one ping in order. It tells one loss twice (no answer yet, and later unreachable), and a late answer after its loss: the
 * first word of each number counts. Later is what is less than half of all numbers ahead (RFC 1982).
 */
export function pingReader(): (line: string) => Sample | undefined {
  let last = 0;
  return (line) => {
    const sample = pingSample(line);
    if (sample === undefined) return undefined;
    const number = Number(/icmp_seq=(\d+)/.exec(line)?.[1]);
    const ahead = (number - last + NUMBERS) % NUMBERS;
    if (ahead === 0 || ahead >= NUMBERS / 2) return undefined;
    last = number;
    return sample;
  };
}

/** Reads one line of iputils ping with `-O`; undefined for a line that is no result. */
export function pingSample(line: string): Sample | undefined {
  const answer = /icmp_seq=\d+ .*time=([\d.]+) ms/.exec(line);
  if (answer?.[1] !== undefined) return { ms: Number(answer[1]) };
  return /^(no answer yet for |From \S+:? )icmp_seq=\d+/.test(line) ? { ms: null } : undefined;
}
