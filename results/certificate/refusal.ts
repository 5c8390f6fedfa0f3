/** Why a certificate is not good enough: what was looked at, and what is wrong with it in words. */
export interface Refusal {
  readonly check:
    | 'envelope'
    | 'signature'
    | 'statement'
    | 'kernel'
    | 'class'
    | 'profile'
    | 'scope'
    | 'age'
    | 'verdict'
    | 'waiver'
    | 'evidence';
  readonly why: string;
}
