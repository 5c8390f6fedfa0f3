/**
 * System recovery on a real host (RFC 2544, section 26.5): a little more than the throughput, then half of it, until no packet is lost any
 * more. Read off the wire ten times a second, which takes nothing from the host: what it loses there is lost at its card.
 */
import type { SearchPlan, SystemRecovery } from '../../results/curve.ts';
import { explain } from '../../results/errors.ts';
import { chooseFloodEngine } from '../flood-engine.ts';
import { type Flood, type LoadSearchContext, POLL_MS } from './context.ts';
import { systemRecovery } from './loss.ts';
import { withLoad } from './offer.ts';
import { begunBy, type LoadTrial, type OfferedLoad, offerAndMeasure } from './offer-and-measure.ts';

/** RFC 2544, section 26.5: overload, then half of it. */
const OVERLOAD = 1.1;
const RELIEF = 0.5;

/**
 * Measures it and writes it down, or why it cannot be measured: a search that found its loads has found them. Gives the overload, which the host
 * may not have borne; undefined where none was offered. Throws the signal's reason.
 */
export async function measureSystemRecovery(
  flood: Flood,
  { throughput_pps, packetSeed, final_s }: { readonly throughput_pps: number; readonly packetSeed: number } & Pick<SearchPlan, 'final_s'>,
  state: Parameters<typeof offerAndMeasure>[2],
  context: LoadSearchContext,
): Promise<OfferedLoad | undefined> {
  const { history, trial, machine, note, signal } = context;
  const [pps, half_pps] = [Math.round(throughput_pps * OVERLOAD), Math.round(throughput_pps * RELIEF)];
  const for_s = 2 * final_s;
  const relief = { at_s: for_s, for_s: 2 * final_s + context.recoverWithin_s / 2, from_pps: half_pps, to_pps: half_pps };
  const asked: LoadTrial = { pps, for_s, stage: 'final', packetSeed, relief };
  note(`system recovery: ${pps} packets/s for ${for_s} s, then ${half_pps}`);
  const tell = (found: Partial<SystemRecovery>) =>
    history.write(trial, {
      ...{ k: 'systemRecovery', machine: machine.name, overload_pps: pps, relief_pps: half_pps },
      ...{ seconds: null, drained_s: null, resolution_s: POLL_MS / 1000 },
      ...found,
    });
  try {
    // a generator that holds one rate only says so here, where it need not fail
    await chooseFloodEngine(withLoad(flood, [{ at_s: 0, for_s, from_pps: pps, to_pps: pps }, relief], packetSeed), context);
    const offered = await offerAndMeasure(flood, asked, state, context);
    const upTo = offered.wire.findLast((reading, index) => reading.offered > (offered.wire[index - 1]?.offered ?? reading.offered))?.t ?? 0;
    const found = systemRecovery(
      offered.wire.filter(({ t }) => t <= upTo),
      begunBy(offered.wire, pps) + for_s,
      { lossRatio: 0.001, slack_packets: 0.05 * half_pps + 64, hold_s: final_s },
    );
    tell(offered.recovered ? (found ?? {}) : { why: 'the host did not recover from it' });
    return offered;
  } catch (error) {
    signal.throwIfAborted();
    tell({ why: explain(error) });
    return undefined;
  }
}
