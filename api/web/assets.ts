/**
 * Scripts and styles of the pages, as the web build (scripts/web) left them in a folder: read once, served from memory.
 *
 * Pages name them without the hash that is in their names; what was not built does not exist, and pages do without.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { z } from 'zod';

/** How a body is compressed. */
export type Encoding = 'br' | 'gzip';

/** A file of the build. */
export interface Asset {
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly encoded: Readonly<Record<Encoding, Uint8Array>>;
}

/** What was built. */
export interface Assets {
  /** The file that is served as this name, which has the hash of its content in it. */
  find(name: string): Asset | undefined;
  /** The served name of a file that pages know as this; undefined: it was not built. */
  nameOf(plain: string): string | undefined;
}

const MANIFEST = 'manifest.json';
const CONTENT_TYPE: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

const manifestSchema = z.object({
  files: z.record(z.string(), z.string().regex(/^\w+-[0-9a-f]+\.(js|css)$/)),
});

/** Nothing was built: pages are plain. */
export const NO_ASSETS: Assets = { find: () => undefined, nameOf: () => undefined };

/** Resolves to what a build left in a folder; to nothing where it left nothing. Rejects where half of it is there. */
export async function readAssets(folder: string): Promise<Assets> {
  const text = await readManifest(folder);
  if (text === undefined) return NO_ASSETS;
  const { files } = manifestSchema.parse(JSON.parse(text));
  const plain = new Map(Object.entries(files));
  const read = [...plain.values()].map(
    async (name) => [name, await readAsset(folder, name)] as const,
  );
  const assets = new Map(await Promise.all(read));
  return { find: (name) => assets.get(name), nameOf: (name) => plain.get(name) };
}

async function readManifest(folder: string): Promise<string | undefined> {
  try {
    return await readFile(path.join(folder, MANIFEST), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readAsset(folder: string, name: string): Promise<Asset> {
  const file = path.join(folder, name);
  const [body, br, gzip] = await Promise.all([
    readFile(file),
    readFile(`${file}.br`),
    readFile(`${file}.gz`),
  ]);
  const contentType = CONTENT_TYPE[path.extname(name)] ?? 'application/octet-stream';
  return { contentType, body, encoded: { br, gzip } };
}
