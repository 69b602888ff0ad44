/** A folder for one group of tests, removed when the group ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Makes a temporary folder now and registers its removal; call it inside `describe`. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'birthmark-'));
  // Mocha runs what is registered first, first: what lives in the folder must have ended before.
  before(function () {
    this.test?.parent?.afterAll(() => {
      rmSync(folder, { recursive: true, force: true });
    });
  });
  return folder;
}
