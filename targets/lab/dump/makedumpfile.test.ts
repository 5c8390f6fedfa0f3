import { expect, test } from 'vitest';
import { filterFor, makedumpfileArgv } from './makedumpfile.ts';

test.each([
  ['6.1.0-50-cloud-amd64', '1.7.2', 31],
  ['5.10.0', '1.6.8', 31],
  ['6.2.0-rc1', '1.7.2', 23],
  ['6.2', '1.7.3', 31],
  ['6.12.117+deb12-cloud-amd64', '1.7.2', 23],
  ['6.12.117+deb12-cloud-amd64', '1.7.6', 23],
  ['6.12.117+deb12-cloud-amd64', '1.7.7', 31],
  ['7.0.3', '1.7.9', 31],
  ['7.1', '1.7.9', 23],
  ['7.1', '1.8.0', 31],
  ['10.0', '1.10', 31],
])('of kernel %s makedumpfile %s leaves out level %i', (kernel, makedumpfile, level) => {
  const filter = filterFor(kernel, makedumpfile);
  expect(filter.level).toBe(level);
  expect(filter.without).toMatch(level === 31 ? /cache and user pages$/ : new RegExp(`makedumpfile ${makedumpfile} does not know`));
});

test('the file that it writes has a limit, and no core of its own', () => {
  expect(makedumpfileArgv('/proc/1/fd/5', '/to', 31, 1000).join(' ')).toBe(
    'prlimit --core=0 --fsize=1000 -- makedumpfile -l -d 31 --message-level 4 /proc/1/fd/5 /to',
  );
});
