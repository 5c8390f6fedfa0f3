/** `keygen --out KEY`: a key to sign certificates with. */
import { UsageError } from '../../results/errors.ts';
import { type Command, text } from './command.ts';

export const keygen: Command = {
  name: 'keygen',
  operands: '',
  summary: 'make a key to sign certificates with',
  options: {
    out: { value: 'KEY', describe: 'where the private key is written, for its owner alone; the public one is written to KEY.pub' },
  },
  examples: [
    ['keygen --out night.key', 'night.key is a secret, night.key.pub goes to whoever gates; neither is ever overwritten'],
    ['certify --sign night.key', 'sign with it'],
  ],
  exits: '0 made; 2 wrong usage, or a key cannot be there or is there already; 125 the disk refuses',
  async run(args, { stdout }) {
    const path = text(args, 'out');
    if (path === undefined) throw new UsageError('keygen needs --out KEY: where the key is written');
    const { writeKeys } = await import('../../results/certificate/keys.ts');
    const keyid = writeKeys(path);
    stdout.write(`${path}: the private key, keep it secret\n${path}.pub: the public key, ${keyid}\n`);
    return 'done';
  },
};
