/** A search over offered load as it comes out of one: a host that loses packets from some 100 k/s on and dies at 305 k/s. */
import type { Curve, CurvePoint, GoalResult } from './curve.ts';

const LINE_PPS = 14_534_883; // 10 GbE, 66-byte frames
const CAPACITY_PPS = 100_000;

const LOCKUP = 'watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [ksoftirqd/0:14]';

function point(offered_pps: number, change: Partial<CurvePoint> = {}): CurvePoint {
  const lossRatio = Math.max(0, 1 - CAPACITY_PPS / offered_pps);
  const busy = Math.min(1, offered_pps / CAPACITY_PPS);
  const strain = Math.max(1, offered_pps / CAPACITY_PPS);
  return {
    offered_pps,
    offeredShareOfLine: offered_pps / LINE_PPS,
    received_pps: offered_pps * (1 - lossRatio),
    lossRatio,
    softirqShare: Math.min(1, 0.02 + 0.96 * busy),
    probes: {
      network_p99_ms: 0.4 + 0.9 * busy ** 3 + 18 * (strain - 1) ** 2,
      storage_p99_ms: 2.1 + 2 * busy ** 2 + 110 * (strain - 1) ** 2,
      management_p99_ms: 9 + 6 * busy + 60 * (strain - 1) ** 1.5,
      tenant_p99_ms: 3.2 + 3 * busy ** 2 + 140 * (strain - 1) ** 2,
    },
    outcome: lossRatio > 0 ? 'loss' : 'ok',
    ...change,
  };
}

const died = (offered_pps: number): CurvePoint =>
  point(offered_pps, {
    outcome: 'died',
    why: LOCKUP,
    softirqShare: null,
    lossRatio: 0.93,
    received_pps: offered_pps * 0.07,
    probes: { network_p99_ms: null, storage_p99_ms: null, management_p99_ms: null, tenant_p99_ms: null },
  });

const goal = (name: string, lossBound: number | null, lower_pps: number, upper_pps: number): GoalResult => ({
  goal: name,
  lossBound,
  kind: 'found',
  pps: lower_pps,
  lower_pps,
  upper_pps,
  forwarded_pps: lossBound === null ? null : lower_pps,
  inversion_pps: null,
  trials: 6,
});

export const SAMPLE_CURVE: Curve = {
  points: [
    ...[1_000, 5_600, 31_623, 75_000, 86_600, 93_100, 96_500, 98_218, 98_218, 98_300].map((pps) => point(pps)),
    ...[100_904, 104_000, 115_478, 133_352, 177_828, 237_137, 273_842, 294_300].map((pps) => point(pps)),
    ...[296_933, 296_933, 297_100].map((pps) => point(pps, { probes: { ...point(pps).probes, management_p99_ms: null } })),
    ...[305_054, 316_228, 1_000_000].map(died),
  ],
  goals: [goal('throughput', 0, 98_218, 100_904), goal('loss of 0.5 %', 0.005, 98_218, 100_904), goal('survival', null, 296_933, 305_054)],
};
