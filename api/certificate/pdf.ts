/**
 * A certificate as PDF: text that can be selected, tagged for screen readers, with fonts cut down to the letters that are
 * used, a QR code, and its attachments. The same sheet gives the same bytes.
 */
import { readFile } from 'node:fs/promises';

import { generate } from 'lean-qr';
import PdfDocument from 'pdfkit';

import type { Section, Sheet } from './sheet.ts';

/** The fonts of certificates, as bytes of WOFF files. */
export interface Fonts {
  readonly regular: Uint8Array;
  readonly bold: Uint8Array;
}

const MARGIN = 42;
const CODE_SIZE = 98;
const LABEL_WIDTH = 132;
const COLUMN_GAP = 14;
const TEXT_SIZE = 8.6;
const INK = '#1b1f24';
const MUTED = '#57606a';
const ACCENT = '#0b5c5e';
const TINT = '#eef5f5';
const LINE = '#d0d7de';
/** Modules around a QR code that stay white. */
const QUIET_MODULE_COUNT = 2;

type Tag = 'H1' | 'H2' | 'P' | 'Figure';
type Element = PDFKit.PDFStructureElement;

/** Reads the fonts from their package. */
export async function readFonts(): Promise<Fonts> {
  const files = [
    import.meta.resolve('@fontsource/noto-sans/files/noto-sans-latin-400-normal.woff'),
    import.meta.resolve('@fontsource/noto-sans/files/noto-sans-latin-700-normal.woff'),
  ] as const;
  const [regular, bold] = await Promise.all([
    readFile(new URL(files[0])),
    readFile(new URL(files[1])),
  ]);
  return { regular, bold };
}

/** Resolves to the bytes of a certificate. */
export async function writeCertificate(sheet: Sheet, fonts: Fonts): Promise<Uint8Array> {
  const createdAt = new Date(sheet.createdAtS * 1_000);
  const document = new PdfDocument({
    size: 'A4',
    margins: { top: MARGIN, bottom: MARGIN + 4, left: MARGIN, right: MARGIN },
    pdfVersion: '1.7',
    tagged: true,
    lang: sheet.language,
    displayTitle: true,
    bufferPages: true,
    // None of the fonts that readers have: what is not embedded looks different elsewhere.
    font: '',
    info: {
      Title: `${sheet.title}: ${sheet.verdict}`,
      Subject: sheet.imageHash,
      Producer: 'Birthmark node',
      Creator: 'Birthmark node',
      CreationDate: createdAt,
      ModDate: createdAt,
    },
  });
  const chunks: Uint8Array[] = [];
  const written = new Promise<void>((resolve, reject) => {
    document.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    document.on('end', resolve);
    document.on('error', reject);
  });
  document.registerFont('regular', Buffer.from(fonts.regular));
  document.registerFont('bold', Buffer.from(fonts.bold));
  for (const { name, about, bytes } of sheet.attachments) {
    document.file(Buffer.from(bytes), {
      name,
      description: about,
      type: 'text/plain',
      creationDate: createdAt,
      modifiedDate: createdAt,
    });
  }
  new Writer(document).write(sheet);
  document.end();
  await written;
  return Buffer.concat(chunks);
}

/** Writes one sheet, from the top to the bottom of as many pages as it takes. */
class Writer {
  readonly #document: PDFKit.PDFDocument;
  readonly #root: Element;
  readonly #width: number;

  constructor(document: PDFKit.PDFDocument) {
    this.#document = document;
    this.#root = document.struct('Document');
    document.addStructure(this.#root);
    this.#width = document.page.width - 2 * MARGIN;
  }

  write(sheet: Sheet): void {
    this.#writeHead(sheet);
    this.#writeVerdict(sheet);
    this.#writeHash(sheet);
    this.#writeFacts(sheet);
    if (sheet.parents !== undefined) this.#writeSection(sheet.parents, 8.2);
    this.#writeSection(sheet.cosigners, TEXT_SIZE, sheet.quorum);
    this.#writeSection(sheet.checked);
    this.#writeSection(sheet.notShown);
    this.#writeHow(sheet);
    this.#root.end();
    this.#writePageNumbers(sheet);
  }

  /** Title at the left, QR code at the right. */
  #writeHead(sheet: Sheet): void {
    const document = this.#document;
    const codeX = MARGIN + this.#width - CODE_SIZE;
    const width = this.#width - CODE_SIZE - COLUMN_GAP;
    this.#tag('H1', () => {
      document
        .font('bold', 23)
        .fillColor(INK)
        .text(sheet.title, MARGIN, MARGIN + 4, { width });
    });
    this.#tag('P', () => {
      document.font('regular', 10).fillColor(MUTED).moveDown(0.4).text(sheet.about, { width });
    });
    this.#tag('P', () => {
      const options = { width, link: sheet.link, underline: true };
      document.font('regular', 8.5).fillColor(ACCENT).moveDown(0.5).text(sheet.link, options);
    });
    this.#tag('Figure', () => drawCode(document, sheet.link, { x: codeX, y: MARGIN }), {
      alt: sheet.codeAlt,
    });
    document.x = MARGIN;
    document.y = Math.max(document.y, MARGIN + CODE_SIZE) + 10;
  }

  #writeVerdict({ verdict, statement, excuse }: Sheet): void {
    const document = this.#document;
    const inset = 14;
    const width = this.#width - 2 * inset;
    const top = document.y;
    const height =
      document.font('bold', 14).heightOfString(verdict, { width }) +
      document.font('regular', 9.5).heightOfString(statement, { width, lineGap: 1.5 }) +
      2 * inset -
      2;
    this.#decorate(() => {
      document.rect(MARGIN, top, this.#width, height).fill(TINT);
      document.rect(MARGIN, top, 4, height).fill(ACCENT);
    });
    this.#tag('H2', () => {
      document.font('bold', 14).fillColor(ACCENT);
      document.text(verdict, MARGIN + inset, top + inset - 2, { width });
    });
    this.#tag('P', () => {
      document.font('regular', 9.5).fillColor(INK).moveDown(0.15);
      document.text(statement, { width, lineGap: 1.5 });
    });
    document.x = MARGIN;
    document.y = top + height + 9;
    if (excuse !== undefined) this.#writeParagraph(excuse, 8.5, MUTED);
  }

  #writeHash({ hashTitle, imageHash }: Sheet): void {
    this.#writeParagraph(hashTitle, 8.5, MUTED);
    this.#tag('P', () => {
      this.#document.font('bold', 11).fillColor(INK).text(imageHash, { width: this.#width });
    });
    this.#document.moveDown(0.6);
  }

  /** Labels beside values; a row never parts at the end of a page. */
  #writeFacts({ facts }: Sheet): void {
    const document = this.#document;
    const valueX = MARGIN + LABEL_WIDTH + COLUMN_GAP;
    const valueWidth = this.#width - LABEL_WIDTH - COLUMN_GAP;
    const table = this.#open(this.#root, 'Table');
    for (const [label, value] of facts) {
      document.font('regular', TEXT_SIZE);
      const height = Math.max(
        document.heightOfString(label, { width: LABEL_WIDTH }),
        document.heightOfString(value, { width: valueWidth }),
      );
      this.#makeRoom(height + 5);
      const top = document.y;
      this.#decorate(() => {
        document.moveTo(MARGIN, top).lineTo(MARGIN + this.#width, top);
        document.lineWidth(0.5).stroke(LINE);
      });
      const row = this.#open(table, 'TR');
      this.#add(row, 'TH', () => {
        document.font('regular', TEXT_SIZE).fillColor(MUTED);
        document.text(label, MARGIN, top + 2.5, { width: LABEL_WIDTH });
      });
      this.#add(row, 'TD', () => {
        document.fillColor(INK).text(value, valueX, top + 2.5, { width: valueWidth });
      });
      row.end();
      document.x = MARGIN;
      document.y = top + height + 5;
    }
    table.end();
    document.moveDown(0.6);
  }

  #writeSection({ title, items }: Section, size = TEXT_SIZE, after?: string): void {
    const document = this.#document;
    const width = this.#width - 12;
    this.#writeTitle(title);
    const list = this.#open(this.#root, 'L');
    for (const item of items) {
      this.#makeRoom(document.font('regular', size).heightOfString(item, { width }) + 3);
      const top = document.y;
      this.#decorate(() => {
        document.circle(MARGIN + 3, top + size * 0.68, 1.4).fill(ACCENT);
      });
      const entry = this.#open(list, 'LI');
      this.#add(entry, 'LBody', () => {
        document
          .font('regular', size)
          .fillColor(INK)
          .text(item, MARGIN + 12, top, { width });
      });
      entry.end();
      document.x = MARGIN;
      document.y += 2;
    }
    list.end();
    if (after !== undefined) this.#writeParagraph(after, size, INK);
    document.moveDown(0.35);
  }

  /** All of it on one page: who copies the command needs the names beside it. */
  #writeHow({ how, command, atNode, attachments }: Sheet): void {
    const names = attachments.map(({ name, about }) => `${name}: ${about}`);
    const texts = [...how.items, command, ...names, atNode];
    const heights = texts.map((text) =>
      this.#document.font('regular', TEXT_SIZE).heightOfString(text, { width: this.#width }),
    );
    this.#makeRoom(heights.reduce((sum, height) => sum + height + 4, 24));
    this.#writeTitle(how.title);
    for (const item of how.items) this.#writeParagraph(item, TEXT_SIZE, INK);
    this.#writeParagraph(command, 8, ACCENT);
    for (const name of names) this.#writeParagraph(name, 8, MUTED);
    this.#writeParagraph(atNode, TEXT_SIZE, INK);
  }

  #writeTitle(title: string): void {
    this.#makeRoom(40);
    this.#tag('H2', () => {
      this.#document.font('bold', 11).fillColor(INK).text(title, { width: this.#width });
    });
    this.#document.moveDown(0.2);
  }

  #writeParagraph(text: string, size: number, color: string): void {
    const options = { width: this.#width };
    this.#makeRoom(this.#document.font('regular', size).heightOfString(text, options));
    this.#tag('P', () => {
      this.#document.font('regular', size).fillColor(color).text(text, options);
    });
    this.#document.moveDown(0.25);
  }

  #writePageNumbers({ pageTemplate, imageHash }: Sheet): void {
    const document = this.#document;
    const { start, count } = document.bufferedPageRange();
    for (let i = 0; i < count; i++) {
      document.switchToPage(start + i);
      const { page } = document;
      // Below the margin, where text would begin a page of its own.
      page.margins.bottom = 0;
      const y = page.height - MARGIN + 4;
      const number = pageTemplate
        .replace('{page}', String(i + 1))
        .replace('{pages}', String(count));
      this.#decorate(() => {
        document.font('regular', 7.5).fillColor(MUTED);
        document.text(imageHash, MARGIN, y, { width: this.#width, lineBreak: false });
        document.text(number, MARGIN, y, { width: this.#width, align: 'right', lineBreak: false });
      });
    }
  }

  /** Begins a page where the next `height` points do not fit. */
  #makeRoom(height: number): void {
    const { page } = this.#document;
    if (this.#document.y + height > page.height - page.margins.bottom) this.#document.addPage();
  }

  #tag(tag: Tag, draw: () => void, options: { readonly alt?: string } = {}): void {
    this.#root.add(this.#document.struct(tag, options, draw));
  }

  /** Begins an element that has others in it. */
  #open(parent: Element, tag: string): Element {
    const element = this.#document.struct(tag);
    parent.add(element);
    return element;
  }

  #add(parent: Element, tag: string, draw: () => void): void {
    parent.add(this.#document.struct(tag, {}, draw));
  }

  /** Draws what says nothing to whoever cannot see it. */
  #decorate(draw: () => void): void {
    this.#document.markContent('Artifact');
    draw();
    this.#document.endMarkedContent();
  }
}

/** Dark modules, joined along their rows. */
function drawCode(
  document: PDFKit.PDFDocument,
  text: string,
  { x, y }: { readonly x: number; readonly y: number },
): void {
  const code = generate(text);
  const module = CODE_SIZE / (code.size + 2 * QUIET_MODULE_COUNT);
  const left = x + QUIET_MODULE_COUNT * module;
  const top = y + QUIET_MODULE_COUNT * module;
  for (let row = 0; row < code.size; row++) {
    for (let start = 0; start < code.size; start++) {
      let end = start;
      while (end < code.size && code.get(end, row)) end++;
      if (end > start) {
        document.rect(left + start * module, top + row * module, (end - start) * module, module);
      }
      start = end;
    }
  }
  document.fill(INK);
}
