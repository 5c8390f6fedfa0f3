/** Why a verdict is what it is, where there is not room for all: what a trial says first is the cause, and most of the rest comes of it. */
import type { Run, TrialResult } from '../model.ts';

/** Begins what a trial says that broke on our side or was stopped (harness/judge/doubts.ts): nothing behind it is known, and all of that is told too. */
const BROKEN = /^(?:our side failed|interrupted) in /;

/** The run's reasons in their order, of each trial the first alone with the count of the others. */
export function whyTexts({ trials, reasons }: Pick<Run, 'trials' | 'reasons'>): string[] {
  const whose = new Map<string, number>(
    trials.flatMap(({ name, reasons: own }, at) => own.map((reason) => [`${name || 'run'}: ${reason}`, at] as const)),
  );
  const told = [...Map.groupBy(reasons, (reason) => whose.get(reason) ?? reason).values()];
  return told.map(([first = '', ...more]) => (more.length === 0 ? first : `${first}, and ${more.length} more`));
}

/** The reasons of a trial; of one that broke on our side or was stopped what broke, and how many come of it. */
export function reasonTexts({ reasons }: Pick<TrialResult, 'reasons'>): readonly string[] {
  if (!BROKEN.test(reasons[0] ?? '')) return reasons;
  const broken = reasons.filter((reason) => BROKEN.test(reason));
  const more = reasons.length - broken.length;
  return more === 0 ? broken : [...broken, `and ${more} that ${more === 1 ? 'follows' : 'follow'} from it`];
}
