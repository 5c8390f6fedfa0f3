/** The config of a working directory, apart from what reads it: whether there is one is quickly told. */
import { existsSync } from 'node:fs';

export const CONFIG_FILE = 'stormproof.yaml';

/** What the config says of the store. The rest of the program is only loaded where there is a config. Throws UsageError for one that is mistaken. */
export async function storeInConfig(file: string | undefined): Promise<string | undefined> {
  if (file === undefined && !existsSync(CONFIG_FILE)) return undefined;
  const [{ readConfig }, { registries }] = await Promise.all([import('./config.ts'), import('./cli/registries.ts')]);
  const known = await registries();
  return readConfig(file, { ...known, classes: Object.keys(known.classes) }).store;
}
