import { defineConfig } from 'vitest/config';

/** Two projects: `unit` needs nothing but Node; `vm` boots real kernels, one file after the other, since machines starve each other. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['**/*.test.ts'], exclude: ['**/*.vm.test.ts', '**/node_modules/**'], testTimeout: 20_000 } },
      {
        test: {
          name: 'vm',
          include: ['**/*.vm.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
