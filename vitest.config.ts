import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const EXCLUDED = ['**/node_modules/**', 'results/runs/**'];

/** One file after the other, since machines starve each other. */
const MACHINES = {
  exclude: EXCLUDED,
  testTimeout: 600_000,
  hookTimeout: 600_000,
  fileParallelism: false,
};

/** Programs that tests start are stripped and compiled once. */
const COMPILED = { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/compiled') };

/**
 * Four projects: `unit` takes seconds (`npm run check`); `long` needs no machine either, but its time: simulations, servers that are real, clocks; `vm` boots
 * real kernels, after that; `chaos` does so for hours, and only when it is asked for (`npm run chaos`).
 */
export default defineConfig({
  test: {
    reporters: ['default', './plain-count.reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: ['**/*.{long,vm,chaos}.test.ts', ...EXCLUDED],
          env: COMPILED,
          testTimeout: 60_000, // tells how soon one that hangs is told, and no more
          maxWorkers: 6, // most of them wait for a program or a clock
          isolate: false, // a worker loads a module once, whichever of its files asks for it
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'long',
          include: ['**/*.long.test.ts'],
          exclude: EXCLUDED,
          env: COMPILED,
          testTimeout: 180_000,
          maxWorkers: 4,
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'vm',
          include: ['**/*.vm.test.ts'],
          ...MACHINES,
          // a shared machine may stand still for seconds in the middle of a measurement; what fails twice has failed, and a retry is told
          retry: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'chaos',
          include: ['**/*.chaos.test.ts'],
          ...MACHINES,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
