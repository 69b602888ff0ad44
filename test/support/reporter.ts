/**
 * Prints tests as mocha's spec reporter does and ends with one line that a program can read:
 * `N passed, N failed`, with `, N skipped` where some are.
 *
 * Under CI mocha itself turns a skipped test into a failed one (`forbidPending`), so the exit code
 * and this line agree.
 */
import Mocha from 'mocha';

const CONFORMANCE = '*.conformance.test.ts';

/** Where mocha found its tests; not in its type. */
interface RunOptions extends Mocha.MochaOptions {
  readonly ignore?: readonly string[];
}

/** Returns the closing line. */
export function closingLine(stats: Mocha.Stats): string {
  const skipped = stats.pending > 0 ? `, ${stats.pending} skipped` : '';
  return `${stats.passes} passed, ${stats.failures} failed${skipped}`;
}

/** The reporter that `.mocharc.js` names. */
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: RunOptions) {
    super(runner, options);
    runner.once('end', () => {
      if (options.ignore?.some((pattern) => pattern.endsWith(CONFORMANCE))) {
        console.log(`Skipped ${CONFORMANCE}: BIRTHMARK_VECTORS is not set.`);
      }
      console.log(closingLine(this.stats));
    });
  }
}
