/** The contract of a probe: a cheap measurement at 10 Hz. */
import type { Machine, Site } from '../../targets/target.ts';

export const CADENCE_HZ = 10;
/** Where nothing else ends the wait for an answer, it is given up and recorded as none after so long. */
export const ANSWER_LIMIT_MS = 1000;

export interface Sample {
  /** latency in milliseconds, null when there was no answer or a refusal */
  readonly ms: number | null;
  /** storage: the sequence number that was acknowledged */
  readonly seq?: number;
}

export interface ProbeContext {
  readonly site: Site;
  readonly machine: Machine;
  /** ends by itself after so many seconds */
  readonly limit_s: number;
  /** storage: the first sequence number to write */
  readonly first: number;
  /** told of every result as it is known */
  readonly emit: (sample: Sample) => void;
  /** told when the probe itself broke, so that its silence would say nothing of the machine */
  readonly fault: (error: Error) => void;
}

export interface RunningProbe {
  stop(): Promise<void>;
}

/** Starts probing. Throws InfraError when the probe itself cannot be started. */
export type Probe = (context: ProbeContext) => Promise<RunningProbe>;
