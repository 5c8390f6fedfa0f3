/** The contract of an engine: an existing program that makes load, as an argv builder and a parser of what it prints; both pure. */

/** Where an engine aims, resolved by the target: always an address that the target made or that consents. */
export interface Aim {
  /** the station's interface, and the link-layer addresses of a frame to the machine */
  readonly device: string;
  readonly sourceMac: string;
  readonly destinationMac: string;
  readonly source: string;
  readonly destination: string;
}

export interface Engine<Params> {
  readonly name: string;
  /** the Debian package of the program */
  readonly package: string;
  /** where it runs: at a network's station towards a machine, or inside a machine (`aim` is then undefined) */
  readonly place: 'station' | 'machine';
  /** What to start for `for_s` seconds, and what to give it on stdin. */
  command(params: Params, for_s: number, aim: Aim | undefined): { readonly argv: readonly string[]; readonly input?: string };
  /** Figures from its stdout, with their unit in the name; empty where it printed none. Throws InfraError for output that is not its own. */
  figures(stdout: string): Record<string, number>;
}
