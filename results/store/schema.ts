/** The tables of the store, the same in both engines; `migrations.ts` makes them and says what their columns hold. */

export interface Tables {
  readonly runs: {
    readonly id: string;
    readonly name: string;
    /** ISO 8601, UTC */
    readonly started: string;
    /** null for one that was killed */
    readonly finished: string | null;
    /** 1 where it came to its end before all that was planned was carried out, else 0 */
    readonly interrupted: number;
    readonly command: string;
    readonly profile: string;
    readonly seed: number;
    readonly sabotage: string | null;
    readonly target: string;
    readonly verdict: string;
    readonly host: string;
    readonly accelerator: string | null;
    readonly versions: string;
    readonly host_facts: string;
    readonly directory: string | null;
  };
  readonly documents: { readonly run: string; readonly json: string };
  readonly trials: {
    readonly run: string;
    readonly trial: number;
    readonly name: string;
    readonly suite: string;
    readonly case_name: string | null;
    readonly variant: string | null;
    readonly tweaks: string | null;
    readonly class: string;
    readonly kernel: string;
    readonly seed: number;
    readonly verdict: string;
    readonly seconds: number;
  };
  readonly measures: {
    readonly run: string;
    readonly trial: number;
    readonly name: string;
    readonly machine: string;
    readonly value: number | null;
    readonly unit: string;
  };
  readonly events: {
    readonly run: string;
    readonly trial: number;
    readonly event: number;
    readonly machine: string;
    readonly title: string;
    readonly kind: string;
    readonly class: string;
    readonly count: number;
    readonly at_s: number;
  };
}
