/**
 * What the web build makes: a row for each script and stylesheet that a page asks for.
 *
 * To add a page: put its sources under `api/web/<page>/`, add its rows here, and let its route answer with `webPage`
 * (api/web/webPage.ts), which names them as here.
 */

/** A file that the build makes. */
export interface WebEntry {
  /** As pages name it; what is served has the hash of its content in its name too. */
  readonly name: string;
  /** Its first source, relative to the root. */
  readonly source: string;
  /** A classic script runs in pages of other sites, which may not say `type="module"`; absent: a module. */
  readonly isClassic?: boolean;
}

/** All of them. */
export const WEB_ENTRIES: readonly WebEntry[] = [
  { name: 'verify.js', source: 'api/web/verify/main.ts' },
  { name: 'verify.css', source: 'api/web/verify/verify.css' },
  { name: 'verifyWorker.js', source: 'api/web/verify/worker.ts' },
  { name: 'network.js', source: 'api/web/network/main.ts' },
  { name: 'network.css', source: 'api/web/network/network.css' },
  { name: 'badge.js', source: 'api/web/badge/badge.ts', isClassic: true },
];
