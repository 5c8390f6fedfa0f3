/** What a run is asked for; the command line and the config file are made into one of these. */
import type { Signer } from '../results/certificate/keys.ts';
import type { Place } from '../results/store/place.ts';
import type { Waiver } from '../results/waiver.ts';
import type { HostClass } from '../suites/classes.ts';
import type { FloodEngineName } from '../suites/engines/flood.ts';
import type { Offered } from '../suites/flood/offered.ts';
import type { ShapeName } from '../suites/flood/shapes.ts';
import type { Profile } from '../suites/profiles.ts';
import type { StorageSettings } from '../suites/storage-settings.ts';
import type { Tweak, Variant } from '../suites/tweaks/tweak.ts';
import type { Reaching } from './reach.ts';

export interface RunRequest {
  readonly argv: readonly string[];
  /** options of this command line that must change what some storm does; those of a config are for whichever suite they are for */
  readonly said: readonly Reaching[];
  readonly name: string;
  readonly kernels: readonly string[];
  readonly modules?: string;
  readonly profile: string;
  readonly classes: readonly HostClass[];
  /** empty: those that the sabotage, or else the class, asks for */
  readonly suites: readonly string[];
  readonly seed: number;
  /** the run's directory, which must be new or empty; by default one below results/runs */
  readonly out?: string;
  /** where the run is kept beside its directory */
  readonly store: Place;
  readonly append: readonly string[];
  /** changed on the candidate in every trial */
  readonly tweaks: readonly Tweak[];
  /** sets of tweaks that are compared, the untweaked one first; none where nothing is compared */
  readonly variants: readonly Variant[];
  /** offered load of floods, and its shape over time; undefined: the profile's */
  readonly load?: Offered;
  readonly shape?: ShapeName;
  /** floods with this engine; undefined: with the best that the host can */
  readonly engine?: FloodEngineName;
  /** how storage is attached and served; empty: as each suite has it */
  readonly storage: StorageSettings;
  /** lengths of outages in seconds; undefined: the profile's */
  readonly outages_s?: readonly number[];
  /** who shares the pool of an I/O storm, and the ways of sharing it out that are compared; what is missing is the profile's */
  readonly pool: Partial<Profile['pool']>;
  /** how often each trial is carried out; and how often one is tried again that our own side left without a verdict */
  readonly repeats: number;
  readonly retries: number;
  /** the last of the kernels is the reference that the others are compared with, interleaved with them */
  readonly against: boolean;
  /** look for the load, or the length of an outage, at which the host gives way */
  readonly search: boolean;
  readonly sabotage?: string;
  /** known issues, which fail no trial */
  readonly waivers: readonly Waiver[];
  readonly recovery?: { readonly limit_s?: number; readonly hold_s?: number };
  readonly hungTaskTimeout_s?: number;
  readonly bootLimit_s?: number;
  /** signs a certificate for each kernel and class; undefined: none is wanted */
  readonly signer?: Signer;
  readonly ui: 'live' | 'plain' | 'quiet' | 'json';
  readonly install: boolean;
}
