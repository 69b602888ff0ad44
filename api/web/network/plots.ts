/** Draws the curves with uPlot, in the colours of the page, as wide as there is room. */
import UPlot from 'uplot';

import type { Curve, Point } from './curves.ts';

const HEIGHT_PX = 150;
const COLOURS = ['--curve-1', '--curve-2', '--curve-3'];

/** A curve that is drawn. */
export class Plot {
  readonly #curve: Curve;
  readonly #place: HTMLElement;
  #plot: UPlot | undefined;

  constructor(curve: Curve, place: HTMLElement) {
    this.#curve = curve;
    this.#place = place;
    new ResizeObserver(() => {
      this.#plot?.setSize(this.#size());
    }).observe(place);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      const data = this.#plot?.data;
      this.#plot?.destroy();
      this.#plot = data === undefined ? undefined : this.#create(data);
    });
  }

  /** Draws points. */
  draw(points: readonly Point[]): void {
    const data: UPlot.AlignedData = [
      points.map(({ x }) => x),
      ...this.#curve.series.map((_name, i) => points.map(({ values }) => values[i])),
    ];
    if (this.#plot === undefined) this.#plot = this.#create(data);
    else this.#plot.setData(data);
  }

  #size(): { readonly width: number; readonly height: number } {
    return { width: Math.max(this.#place.clientWidth, 100), height: HEIGHT_PX };
  }

  #create(data: UPlot.AlignedData): UPlot {
    const style = getComputedStyle(this.#place);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const { axis, drawn, series, format, steps } = this.#curve;
    const lines = { stroke: colour('--curve-text'), grid: { stroke: colour('--line'), width: 1 } };
    const bars = UPlot.paths.bars;
    const font = `12px ${style.fontFamily}`;
    return new UPlot(
      {
        ...this.#size(),
        cursor: { show: false },
        legend: { show: false },
        padding: [8, 16, 0, 0],
        tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
        scales: { x: { time: axis === 'time', range: rangeOf(axis) }, y: { range: rangeFrom0 } },
        axes: [
          { ...lines, font, size: 28, ...(axis === 'height' ? { incrs: HEIGHT_STEPS } : {}) },
          {
            ...lines,
            font,
            size: 64,
            ...(steps === undefined ? {} : { incrs: [...steps] }),
            values: (_plot, splits) => splits.map((split) => format(split)),
          },
        ],
        series: [
          {},
          ...series.map((_name, i): UPlot.Series => {
            const stroke = colour(COLOURS[i] ?? '');
            return {
              stroke,
              width: 2,
              spanGaps: false,
              points: { show: false },
              ...(drawn === 'bars' && bars !== undefined
                ? { fill: stroke, width: 0, paths: bars({ size: [0.7, 24] }) }
                : {}),
            };
          }),
        ],
      },
      data,
      this.#place,
    );
  }
}

/** A height has no fractions. */
const HEIGHT_STEPS = [1, 2, 5, 10, 20, 50];

/** Seconds, and blocks, that a curve shows at least, so that its scale does not span years while it has one point. */
const TIME_S_MIN = 60;
const BLOCKS_MIN = 10;

/** Returns what an axis spans: without points, nothing. */
function rangeOf(axis: Curve['axis']): UPlot.Range.Function {
  return ({ data: [xs] }, min: number | null) => {
    // Of one point uPlot gives a range of its own, of years.
    const first = xs[0];
    const last = xs.at(-1);
    if (min === null || first === undefined || last === undefined) return [null, null];
    if (axis === 'time') return [Math.min(first, last - TIME_S_MIN), last];
    // Half a block more on each side: a bar stands on its height.
    return [Math.max(0, Math.min(first, last - BLOCKS_MIN)) - 0.5, last + 0.5];
  };
}

/** Curves begin at 0, so that a small change does not look large. */
function rangeFrom0(_plot: UPlot, _min: number | null, max: number | null): [number, number] {
  return [0, Math.max(1, (max ?? 0) * 1.1)];
}
