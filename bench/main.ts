/** `npm run bench -- NAME`: each benchmark prints its figures against a reference that ran in the same sitting. */
import { boot } from './boot.ts';
import { detect } from './detect.ts';
import { flood } from './flood.ts';

const BENCHES = { boot, detect, flood } as const satisfies Record<string, (args: readonly string[]) => Promise<number>>;

const [name = '', ...args] = process.argv.slice(2);
if (Object.hasOwn(BENCHES, name)) {
  process.exitCode = await BENCHES[name as keyof typeof BENCHES](args);
} else {
  console.error(`usage: npm run bench -- NAME, with NAME one of ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 2;
}
