/**
 * The picture of provenance: boxes in layers, what was made from what, the oldest on top.
 *
 * Where everything lies is computed here, apart from how it is drawn (`svg.ts`). It is as wide as a phone, so a layer has
 * two rows of three boxes at most; of more, the last box says how many.
 */

/** What is drawn: the answer of `/api/v1/provenance/{image_hash}`, as far as the picture needs it. */
export interface Drawn {
  readonly image_hash: string;
  readonly pictures: readonly {
    readonly image_hash: string;
    readonly relation: 'asked' | 'ancestor' | 'derivative';
    readonly distance: number;
    readonly verdict: 'registered_original' | 'declared_edit' | 'not_found';
  }[];
  readonly steps: readonly { readonly parent: string; readonly child: string }[];
  readonly complete: boolean;
}

/** What the picture says, in a reader's language; `{count}` stands for a number. */
export interface PictureTexts {
  readonly title: string;
  readonly asked: string;
  readonly registered_original: string;
  readonly declared_edit: string;
  readonly not_found: string;
  /** In place of boxes for which there is no room: `{count}`. */
  readonly more: string;
  /** How many the asked one was made from, by any number of steps: `{count}`. */
  readonly ancestors: string;
  /** How many were made from it: `{count}`. */
  readonly derivatives: string;
  readonly incomplete: string;
}

/** A place; x to the right, y downwards. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A box with its lines of text. */
export interface Box extends Point {
  readonly lines: readonly string[];
  /** Undefined: it stands for several. */
  readonly hash: string | undefined;
  readonly isAsked: boolean;
  readonly isRegistered: boolean;
}

/** An arrow from a parent to a child; the head is a triangle. */
export interface Arrow {
  readonly from: Point;
  readonly to: Point;
  readonly head: readonly Point[];
}

/** A picture, laid out. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly description: string;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

/** Size of each box; lines of text stand this far below its top. */
export const BOX = { width: 116, height: 40, lineTops: [16, 31], fontSize: 11 } as const;
const GAP = { x: 8, row: 10, layer: 30 } as const;
const MARGIN = 2;
const ROW_BOX_COUNT_MAX = 3;
const LAYER_BOX_COUNT_MAX = 6;
const SHOWN_DIGITS = 10;
const HEAD = { length: 7, halfWidth: 3.5 } as const;

type Entry = Drawn['pictures'][number];

/** Returns the picture of an answer. */
export function drawProvenance(drawn: Drawn, texts: PictureTexts): Picture {
  const layers = layersOf(drawn);
  const columnCount = Math.max(...layers.map((layer) => Math.min(layer.length, ROW_BOX_COUNT_MAX)));
  const width = 2 * MARGIN + widthOf(columnCount);
  const boxes: Box[] = [];
  let y = MARGIN;
  for (const layer of layers) {
    for (const row of rowsOf(layer, texts)) {
      const left = (width - widthOf(row.length)) / 2;
      boxes.push(...row.map((box, i) => ({ ...box, x: left + i * (BOX.width + GAP.x), y })));
      y += BOX.height + GAP.row;
    }
    y += GAP.layer - GAP.row;
  }
  return {
    width,
    height: y - GAP.layer + MARGIN,
    title: texts.title,
    description: describe(drawn, texts),
    boxes,
    arrows: arrowsOf(drawn, boxes),
  };
}

function widthOf(columnCount: number): number {
  return columnCount * (BOX.width + GAP.x) - GAP.x;
}

/** Ancestors above, the farthest on top, and derivatives below. */
function layersOf({ pictures }: Drawn): readonly (readonly Entry[])[] {
  const depthOf = ({ relation, distance }: Entry): number =>
    relation === 'ancestor' ? -distance : distance;
  const byDepth = Map.groupBy(pictures, depthOf);
  return [...byDepth].sort(([a], [b]) => a - b).map(([, layer]) => layer);
}

function rowsOf(
  layer: readonly Entry[],
  texts: PictureTexts,
): readonly (readonly Omit<Box, 'x' | 'y'>[])[] {
  const fits = layer.length <= LAYER_BOX_COUNT_MAX;
  const shown = fits ? layer : layer.slice(0, LAYER_BOX_COUNT_MAX - 1);
  const boxes = shown.map((entry) => boxOf(entry, texts));
  if (!fits) {
    const lines = [withCount(texts.more, layer.length - shown.length)];
    boxes.push({ lines, hash: undefined, isAsked: false, isRegistered: true });
  }
  const rows: Omit<Box, 'x' | 'y'>[][] = [];
  while (boxes.length > 0) rows.push(boxes.splice(0, ROW_BOX_COUNT_MAX));
  return rows;
}

function boxOf({ image_hash: hash, relation, verdict }: Entry, texts: PictureTexts): BoxContent {
  const isAsked = relation === 'asked';
  return {
    lines: [isAsked ? texts.asked : texts[verdict], `${hash.slice(0, SHOWN_DIGITS)}…`],
    hash,
    isAsked,
    isRegistered: verdict !== 'not_found',
  };
}

type BoxContent = Omit<Box, 'x' | 'y'>;

function describe({ pictures, complete }: Drawn, texts: PictureTexts): string {
  const count = (relation: Entry['relation']): number =>
    pictures.filter((each) => each.relation === relation).length;
  const sentences = [
    withCount(texts.ancestors, count('ancestor')),
    withCount(texts.derivatives, count('derivative')),
    ...(complete ? [] : [texts.incomplete]),
  ];
  return sentences.join(' ');
}

function withCount(text: string, count: number): string {
  return text.replace('{count}', String(count));
}

/** Steps between boxes that are there; a picture that names itself has no arrow. */
function arrowsOf({ steps }: Drawn, boxes: readonly Box[]): readonly Arrow[] {
  const byHash = new Map(boxes.map((box) => [box.hash, box]));
  return steps.flatMap(({ parent, child }) => {
    const [from, to] = [byHash.get(parent), byHash.get(child)];
    return from === undefined || to === undefined || from === to ? [] : [arrowOf(from, to)];
  });
}

/** From the side of a box that faces the other, at its middle. */
function arrowOf(parent: Box, child: Box): Arrow {
  const down = Math.sign(child.y - parent.y);
  const right = Math.sign(child.x - parent.x);
  const middleOf = ({ x, y }: Point): Point => ({ x: x + BOX.width / 2, y: y + BOX.height / 2 });
  const sideOf = (box: Box, towards: 1 | -1): Point => {
    const { x, y } = middleOf(box);
    return down === 0
      ? { x: x + (towards * right * BOX.width) / 2, y }
      : { x, y: y + (towards * down * BOX.height) / 2 };
  };
  const from = sideOf(parent, 1);
  const tip = sideOf(child, -1);
  const length = Math.hypot(tip.x - from.x, tip.y - from.y);
  const unit = { x: (tip.x - from.x) / length, y: (tip.y - from.y) / length };
  const neck = { x: tip.x - unit.x * HEAD.length, y: tip.y - unit.y * HEAD.length };
  const aside = { x: -unit.y * HEAD.halfWidth, y: unit.x * HEAD.halfWidth };
  return {
    from,
    to: neck,
    head: [
      tip,
      { x: neck.x + aside.x, y: neck.y + aside.y },
      { x: neck.x - aside.x, y: neck.y - aside.y },
    ],
  };
}
