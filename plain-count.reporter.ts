/** A Vitest reporter that ends the output with one plain line for people and scripts: `N passed, N failed`, and `, N skipped` where any were. */
import type { Reporter, SerializedError, TestModule, TestRunEndReason } from 'vitest/node';

export interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * What a test run came to. A file or a suite that broke outside its tests counts as one failure each, and so does an error that belongs to
 * no test; a run that failed has at least one.
 */
export function countOf(modules: readonly TestModule[], unhandled: readonly SerializedError[], reason: TestRunEndReason): Count {
  const count: Count = { passed: 0, failed: unhandled.length, skipped: 0 };
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      count[state === 'pending' ? 'skipped' : state] += 1;
    }
    const broken = [module, ...module.children.allSuites()].filter((task) => task.errors().length > 0);
    count.failed += broken.length;
  }
  if (reason !== 'passed' && count.failed === 0) count.failed = 1;
  return count;
}

export const lineOf = ({ passed, failed, skipped }: Count): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`;

export default class PlainCount implements Reporter {
  #line = lineOf({ passed: 0, failed: 1, skipped: 0 });

  onInit(): void {
    // only at the exit have the other reporters said all they have to say
    process.once('exit', () => process.stdout.write(this.#line));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[], reason: TestRunEndReason): void {
    this.#line = lineOf(countOf(modules, unhandled, reason));
  }
}
