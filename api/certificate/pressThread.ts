/** The thread of the press: for each sheet that it is sent, it sends the bytes of a certificate. */
import { parentPort } from 'node:worker_threads';

import { readFonts, writeCertificate } from './pdf.ts';
import type { Sheet } from './sheet.ts';

/** What the thread sends: the bytes of a certificate. */
export type PrintedCertificate = Uint8Array;

const fonts = await readFonts();

// What is thrown here ends the thread, and the press hears of it.
parentPort?.on('message', (sheet: Sheet) => {
  void writeCertificate(sheet, fonts).then((printed: PrintedCertificate) => {
    parentPort?.postMessage(printed);
  });
});
