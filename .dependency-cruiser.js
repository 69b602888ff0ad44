/**
 * The import table of ARCHITECTURE.md, enforced.
 *
 * A folder may import what its row names and nothing else: `ours` are path patterns of this
 * repository, `packages` are names on the registry, `builtins` are modules of Node. A package used
 * for the first time is a decision: it gets its row in docs/decisions/0002-dependencies.md too.
 */

import { builtinModules } from 'node:module';

/** @type {Record<string, { ours: string[], packages: string[], builtins: string[], except?: string }>} */
const TABLE = {
  chain: {
    ours: ['chain'],
    packages: ['@noble/hashes', '@noble/curves'],
    builtins: [],
    except: '^chain/(consensus/|crypto/node\\.ts$)',
  },
  'chain/crypto/node.ts': { ours: ['chain'], packages: [], builtins: ['crypto'] },
  'chain/consensus': { ours: ['chain'], packages: [], builtins: [] },
  genesis: { ours: ['genesis', 'chain'], packages: [], builtins: [] },
  p2p: {
    ours: ['p2p', 'chain'],
    packages: ['libp2p', '@libp2p/[^/]+', '@multiformats/multiaddr', 'ipaddr.js'],
    builtins: [],
  },
  api: {
    ours: ['api', 'chain'],
    packages: [
      'koa',
      '@koa/router',
      'raw-body',
      'zod',
      'zod-openapi',
      'ipaddr.js',
      'limiter',
      'lru-cache',
      'lean-qr',
      'pdfkit',
    ],
    builtins: [
      'crypto',
      'events',
      'fs/promises',
      'http',
      'https',
      'net',
      'path',
      'stream',
      'tls',
      'worker_threads',
    ],
    except: '^api/(client|web/[^/]+)/',
  },
  // What runs in browsers. Of the interface it may name types, and messages that the server has too.
  'api/web/[^/]+': {
    ours: ['api/web/[^/]+', 'api/client', 'api/messages', 'api/schemas', 'chain'],
    packages: ['lit', 'uplot', '@noble/hashes'],
    builtins: [],
  },
  // What a page and a terminal do alike.
  'api/client': {
    ours: ['api/client', 'api/schemas'],
    packages: ['eventsource-parser'],
    builtins: [],
  },
  node: {
    ours: ['node', 'chain', 'genesis', 'p2p', 'api'],
    packages: [
      'level',
      'pino',
      'prom-client',
      'undici',
      'ipaddr.js',
      'limiter',
      'lru-cache',
      'age-encryption',
      '@libp2p/crypto',
      '@libp2p/peer-id',
    ],
    builtins: builtinModules,
  },
  scripts: {
    ours: ['scripts', 'chain', 'genesis', 'p2p', 'api', 'node', 'bin'],
    packages: [
      'commander',
      'cli-progress',
      'get-port',
      'koa',
      '@koa/router',
      'raw-body',
      'zod',
      'level',
      'pino',
      'asn1js',
      'pkijs',
      'undici',
      'ipaddr.js',
      'lru-cache',
      'age-encryption',
      '@libp2p/crypto',
      '@libp2p/peer-id',
      'jpeg-js',
      '@noble/hashes',
      'esbuild',
      'playwright-core',
    ],
    builtins: builtinModules,
  },
  bin: { ours: ['bin'], packages: [], builtins: builtinModules },
};

const escape = (/** @type {string} */ text) => text.replaceAll('.', '\\.');

/** A package's files: its own, or its types where DefinitelyTyped has them. */
const packagePattern = (/** @type {string} */ name) =>
  `node_modules/(@types/)?${escape(name).replace(/^@([^/]+)\//, '(@$1/|$1__)')}/`;

const rows = Object.entries(TABLE).map(([folder, { ours, packages, builtins, except }]) => ({
  name: `imports-of-${folder.replaceAll(/\W/g, '-')}`,
  comment: `${folder} imports something that its row in the import table does not name.`,
  severity: 'error',
  from: {
    path: folder.endsWith('.ts') ? `^${escape(folder)}$` : `^${folder}/`,
    ...(except ? { pathNot: except } : {}),
  },
  to: {
    pathNot: [
      `^(${ours.join('|')})/`,
      ...packages.map(packagePattern),
      ...(builtins.length > 0 ? [`^(node:)?(${builtins.join('|')})$`] : []),
    ],
  },
}));

/** Code that is published, and so may not lean on a development dependency. */
const PUBLISHED = '^(chain|p2p|api|genesis|node|bin|scripts/[^/]+)/';
const NOT_PUBLISHED = '^(scripts/(bench|demo|soak|torture|web)|api/web/[^/]+)/';

export default {
  forbidden: [
    ...rows,
    {
      name: 'consensus-is-synchronous',
      comment: 'Certificates are parsed asynchronously; consensus may name their types only.',
      severity: 'error',
      from: { path: '^chain/consensus/' },
      to: { path: '^chain/certificate/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'clients-know-forms-only',
      comment: 'Clients name the types of answers; the schemas themselves stay in the server.',
      severity: 'error',
      from: { path: '^api/(client|web/[^/]+)/' },
      to: { path: '^api/schemas/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'crypto-through-its-door',
      comment: 'Import #crypto: a browser gets the twin.',
      severity: 'error',
      from: { pathNot: '^(test/|chain/crypto/)' },
      to: {
        path: '^chain/crypto/(node|browser)\\.ts$',
        dependencyTypesNot: ['aliased-subpath-import'],
      },
    },
    {
      name: 'nothing-imports-test',
      comment: 'Code for tests stays in test/.',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-cycle',
      comment: 'Two files that need each other are one file, or three.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      comment: 'Nothing imports this file and it imports nothing: use it or remove it.',
      severity: 'error',
      from: { orphan: true, pathNot: '^[.]?[^/]+\\.js$' },
      to: {},
    },
    {
      name: 'no-unresolvable',
      comment: 'The import resolves to nothing.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-package',
      comment: 'The package is not in package.json.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-development-package-in-published-code',
      comment: 'Move the package from devDependencies to dependencies.',
      severity: 'error',
      from: { path: PUBLISHED, pathNot: NOT_PUBLISHED },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: 'node_modules/@types/',
      },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules'] },
    exclude: { path: '^(dist|coverage|bench-results)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.js', '.d.ts'],
    },
    skipAnalysisNotInRules: true,
  },
};
