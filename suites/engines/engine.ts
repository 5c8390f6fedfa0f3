/** The contract of an engine: an existing program that makes load, as an argv builder and a parser of what it prints; both pure. */

import type { Aim } from '../../targets/target.ts';

/** What to start, and what to give it on stdin. */
export interface Command {
  readonly argv: readonly string[];
  readonly input?: string;
}

export interface Engine<Params> {
  readonly name: string;
  /** the Debian package of the program; of our own, the npm package that it cannot do without */
  readonly package: string;
  /** where it runs: at a network's station towards a machine, or inside a machine (`aim` is then undefined) */
  readonly place: 'station' | 'machine';
  /** What to start for `for_s` seconds. */
  command(params: Params, for_s: number, aim: Aim | undefined): Command;
  /** Figures from its stdout, with their unit in the name; empty where it printed none. Throws InfraError for output that is not its own. */
  figures(stdout: string): Record<string, number>;
  /** Why it cannot make that, whatever the host; undefined where it can. */
  refuses?(params: Params, aim: Aim): string | undefined;
  /** A command that sends nothing and ends with 0 where this engine could do it: for one that not every host allows. */
  attempt?(params: Params, aim: Aim): Command;
  /** two of it at one station would take each other's place */
  readonly oneAtATime?: true;
  /** The parameters for a person, where their names and values are not enough. */
  inWords?(params: Params): string;
}
