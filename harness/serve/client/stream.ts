/** A stream of the server's events, as long as somebody sees the page: a browser has six connections to a server, for all of its tabs together. */

export interface StreamEvents {
  /** by their names, with what they tell */
  readonly on: Readonly<Record<string, (data: unknown) => void>>;
  /** there are no news, and why; it is over with the next event */
  readonly lost: (words: string) => void;
}

/** Opens it. It is closed while the page is hidden, and opened again when that is seen; what is returned closes it for good. */
export function openStream(path: string, { on, lost }: StreamEvents): () => void {
  let source: EventSource | undefined;
  let why: string | undefined;

  function open(): void {
    const now = new EventSource(path);
    source = now;
    const take = (name: string, work: (data: unknown) => void): void =>
      now.addEventListener(name, ({ data }) => {
        why = undefined;
        work(JSON.parse(data as string));
      });
    for (const [name, work] of Object.entries(on)) take(name, work);
    take('trouble', (data) => {
      why = (data as { error: string }).error;
      lost(why);
    });
    now.addEventListener('error', () => {
      const ended = now.readyState === EventSource.CLOSED; // the server is there again, and does not know us
      lost(ended ? 'The connection is gone. Load the page again to see more.' : (why ?? 'The connection is gone; trying again …'));
    });
  }

  function shut(): void {
    source?.close();
    source = undefined;
  }

  const look = (): void => {
    if (document.visibilityState === 'hidden') shut();
    else if (source === undefined) open();
  };
  document.addEventListener('visibilitychange', look);
  look();
  return () => {
    document.removeEventListener('visibilitychange', look);
    shut();
  };
}
