/** How long each probe of each machine took to be steady again, as far as the history tells. */
import { type ProbeName, ProbeName as ProbeNames, type Recovery } from '../../results/model.ts';
import { settledBaseline } from '../baseline.ts';
import { type Steadiness, steadiness } from '../recovery.ts';
import { baselineSamples, type Evidence, type How, howBack, samplesOf, stormEnd, unhealed, watched } from './evidence.ts';

/** `known` is undefined, with the reason, where nothing could be measured against anything. */
export interface Measured {
  readonly machine: string;
  readonly probe: ProbeName;
  readonly how: How | undefined;
  readonly known: Steadiness | undefined;
  readonly why: string;
}

/** One entry per machine and probe that watches it. */
export function measureRecoveries(evidence: Evidence): Measured[] {
  return ProbeNames.options.flatMap((probe) => watched(evidence, probe).map((machine) => measure(evidence, probe, machine)));
}

function measure(evidence: Evidence, probe: ProbeName, machine: string): Measured {
  const broken = unhealed(evidence);
  // whether it came back, or needed a reset, then says nothing of the kernel
  if (broken !== undefined)
    return { machine, probe, how: undefined, known: undefined, why: `fault ${broken.name} on ${broken.on} failed, so it may last still` };
  const end = stormEnd(evidence);
  const from = 't' in end ? end.t : Number.POSITIVE_INFINITY;
  const how = howBack(evidence, machine, from);
  const unmeasured = (why: string): Measured => ({ machine, probe, how, known: undefined, why });
  if ('why' in end) return unmeasured(end.why);
  const samples = samplesOf(evidence, probe, machine);
  const { tolerance } = evidence.about;
  const baselined = settledBaseline(baselineSamples(evidence, samples), tolerance.floor_ms);
  if (!baselined.steady) return unmeasured(`no steady baseline: ${baselined.why}`);
  // Silence until the phase ended is silence; without that end it may as well be the record that stops.
  const until = evidence.phases.get('recovery')?.end ?? samples.at(-1)?.t ?? from;
  return { machine, probe, how, known: steadiness(samples, baselined.baseline, tolerance, from, until), why: '' };
}

/** The measured times for the record; what is not known is left out rather than guessed. */
export function recoveryRecords(measured: readonly Measured[]): Recovery[] {
  return measured.flatMap(({ machine, probe, how, known }): Recovery[] => {
    const seconds = known?.state === 'recovered' ? known.seconds : null;
    if (how === 'after reset') return [{ machine, probe, seconds, how }];
    if (how === 'not recovered' || known?.state === 'not recovered') return [{ machine, probe, seconds: null, how: 'not recovered' }];
    return seconds === null ? [] : [{ machine, probe, seconds, how: 'self' }];
  });
}
