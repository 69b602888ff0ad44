/**
 * How the tests run. Vectors made by other people's programs lie outside the repository: their
 * tests (`*.conformance.test.ts`) join where BIRTHMARK_VECTORS says where those files are.
 */
const namesTests = process.argv.some((argument) => argument.endsWith('.test.ts'));

export default {
  // Tests named on the command line run alone.
  spec: namesTests ? [] : ['test/**/*.test.ts'],
  ignore: process.env['BIRTHMARK_VECTORS'] || namesTests ? [] : ['test/**/*.conformance.test.ts'],
  reporter: 'test/support/reporter.ts',
  timeout: 20_000,
  failZero: true,
  forbidOnly: true,
  // Under CI a test that did not run is a test that failed.
  forbidPending: process.env['CI'] === 'true',
};
