/**
 * Makes the scripts and styles of the pages: dist/web, from the entries of `entries.ts`.
 *
 * Each file has the hash of its content in its name, so that caches may keep it for ever, and lies there compressed
 * too. Files are written before the manifest that names them, and old ones go after it: a node that starts meanwhile
 * finds all that its manifest names.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

import { build } from 'esbuild';

import { VERSION } from '../../node/version.ts';
import { fingerprintOf, isWebFresh, webFolder } from '../webState.js';
import { WEB_ENTRIES, type WebEntry } from './entries.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const HASH_DIGITS = 10;

interface Built {
  readonly code: Uint8Array;
  readonly inputs: readonly string[];
}

/** Makes dist/web where it is absent or stale; resolves to whether it did. */
export async function ensureWeb(root = ROOT): Promise<boolean> {
  if (isWebFresh(root)) return false;
  await buildWeb(root);
  return true;
}

/** Makes dist/web. */
export async function buildWeb(root = ROOT): Promise<void> {
  const built = await Promise.all(WEB_ENTRIES.map((entry) => bundle(entry, root)));
  const folder = webFolder(root);
  mkdirSync(folder, { recursive: true });
  const files: Record<string, string> = {};
  for (const [i, { code }] of built.entries()) {
    const { name = '' } = WEB_ENTRIES[i] ?? {};
    files[name] = nameWithHash(name, code);
    writeCompressed(path.join(folder, files[name]), code);
  }
  const inputs = [...new Set(built.flatMap((each) => each.inputs))].sort();
  const manifest = { files, inputs, fingerprint: fingerprintOf(root, inputs) };
  writeWhole(path.join(folder, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  removeOthers(folder, new Set(Object.values(files)));
}

async function bundle({ source, isClassic }: WebEntry, root: string): Promise<Built> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [source],
    bundle: true,
    format: isClassic === true ? 'iife' : 'esm',
    platform: 'browser',
    target: 'es2022',
    // The packages' own checks for developers stay out.
    conditions: ['production'],
    minify: true,
    write: false,
    outdir: 'dist/web',
    metafile: true,
    legalComments: 'eof',
    banner: bannerOf(source),
    logLevel: 'silent',
  });
  const [file, ...others] = outputFiles;
  if (file === undefined || others.length > 0) throw new Error(`${source} does not make one file`);
  // What packages bring is told by package-lock.json.
  const inputs = Object.keys(metafile.inputs).filter((name) => !name.includes('node_modules/'));
  return { code: file.contents, inputs };
}

function bannerOf(source: string): Record<string, string> {
  const text = `/*! birthmark-node ${VERSION} - Apache-2.0 */`;
  return source.endsWith('.css') ? { css: text } : { js: text };
}

function nameWithHash(name: string, code: Uint8Array): string {
  const { name: stem, ext } = path.parse(name);
  const digits = createHash('sha256').update(code).digest('hex').slice(0, HASH_DIGITS);
  return `${stem}-${digits}${ext}`;
}

function writeCompressed(file: string, code: Uint8Array): void {
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeWhole(file, code);
  writeWhole(`${file}.br`, brotliCompressSync(code, { params }));
  writeWhole(`${file}.gz`, gzipSync(code, { level: constants.Z_BEST_COMPRESSION }));
}

/** Nobody sees half a file, also where two builds run at the same time. */
function writeWhole(file: string, content: Uint8Array | string): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, content);
  renameSync(unfinished, file);
}

function removeOthers(folder: string, names: ReadonlySet<string>): void {
  for (const found of readdirSync(folder)) {
    const name = found.replace(/\.(br|gz)$/, '');
    if (name !== 'manifest.json' && !names.has(name)) rmSync(path.join(folder, found));
  }
}
