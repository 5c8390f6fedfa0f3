/** `serve`: a page in the browser that shows runs while they go on, and those that were. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../results/errors.ts';
import { placeOf, STORE_SPELLING } from '../../results/store/place.ts';
import { storeInConfig } from '../config-file.ts';
import { type Command, text, texts } from './command.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const USUAL_DIR = join('results', 'runs');

export const serve: Command = {
  name: 'serve',
  operands: '[dir..]',
  summary: 'show runs in a browser: live while they go on, trends, and two side by side',
  options: {
    listen: { value: 'HOST:PORT', describe: 'where (default 127.0.0.1:7600); anything but loopback wants a token' },
    'token-file': { value: 'FILE', describe: 'the token that is wanted, instead of a new one each time; it is not printed' },
    store: { value: 'PLACE', describe: `the store of finished runs: ${STORE_SPELLING}` },
    config: { value: 'FILE', describe: 'another config than ./stormproof.yaml' },
  },
  examples: [
    ['serve', `the runs below ./${USUAL_DIR}, those under way on this machine, and the store`],
    ['serve /srv/nightly/results/runs /tmp/one-run', 'directories of runs, or single runs'],
    ['serve --listen localhost:0', 'any free port'],
    ['serve --store postgres://ci@db.example/runs', "a team's trends"],
    ['serve --listen 0.0.0.0:7600', 'for others too: the address with its token is printed once'],
    ['serve --listen [::]:7600 --token-file /run/secrets/token', 'with a token that stays'],
    ['ssh -L 7600:localhost:7600 lab stormproof serve', 'a lab host from afar, without opening a port'],
  ],
  exits: '0 ended by SIGINT, SIGTERM or SIGHUP; 2 wrong usage or an address that cannot be had; 125 the store or the server fails',
  async run(args, { stdout, stderr }) {
    const { addressOf, listen, opening, tokenFor } = await import('../serve/listen.ts');
    const address = addressOf(text(args, 'listen'));
    const tokenFile = text(args, 'token-file');
    const token = tokenFor(address.host, tokenFile);
    const dirs = texts(args, 'dir');
    const missing = dirs.find((dir) => !existsSync(dir));
    if (missing !== undefined) throw new UsageError(`serve: ${missing}: there is no such directory`);
    const place = placeOf(text(args, 'store'), await storeInConfig(text(args, 'config')));

    const [{ createApp }, { RunIndex }, { Stored }, { sideBySide }] = await Promise.all([
      import('../serve/app.ts'),
      import('../serve/run-index.ts'),
      import('../serve/stored.ts'),
      import('../serve/side-by-side.ts'),
    ]);
    const abort = new AbortController();
    const ended = new Promise((resolve) => abort.signal.addEventListener('abort', resolve));
    const end = () => abort.abort();
    for (const signal of SIGNALS) process.once(signal, end);
    try {
      await using stored = new Stored(place);
      const index = new RunIndex(dirs.length > 0 ? dirs : [USUAL_DIR]);
      const app = createApp({ index, stored, compare: sideBySide, token, signal: abort.signal });
      await using serving = await listen(app, address);
      const made = token !== undefined && tokenFile === undefined;
      stdout.write(`${made ? opening(serving.url, token) : serving.url}\n`);
      // a token that stays must not stay in a log as well
      if (tokenFile !== undefined) stderr.write(`serve: the first time, put ?token= and the token of ${tokenFile} behind the address\n`);
      await ended;
    } finally {
      for (const signal of SIGNALS) process.off(signal, end);
    }
    return 'done';
  },
};
