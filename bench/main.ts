/** `npm run bench -- NAME`: each benchmark prints its figures against a reference that ran in the same sitting. */
import { InfraError, UsageError } from '../results/errors.ts';
import { boot } from './boot.ts';
import { compare } from './compare.ts';
import { detect } from './detect.ts';
import { flood } from './flood.ts';
import { report } from './report.ts';
import { serve } from './serve.ts';
import { storage } from './storage.ts';
import { store } from './store.ts';

const BENCHES = { boot, compare, detect, flood, report, serve, storage, store } as const satisfies Record<
  string,
  (args: readonly string[]) => Promise<number>
>;

const [name = '', ...args] = process.argv.slice(2);
if (Object.hasOwn(BENCHES, name)) {
  try {
    process.exitCode = await BENCHES[name as keyof typeof BENCHES](args);
  } catch (error) {
    if (!(error instanceof InfraError || error instanceof UsageError)) throw error;
    console.error(`${name}: ${error.message}; ./stormproof doctor --fix installs what is missing`);
    process.exitCode = 125;
  }
} else {
  console.error(`usage: npm run bench -- NAME, with NAME one of ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 2;
}
