/**
 * Emits the published package's code to dist/: JavaScript and declarations of every source file, and
 * the files that they read at run time; dist/web, the scripts of the node's own pages; and
 * dist/browser/verify.js, the offline check for pages of others.
 *
 * dist/ gets a package.json of its own, because Node resolves `#crypto` in the nearest one: there it
 * names the emitted files, in the root it names the sources.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

import { bundleVerifier } from './bundle.ts';
import { buildWeb } from './web/build.ts';

const ROOT = path.dirname(import.meta.dirname);
const DIST = path.join(ROOT, 'dist');
const FOLDERS = ['chain', 'p2p', 'api', 'genesis', 'node', 'scripts'];

/** Files that the compiler reads or that run only in a clone; everything else is copied. */
const NOT_ASSETS = /\.(ts|md)$|^scripts\/[^/]+\.js$|^api\/web\//;

function emitCode(): void {
  const compiler = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

function copyAssets(): void {
  for (const folder of FOLDERS.filter((name) => existsSync(path.join(ROOT, name)))) {
    cpSync(path.join(ROOT, folder), path.join(DIST, folder), {
      recursive: true,
      filter: (source) =>
        statSync(source).isDirectory() || !NOT_ASSETS.test(path.relative(ROOT, source)),
    });
  }
}

function writeManifest(): void {
  const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    imports: unknown;
  };
  // "./chain/crypto/node.ts" reads "./chain/crypto/node.js" here: paths are relative to the file.
  const imports: unknown = JSON.parse(
    JSON.stringify(manifest.imports).replaceAll(/\.ts"/g, '.js"'),
  );
  writeFileSync(
    path.join(DIST, 'package.json'),
    `${JSON.stringify({ type: 'module', imports }, undefined, 2)}\n`,
  );
}

async function writeBundle(): Promise<void> {
  const folder = path.join(DIST, 'browser');
  const { code } = await bundleVerifier();
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'verify.js'), code);
}

rmSync(DIST, { recursive: true, force: true });
emitCode();
copyAssets();
writeManifest();
await writeBundle();
await buildWeb();
