/** The browser in which pages are measured and looked at: Chromium, as Debian packs it. */
import { existsSync } from 'node:fs';

import { type Browser, chromium } from 'playwright-core';

import { BenchError } from '../bench/children.ts';

/** Where distributions put it. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Starts a browser without a window. Rejects with a BenchError that names what to install. */
export async function openBrowser(executable: string | undefined): Promise<Browser> {
  const executablePath = executable ?? PLACES.find((place) => existsSync(place));
  if (executablePath === undefined) {
    throw new BenchError(
      'no browser: install the Debian package chromium, or name one with --browser',
    );
  }
  // Its sandbox does not work for root; the pages are our own.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args });
}
