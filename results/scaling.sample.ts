/** What was timed on hosts of four sizes, one of them several times: most grows with the memory, one thing with its square. */
import { type Scaling, type ScalingPoint, scaleOf } from './scaling.ts';

/** Class -> what its kernel has of it, in GiB. */
const SIZES = { '64G': 62.9, '128G': 125.8, '384G': 377.9, '768G': 755.7 } as const;
type ClassName = keyof typeof SIZES;

const TIMED: Readonly<Record<string, Partial<Record<ClassName, readonly number[]>>>> = {
  boot: { '64G': [6.1], '128G': [7.9], '384G': [13], '768G': [24] },
  'drop-caches': { '64G': [0.2], '128G': [0.22], '384G': [0.21], '768G': [0.2] },
  compaction: { '64G': [0.4], '128G': [0.9, 0.8, 0.9], '384G': [2.9], '768G': [6] },
  'unmap of huge pages': { '64G': [0.5], '128G': [1.9], '384G': [18], '768G': [73] },
  dump: { '64G': [8], '128G': [17] },
  'recovery of storage-cutoff.link-cut': { '64G': [2.1], '128G': [2.3], '384G': [2.2], '768G': [3.4] },
  'recovery of ipv6-flood.udp-66.route': { '64G': [0], '128G': [0.3], '384G': [0], '768G': [0.3] },
};

export const SAMPLE_SCALING: Scaling = {
  measures: Object.entries(TIMED).map(([name, bySize]) => ({
    candidate: '6.1.0-40-cloud-amd64',
    name,
    ...scaleOf(pointsOf(bySize), name.startsWith('recovery') ? 0.5 : undefined),
  })),
};

function pointsOf(timed: Partial<Record<ClassName, readonly number[]>>): ScalingPoint[] {
  return (Object.keys(timed) as ClassName[]).flatMap((size) =>
    (timed[size] ?? []).map((seconds) => ({ trial: `large-memory@${size}`, class: size, memory_GiB: SIZES[size], seconds })),
  );
}
