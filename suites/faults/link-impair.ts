/**
 * What a machine sends on a network is late, lost, or out of order: netem(8) of the machine's own kernel, on its card there. What it receives is
 * left alone; of a request and its reply one is enough to be late or lost.
 */
import { InfraError } from '../../results/errors.ts';
import type { Machine, NetworkName, Site } from '../../targets/target.ts';
import { type Fault, networkOf } from './fault.ts';

export interface LinkImpairParams {
  readonly delay_ms: number;
  readonly jitter_ms: number;
  /** of a hundred packets */
  readonly loss_percent: number;
  /** of a hundred packets, those that are sent at once, and so overtake what is delayed */
  readonly reorder_percent: number;
}

const COMMAND_LIMIT_S = 30;

export const linkImpair: Fault<LinkImpairParams> = {
  summary: 'what machines send on a network is delayed, lost and out of order (netem of their kernels)',
  breaks: 'storage',
  inWords: ({ delay_ms, jitter_ms, loss_percent, reorder_percent }) =>
    `${delay_ms} ms late, give or take ${jitter_ms}; ${loss_percent} % lost, ${reorder_percent} % out of order`,
  async refuses(site, on) {
    const cards = cardsOn(site, on);
    if (cards.length === 0) return `no machine has a card of its own on the ${on} network: QEMU speaks for them there`;
    for (const machine of cards) {
      const { code } = await (await machine.manage()).run(['modprobe', '-q', 'sch_netem'], { limit_s: COMMAND_LIMIT_S });
      if (code !== 0) return `the kernel of ${machine.name} has no netem (CONFIG_NET_SCH_NETEM)`;
    }
    return undefined;
  },
  async inject(site, on, { delay_ms, jitter_ms, loss_percent, reorder_percent }) {
    const delay = ['delay', `${delay_ms}ms`, `${jitter_ms}ms`];
    const rest = ['loss', `${loss_percent}%`, 'reorder', `${reorder_percent}%`];
    await onEach(site, on, ['replace', ...card(on), 'root', 'netem', ...delay, ...rest]);
  },
  heal: (site, on) => onEach(site, on, ['del', ...card(on), 'root'], ['No such file', 'Cannot delete qdisc with handle of zero']),
};

/** Cards are called after their network. */
const card = (on: string): string[] => ['dev', on];

function cardsOn(site: Site, on: string): Machine[] {
  const { name } = networkOf(site, on);
  return [...site.machines.values()].filter(({ address }) => address[name as NetworkName] !== undefined);
}

/** Runs tc(8) on every machine with a card there; an answer that says that there was nothing to undo is as good as done. Throws InfraError. */
async function onEach(site: Site, on: string, args: readonly string[], nothing: readonly string[] = []): Promise<void> {
  for (const machine of cardsOn(site, on)) {
    const { code, stderr } = await (await machine.manage()).run(['tc', 'qdisc', ...args], { limit_s: COMMAND_LIMIT_S });
    if (code === 0 || nothing.some((words) => stderr.includes(words))) continue;
    throw new InfraError(`${machine.name}: tc qdisc ${args.join(' ')}: ${stderr.trim().split('\n').at(-1) || `exit ${code}`}`);
  }
}
