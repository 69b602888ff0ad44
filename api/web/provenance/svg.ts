/**
 * The picture of provenance as SVG, for any page: no script, no style, and only what a strict Content-Security-Policy
 * lets through. Its lines have the colour of the text around it; its boxes that of the page.
 */
import { BOX, type Box, type Picture, type Point } from './picture.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Returns the text of an `svg` element.
 *
 * @param id - begins the ids of its title and description; unique in the page.
 * @param linkOf - the address of a picture's page; absent: boxes are no links, and the whole is one image.
 */
export function formatSvg(picture: Picture, id: string, linkOf?: (hash: string) => string): string {
  const { width, height, title, description, boxes, arrows } = picture;
  const role = linkOf === undefined ? 'img' : 'group';
  const [titleId, descriptionId] = [`${id}-title`, `${id}-description`].map(escapeText);
  const lines = arrows.map(
    ({ from, to, head }) =>
      `<path d="M${formatPoint(from)}L${formatPoint(to)}" fill="none" stroke="currentColor"/>` +
      `<path d="M${head.map(formatPoint).join('L')}Z" fill="currentColor"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="${role}" aria-labelledby="${titleId} ${descriptionId}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="${BOX.fontSize}">`,
    `<title id="${titleId}">${escapeText(title)}</title>`,
    `<desc id="${descriptionId}">${escapeText(description)}</desc>`,
    ...lines,
    ...boxes.map((box) => formatBox(box, linkOf)),
    '</svg>',
  ].join('');
}

function formatBox(box: Box, linkOf: ((hash: string) => string) | undefined): string {
  const { x, y, hash, isAsked, isRegistered, lines } = box;
  const stroke = isAsked ? ' stroke-width="2.5"' : isRegistered ? '' : ' stroke-dasharray="4 3"';
  const texts = lines.map((line, i) => {
    const top = y + (lines.length === 1 ? BOX.height / 2 + 4 : (BOX.lineTops[i] ?? 0));
    const weight = isAsked && i === 0 ? ' font-weight="bold"' : '';
    return `<text x="${formatNumber(x + BOX.width / 2)}" y="${formatNumber(top)}" text-anchor="middle" fill="currentColor"${weight}>${escapeText(line)}</text>`;
  });
  const shape = `<rect x="${formatNumber(x)}" y="${formatNumber(y)}" width="${BOX.width}" height="${BOX.height}" rx="5" fill="Canvas" stroke="currentColor"${stroke}/>${texts.join('')}`;
  if (hash === undefined || linkOf === undefined) return `<g>${shape}</g>`;
  const name = `${lines[0] ?? ''} ${hash}`;
  return `<a href="${escapeText(linkOf(hash))}" aria-label="${escapeText(name)}">${shape}</a>`;
}

function formatPoint({ x, y }: Point): string {
  return `${formatNumber(x)} ${formatNumber(y)}`;
}

function formatNumber(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}
