/** Runs the tests that need BIRTHMARK_VECTORS, and only those. */
import common from '../.mocharc.js';

export default { ...common, spec: ['test/**/*.conformance.test.ts'], ignore: [] };
