/** The contract of a view: it fills `root`, and what it returns ends whatever it has going on. */

export interface Here {
  /** what the address names: a run's id */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly go: (path: string) => void;
  readonly note: (query: URLSearchParams) => void;
}

export type View = (root: HTMLElement, here: Here) => () => void;
