/** Looks at the lab host while a run goes on. */

const EVERY_MS = 1000;

/** From now on, until it is disposed of. A look that fails is told to `fault`, once, and is the last: nobody waits for it who could bear the throw. */
export function eachSecond(look: () => void, fault: (error: Error) => void): Disposable {
  const timer = setInterval(() => {
    try {
      look();
    } catch (error) {
      clearInterval(timer);
      fault(error as Error);
    }
  }, EVERY_MS);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
