/** Makes the one file of `birthmark-node/browser`: the offline check with all that it needs, minified. */
import path from 'node:path';

import { build } from 'esbuild';

import { VERSION } from '../node/version.ts';

const ROOT = path.dirname(import.meta.dirname);
const ENTRY = path.join('scripts', 'browser', 'verify.ts');

/** The file, and what it was made of. */
export interface Bundle {
  /** UTF-8 of an ECMAScript module. */
  readonly code: Uint8Array;
  /** Source files, relative to the root. */
  readonly inputs: readonly string[];
}

/** Makes it. `#crypto` is the twin for browsers, and anything of Node is an error. */
export async function bundleVerifier(): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [ENTRY],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    write: false,
    metafile: true,
    legalComments: 'eof',
    banner: { js: `/*! birthmark-node ${VERSION} - Apache-2.0 */` },
    logLevel: 'silent',
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('esbuild made no file');
  return { code: file.contents, inputs: Object.keys(metafile.inputs) };
}
