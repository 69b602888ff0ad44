/** The certificate of a photograph as pictures, a page each: what comes out of a printer. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { BenchError } from '../../bench/children.ts';
import type { Site } from '../site.ts';

/** Names the pictures. */
export const CERTIFICATE = 'certificate';

const DOTS_PER_INCH = 100;

/** Draws the certificate of the original into a folder; resolves to the files, or to none where poppler is missing. */
export async function takeCertificate(
  { api, pictures }: Site,
  out: string,
): Promise<readonly string[]> {
  if (spawnSync('pdftoppm', ['-v']).error !== undefined) return [];
  const answer = await fetch(new URL(`/api/v1/certificate/${pictures.originalHash}`, api));
  if (answer.status !== 200) throw new BenchError(`the node answered ${answer.status}`);
  const pdf = join(out, `${CERTIFICATE}.pdf`);
  await writeFile(pdf, new Uint8Array(await answer.arrayBuffer()));
  const args = ['-png', '-r', String(DOTS_PER_INCH), pdf, join(out, CERTIFICATE)];
  const { status, stderr } = spawnSync('pdftoppm', args, { encoding: 'utf8' });
  if (status !== 0) throw new BenchError(`pdftoppm does not draw the certificate: ${stderr}`);
  const isPage = new RegExp(`^${CERTIFICATE}-\\d+\\.png$`);
  return readdirSync(out)
    .filter((name) => isPage.test(name))
    .map((name) => join(out, name));
}
