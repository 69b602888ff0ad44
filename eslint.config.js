/**
 * Lint rules: what a reader would otherwise have to check by eye.
 *
 * The numbers are a ratchet: they only go down. An exception stands on the line that needs it, as
 * `// eslint-disable-next-line rule -- reason`; a directive without a reason is an error itself.
 */
import js from '@eslint/js';
import jsdoc from 'eslint-plugin-jsdoc';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const SOURCE = [
  'chain/**',
  'p2p/**',
  'api/**',
  'genesis/**',
  'node/**',
  'scripts/**',
  'test/**',
].map((folder) => `${folder}/*.ts`);
const LAUNCHERS = ['bin/*.js', 'scripts/*.js'];
const CONFIG_FILES = ['*.js', '.*.js', 'test/*.mocharc.js'];
const REPORTER = 'test/support/reporter.ts';

const TIMERS = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
];
const IMPURE_GLOBALS = ['Date', 'performance', 'process', 'console', 'fetch', 'Buffer', ...TIMERS];
const GLOBAL_OBJECTS = ['globalThis', 'global', 'window', 'self'];

const NO_DEFAULT_EXPORT = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name, so that a thing has one name everywhere.',
};
const NO_ASYNC = [
  ':function[async=true]',
  'AwaitExpression',
  'ForOfStatement[await=true]',
  'Identifier[name="Promise"]',
].map((selector) => ({ selector, message: 'Consensus is one synchronous step.' }));
const NO_SLEEP = [
  'NewExpression[callee.name="Promise"] CallExpression[callee.name="setTimeout"]',
  'ImportDeclaration[source.value=/^(node:)?timers.promises$/]',
].map((selector) => ({ selector, message: 'Tests wait for an event, never for time to pass.' }));

const ENVIRONMENT = {
  object: 'process',
  property: 'env',
  message: 'The environment is read in node/config.ts only.',
};
const EXIT = {
  object: 'process',
  property: 'exit',
  message: 'Only a main.ts ends the process; return or throw instead.',
};
const CHANCE = [
  { object: 'Math', property: 'random', message: 'chain/ knows no chance.' },
  { object: 'crypto', property: 'getRandomValues', message: 'chain/ knows no chance.' },
  { object: 'crypto', property: 'randomUUID', message: 'chain/ knows no chance.' },
];
const IMPURE = 'chain/ has no clock, no I/O and no log.';
const bannedGlobals = (names) => names.map((name) => ({ name, message: IMPURE }));
const GLOBALS_BY_DETOUR = GLOBAL_OBJECTS.flatMap((object) =>
  IMPURE_GLOBALS.map((property) => ({ object, property, message: IMPURE })),
);

/** A plugin of one rule: whoever switches a rule off says why on that line. */
const reasons = {
  rules: {
    'disable-with-reason': {
      meta: { type: 'suggestion', schema: [], messages: { why: 'Say why, after " -- ".' } },
      create: (context) => ({
        Program() {
          for (const comment of context.sourceCode.getAllComments()) {
            const directive = comment.value.trim();
            if (/^eslint-disable/.test(directive) && !/ -- \S/.test(directive)) {
              context.report({ loc: comment.loc, messageId: 'why' });
            }
          }
        },
      }),
    },
  },
};

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'bench-results/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { jsdoc, reasons },
    settings: { jsdoc: { mode: 'typescript' } },
    rules: {
      complexity: ['error', 10],
      'max-lines': ['error', 400],
      'max-lines-per-function': ['error', 70],
      'max-params': ['error', 3],
      eqeqeq: 'error',
      'no-restricted-properties': ['error', ENVIRONMENT, EXIT],
      'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT],
      'no-restricted-imports': [
        'error',
        { paths: ['node:process', 'process'].map((name) => ({ name, message: 'Use `process`.' })) },
      ],
      'reasons/disable-with-reason': 'error',

      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // `async` without `await` turns a throw into a rejection, which an interface may promise.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: SOURCE,
    ignores: ['test/**'],
    rules: {
      'no-console': 'error',
      'jsdoc/check-alignment': 'error',
      'jsdoc/check-param-names': ['error', { disableMissingParamChecks: true }],
      'jsdoc/check-tag-names': ['error', { typed: true }],
      'jsdoc/no-types': 'error',
      'jsdoc/require-description': ['error', { contexts: ['any'] }],
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: true,
          require: { ClassDeclaration: true, FunctionDeclaration: true },
          contexts: [
            'TSInterfaceDeclaration',
            'TSTypeAliasDeclaration',
            'ExportNamedDeclaration > VariableDeclaration',
          ],
        },
      ],
    },
  },
  {
    files: ['chain/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...bannedGlobals(IMPURE_GLOBALS)],
      'no-restricted-properties': ['error', ...CHANCE, ...GLOBALS_BY_DETOUR],
    },
  },
  {
    // The server's twin wraps node:crypto, which speaks Buffer.
    files: ['chain/crypto/node.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...bannedGlobals(IMPURE_GLOBALS.filter((name) => name !== 'Buffer')),
      ],
    },
  },
  {
    files: ['chain/consensus/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT, ...NO_ASYNC] },
  },
  {
    files: ['node/config.ts'],
    rules: { 'no-restricted-properties': ['error', EXIT] },
  },
  {
    files: ['scripts/**/*.ts', 'test/**/*.ts', ...LAUNCHERS],
    rules: { 'no-console': 'off', 'no-restricted-properties': ['error', EXIT] },
  },
  {
    files: ['**/main.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // A describe block is a table of contents, not a function.
      'max-lines-per-function': 'off',
      // A file of cases mirrors a source file, however many cases that has.
      'max-lines': ['error', 700],
      'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT, ...NO_SLEEP],
      // An index into a literal in view cannot be absent.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // chai's assertions are properties: expect(value).to.be.true.
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
  {
    // A port that polls another process has to wait; the tests above it do not.
    files: ['test/support/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', NO_DEFAULT_EXPORT] },
  },
  {
    files: LAUNCHERS,
    // The launchers are main files; their types are in JSDoc, which the compiler checks.
    rules: {
      'no-restricted-properties': 'off',
      'no-undef': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      // A cast in JSDoc is not seen.
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
  {
    files: CONFIG_FILES,
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { process: 'readonly' } },
    rules: {
      'no-restricted-properties': 'off',
      'no-restricted-syntax': 'off',
      '@typescript-eslint/explicit-module-boundary-types': 'off',
    },
  },
  {
    // mocha finds a reporter by its default export.
    files: [REPORTER],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
